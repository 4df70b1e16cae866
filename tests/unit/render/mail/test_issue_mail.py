"""An issue as a mail."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from lxml import html

from publisher.model import Link, Paragraph, Text
from publisher.render.site import Renderer
from publisher.render.templating.environment import Templates
from publisher.text_width import shown_columns
from tests.support.issue_mail import (
    LEAVE,
    NEWSLETTER,
    RENDERER,
    SENDER,
    WHEN,
    found,
    issue,
    mail,
    record,
    text,
)

HIDDEN = "//div[contains(@style,'display:none')]"


def test_mail_can_be_left() -> None:
    """A mail that is sent has its reader's own unsubscribe link, in both forms."""
    assert LEAVE in found(mail(issue(1)), "//a/@href")
    assert f"Unsubscribe, or choose what you get: <{LEAVE}>" in text(issue(1))


def test_web_copy_has_no_unsubscribe_link() -> None:
    """The copy on the web belongs to no reader, so nobody can be unsubscribed there."""
    one = issue(1)
    assert "nsubscribe" not in RENDERER.email(one, record(one)).html + text(one, None)


def test_web_copy_is_the_files() -> None:
    """What is written beside the issue's page is the mail without an unsubscribe link."""
    one = issue(1)
    made = RENDERER.issue_files(one, record(one), newer=None, older=None, appearances={}, own=())
    assert made["issues/001/email.html"].decode() == RENDERER.email(one, record(one)).html
    assert made["issues/001/email.txt"].decode() == RENDERER.email(one, record(one)).text


def test_sender_is_named() -> None:
    """The footer says who sends it."""
    assert SENDER in mail(issue(1)).text_content()
    assert SENDER in text(issue(1))


def test_contents_have_targets_gmail_keeps() -> None:
    """Every entry of the contents leads to an empty `<a name>`: Gmail drops ids."""
    page = mail(issue(3))
    wanted = [str(each) for each in found(page, "//a/@href") if str(each).startswith("#")]
    assert wanted == [f"#{each}" for each in found(page, "//a[not(node())]/@name")]


def test_one_item_has_no_contents() -> None:
    """Of one item there is no list, in HTML or in text: its title follows."""
    assert [] == [str(each) for each in found(mail(issue(1)), "//a/@href") if each[:1] == "#"]
    assert 1 == text(issue(1)).count("Paper 1: a title")


def test_a_title_without_translation_keeps_its_distance() -> None:
    """Where no translated title stands between title and text, the title has its margin."""
    one = issue(1)
    alone = replace(one, items=(replace(one.items[0], translation=None),))
    assert ["alone"] == found(mail(alone), "//h2/@class")
    assert [] == found(mail(one), "//h2/@class")


def test_every_address_is_absolute() -> None:
    """A mail has no base that a relative link could stand on."""
    hrefs = [str(each) for each in found(mail(issue(2)), "//a/@href")]
    assert [each for each in hrefs if not each.startswith(("https://", "#"))] == []


def test_nothing_comes_from_elsewhere() -> None:
    """A mail loads nothing: no image, no font, no stylesheet."""
    page = mail(issue(1))
    assert found(page, "//img|//link[@rel='stylesheet']|//@src|//@background") == []
    assert "@import" not in html.tostring(page).decode()


def test_abstracts_say_their_language() -> None:
    """Chinese abstracts are marked, or 直 takes a Japanese shape."""
    assert found(mail(issue(1)), "//p[@lang='zh-Hans']/text()")[-1] == "本文介绍的 VITA。第二句。"


def test_title_is_escaped() -> None:
    """A title that looks like HTML is shown to the letter."""
    assert found(mail(issue(1)), "//h1/text()") == ["Week <1>"]


def test_preheader_is_how_the_issue_begins() -> None:
    """The hidden line that mail programs show is the beginning of the text."""
    assert found(mail(issue(1)), HIDDEN + "/text()") == ["本文介绍的 VITA。第二句。"]


def test_blanks_follow_the_preheader() -> None:
    """An inbox shows blanks after the preheader and not the contents; no screen reader does."""
    (hidden,) = found(mail(issue(1)), HIDDEN)
    (blanks,) = found(mail(issue(1)), HIDDEN + "/span[@aria-hidden='true']/text()")
    assert ("\u200c\u00a0" * (200 - 25), None) == (blanks, hidden.getchildren()[0].tail)


def test_web_copy_has_no_blanks() -> None:
    """The copy on the web is in no inbox."""
    one = issue(1)
    assert "\u200c" not in RENDERER.email(one, record(one)).html


