"""html-validate and npm's mjml find nothing to say about mails and pages."""

from __future__ import annotations

import os
import shutil

import pytest
from hypothesis import HealthCheck, given, reject, settings

from tests.judges.specimens import MODULES, PUT_TOGETHER, SLUGS, Judge, Specimen, specimen
from tests.support.digest_shapes import digests
from tests.support.newsletter_folder import Newsroom

CI = os.environ.get("CI")
pytestmark = [
    pytest.mark.skipif(
        not CI and not (MODULES.is_dir() and shutil.which("node")),
        reason="needs node, and `make judges`",
    ),
    pytest.mark.xdist_group("judges"),  # one process of node, one newsletter
]
PAGES = [
    "index.html",
    "404.html",
    "feeds/index.html",
    "archive/1/index.html",
    "papers/*/index.html",
]


def test_the_judge_judges(sitting: Judge) -> None:
    """Each of the judges sees a mistake of its kind."""
    page = "<!DOCTYPE html><html lang='en'><head><title>A</title></head><body>{}</body></html>"
    wrong = {
        "mjml": "<mjml><mj-body><mj-section><mj-text>A</mj-text></mj-section></mj-body></mjml>",
        "mail": page.format('<p style="color:red"><p id="a" id="a">'),
        "page": page.format('<p style="color: red">A</p>'),
    }
    assert ["mjml", "mail", "page"] == [kind for kind in wrong if sitting.faults(kind, wrong[kind])]


@pytest.mark.parametrize("slug", SLUGS)
def test_mail_is_valid_html(slug: str, issues: dict[str, Specimen], sitting: Judge) -> None:
    """html-validate has nothing against a mail but what MJML and Outlook need."""
    assert [] == sitting.faults("mail", issues[slug].mail)


@pytest.mark.parametrize("slug", SLUGS)
def test_mail_is_valid_mjml(slug: str, issues: dict[str, Specimen], sitting: Judge) -> None:
    """MJML itself, npm's, finds nothing wrong with what the template makes."""
    assert [] == sitting.faults("mjml", issues[slug].mjml)


def test_issues_are_what_they_are_meant_to_be(issues: dict[str, Specimen]) -> None:
    """Of those put together one has sections, one is folded, and one has titles only."""
    mails = {kind: issues[slug].mail for slug, kind in PUT_TOGETHER.items()}
    marks = {"shapes": 'class="group"', "folded": "Read the rest on the web", "compact": "short"}
    assert all(marks[kind] in mail for kind, mail in mails.items())


@pytest.mark.parametrize("slug", SLUGS)
def test_issue_page_is_valid_html(slug: str, room: Newsroom, sitting: Judge) -> None:
    """html-validate's recommended rules, all of them, hold for an issue's page."""
    assert [] == sitting.faults("page", room.page(f"issues/{slug}/index.html"))


def test_page_that_leads_on_is_valid_html(issues: dict[str, Specimen], sitting: Judge) -> None:
    """They hold for what is at an address that an issue had before."""
    made = issues["000"].renderer.moved_page(issues["000"].record)
    assert [] == sitting.faults("page", made.decode())


@pytest.mark.parametrize("pattern", PAGES)
def test_page_is_valid_html(pattern: str, room: Newsroom, sitting: Judge) -> None:
    """They hold for the pages around the issues, and for every paper's page."""
    pages = list(room.out.glob(pattern))
    assert pages
    assert {} == {
        str(path.relative_to(room.out)): faults
        for path in pages[:100]
        if (faults := sitting.faults("page", path.read_text(encoding="utf-8")))
    }


@settings(
    max_examples=settings().max_examples // 4,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(text=digests())
def test_whatever_the_digest(text: str, room: Newsroom, sitting: Judge) -> None:
    """However a digest is written, its mail and its page are valid."""
    made = specimen(text, room)
    if made is None:
        reject()
    found = {
        "mail": sitting.faults("mail", made.mail),
        "mjml": sitting.faults("mjml", made.mjml),
        "page": sitting.faults("page", made.page),
    }
    assert {"mail": [], "mjml": [], "page": []} == found