def test_issue_without_items() -> None:
    """An issue of nothing but an introduction is a mail all the same."""
    one = replace(issue(0), intro=(Paragraph((Text("Hello."),), "en"),))
    assert "Hello." in found(mail(one), "//p[@lang='en']/text()")
    assert "Hello." in text(one)


def test_own_template_may_filter_a_text(tmp_path: Path) -> None:
    """A template of one's own that changes a text gets that text, whole."""
    body = "{% for item in issue.items %}{{ item.body|striptags }}{% endfor %}"
    (tmp_path / "email.mjml").write_text(
        f"<mjml><mj-body><mj-section><mj-column><mj-text>{body}</mj-text></mj-column>"
        "</mj-section></mj-body></mjml>",
        encoding="utf-8",
    )
    renderer = Renderer(NEWSLETTER, ZoneInfo("UTC"), Templates(tmp_path), SENDER)
    made = renderer.email(issue(1), record(issue(1))).html
    assert "本文介绍的 VITA。第二句。" in made


# --- The outro ----------------------------------------------------------------------------


OUTRO = (
    Paragraph((Text("See you next "), Link("https://news.example.org/", (Text("Friday"),))), "en"),
    Paragraph((Text("下周见。"),), "zh-Hans"),
)


@pytest.mark.parametrize("count", [1, 150])
def test_outro_stands_at_the_end(count: int) -> None:
    """Below the last item, in both parts, of few items or many: in its languages, with links."""
    one = replace(issue(count), outro=OUTRO)
    page = mail(one)
    (words,) = found(page, "//p[starts-with(., 'See you next')]")
    assert ("en", "Friday") == (words.get("lang"), found(words, "a")[0].text)
    assert 1 == len(found(words, "following::p[@lang='zh-Hans'][.='下周见。']"))
    assert [] == found(words, "following::h2 | following::h3")
    end = text(one).rpartition(f"papers/2408.{count:05}/>")[2]
    line = "-" * 72
    shown = "See you next Friday [1]\n\n下周见。\n\n[1] <https://news.example.org/>"
    assert f"{line}\n\n{shown}\n\n{line}\n\nYou get this mail" in end


def test_outro_of_several_issues() -> None:
    """In a mail of several, both parts show what they end in, once."""
    one = replace(issue(1), outro=OUTRO)
    parts = [(one, record(one)), (one, record(one))]
    _, email = RENDERER.email_of_several("weekly", parts, WHEN, LEAVE)
    assert (1, 1) == (email.html.count("下周见。"), email.text.count("下周见。"))


def test_without_outro_nothing_is_set_off() -> None:
    """A mail without one has but the line above what is the newsletter's."""
    assert 1 == text(issue(1)).count("-" * 72)
    assert 1 == len(found(mail(issue(1)), "//*[contains(@class, 'end')]"))


# --- Plain text ---------------------------------------------------------------------------


def test_plain_text_underlines_titles() -> None:
    """The issue's title, a section's and each item's is underlined as wide as it is shown."""
    lines = text(issue(2)).splitlines()
    underlined = {
        before: line for before, line in pairwise(lines) if line and set(line) <= {"-", "="}
    }
    assert underlined["Week <1>"] == "========"
    assert underlined["视频"] == "===="
    assert underlined["2. Paper 2: a title"] == "-------------------"


def test_plain_text_numbers_links() -> None:
    """An address in a text is a number there, and stands on a line of its own below."""
    link = Link("https://vita.example.org/", (Text("https://vita.example.org/"),))
    body = (Paragraph((Text("见"), link, Text("。")), "zh-Hans"),)
    one = replace(issue(1), items=(replace(issue(1).items[0], body=body),))
    assert (
        "\n见 [3]。\n\n[1] <https://arxiv.org/abs/2408.00001> arXiv 2408.00001\n"
        "[2] <https://arxiv.org/pdf/2408.00001> PDF\n[3] <https://vita.example.org/>\n"
    ) in text(one)


def test_plain_text_fits_a_narrow_window() -> None:
    """No line of the plain text is wider than 72 columns, but for addresses."""
    lines = text(issue(3, "视觉与语言模型" * 50)).splitlines()
    assert [line for line in lines if shown_columns(line) > 72 and "https://" not in line] == []


def test_plain_text_is_not_escaped() -> None:
    """The plain text has no entities."""
    assert text(issue(1)).startswith("Week <1>\n")
