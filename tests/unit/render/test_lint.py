"""All mistakes in all templates are found at once, each with its place."""

import re
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from publisher.config import Newsletter
from publisher.errors import TemplateError
from publisher.model import Heading, Issue, Item, Level, Paragraph, Text
from publisher.render.lint import check_mail, check_templates
from publisher.render.mjml.compile import mail_html
from publisher.render.site import Renderer
from publisher.render.templating.environment import Templates
from publisher.render.templating.loader import BUILT_IN

MAIL = (BUILT_IN / "email.mjml").read_text(encoding="utf-8")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return a newsletter's own folder of templates."""
    return tmp_path


def checked(own: Path | None, **files: str) -> list[str]:
    """Write templates (`__` is a dot) and give what is said of them."""
    for name, source in files.items():
        assert own is not None
        (own / name.replace("__", ".")).write_text(source, encoding="utf-8")
    found = check_templates(Templates(own), Newsletter(), ZoneInfo("UTC"), lambda path: path.name)
    return [str(each) for each in found]


@pytest.mark.parametrize(
    ("languages", "interface"), [(("en",), "en"), (("zh-Hans", "en"), "zh-Hans")]
)
def test_built_in_templates_are_fine(languages: tuple[str, ...], interface: str) -> None:
    """There is nothing to say of the templates that come with the program."""
    newsletter = Newsletter(
        languages=languages, interface_language=interface, description="About it."
    )
    assert check_templates(Templates(None, interface), newsletter, ZoneInfo("Asia/Shanghai")) == []


def test_copies_are_fine(own: Path) -> None:
    """Nor of a newsletter's own copies of them."""
    for path in BUILT_IN.iterdir():
        if path.is_file():
            (own / path.name).write_bytes(path.read_bytes())
    assert checked(own) == []


def test_every_mistake_is_told(own: Path) -> None:
    """One mistake does not hide another, in the same file or in the next."""
    assert checked(
        own,
        issue__html="{{ issue.titel.text }}\n{% if isue %}{% endif %}\n{{ issue.x }}",
        home__html="{% iff %}",
    ) == [
        (
            "home.html:1:1: error: Encountered unknown tag 'iff', correct the tag on this line"
            " [template-syntax]"
        ),
        (
            'issue.html:1:10: error: there is no "titel" in IssueView, did you mean "title"?'
            " [template-name]"
        ),
        (
            "issue.html:2:7: error: 'isue' is undefined, see docs/reference/templates.md"
            " for what there is [template-name]"
        ),
        (
            'issue.html:3:10: error: there is no "x" in IssueView, see docs/reference/templates.md'
            " for what there is [template-name]"
        ),
    ]


@pytest.mark.parametrize(
    "branch",
    [
        "{% for section in issue.sections if section.title %}@{% endfor %}",
        "{% for section in issue.sections if not section.title %}@{% endfor %}",
        "{% for section in issue.sections if section.intro %}@{% endfor %}",
        "{% for item in issue.items if item.translation %}@{% endfor %}",
        "{% for item in issue.items if not item.translation %}@{% endfor %}",
        "{% for item in issue.items if not item.links %}@{% endfor %}",
        "{% for item in issue.items if not item.body %}@{% endfor %}",
        "{% if not issue.items %}@{% endif %}",
        "{% if issue.intro %}@{% endif %}",
        "{% if issue.outro %}@{% endif %}",
        "{% if not issue.outro %}@{% endif %}",
        "{% if issue.number %}@{% endif %}",
        "{% if not issue.number %}@{% endif %}",
        "{% if mail.unsubscribe_url %}@{% endif %}",
        "{% if not mail.unsubscribe_url %}@{% endif %}",
        "{% if mail.compact %}@{% endif %}",
        "{% if mail.left_out %}@{% endif %}",
        "{% if mail.sender %}@{% endif %}",
        "{% if not mail.sender %}@{% endif %}",
        "{% if newsletter.description %}@{% endif %}",
        "{% if not newsletter.description %}@{% endif %}",
    ],
)
def test_every_branch_of_a_mail_is_looked_at(own: Path, branch: str) -> None:
    """A mistake is found wherever in a template it hides."""
    source = MAIL.replace("<mj-body", branch.replace("@", "{{ no.where }}") + "<mj-body", 1)
    assert [each.split(": ")[2] for each in checked(own, email__mjml=source)] == [
        "'no' is undefined, see docs/reference/templates.md for what there is [template-name]"
    ]


@pytest.mark.parametrize(
    ("name", "branch"),
    [
        ("issue.html", "{% for item in issue.items if item.earlier %}@{% endfor %}"),
        ("issue.html", "{% if issue.updated %}@{% endif %}"),
        ("issue.html", "{% if not issue.updated %}@{% endif %}"),
        ("issue.html", "{% if issue.newer and issue.older %}@{% endif %}"),
        ("issue.html", "{% if issue.tags %}@{% endif %}"),
        ("paper.html", "{% if not paper.translation %}@{% endif %}"),
        ("paper.html", "{% if paper.identity.startswith('doi:') %}@{% endif %}"),
        ("home.html", "{% if not home.newest %}@{% endif %}"),
        ("home.html", "{% if home.recent and home.archive_href %}@{% endif %}"),
        ("archive.html", "{% if archive.newest %}@{% endif %}"),
        ("archive.html", "{% if archive.older_href %}@{% endif %}"),
        ("404.html", "{% if missing.archive_href %}@{% endif %}"),
        ("404.html", "{% if not missing.archive_href %}@{% endif %}"),
        ("feeds.html", "@"),
        ("folded.html", "{% if not beginning.text %}@{% endif %}"),
        ("folded.txt", "{% if beginning.text %}@{% endif %}"),
        ("email.txt", "{% for each in text.items if each.section %}@{% endfor %}"),
        ("email.txt", "{% for each in text.items if each.links %}@{% endfor %}"),
    ],
)
def test_every_branch_of_a_page_is_looked_at(own: Path, name: str, branch: str) -> None:
    """A mistake is found wherever in a template it hides."""
    (own / name).write_text(branch.replace("@", "{{ no.where }}"), encoding="utf-8")
    assert [each.split(": ")[0] for each in checked(own)] == [f"{name}:1:{branch.index('@') + 4}"]


def test_what_may_be_missing_may_be_missing(own: Path) -> None:
    """A template may ask whether there is something, and what to take instead."""
    asks = "{% if issue.colour is defined %}{% endif %}{{ issue.colour|default('red') }}"
    assert checked(own, issue__html=asks) == []


def test_mjml_mistakes_have_their_places(own: Path) -> None:
    """A mistake in MJML is told at its line and column in the template, and each once."""
    source = MAIL.replace(
        "{{ item.body }}", '</mj-text>\n<mj-text padding="12"\n  colour="red">\n{{ item.body }}'
    )
    line = source.split("\n").index('<mj-text padding="12"') + 1
    assert checked(own, email__mjml=source) == [
        (
            f'email.mjml:{line}:10: error: padding wants one to four lengths like "0 24px",'
            ' not "12" [mjml-value]'
        ),
        (
            f"email.mjml:{line + 1}:3: error: <mj-text> takes no attribute colour, did you mean"
            " color? [mjml-attribute]"
        ),
    ]


def test_mjml_mistakes_in_a_part_have_their_places(own: Path) -> None:
    """A mistake in an included file is told there."""
    part = "{# a comment #}{% for n in [1, 2] %}<mj-txt>{{ n }}</mj-txt>{% endfor %}"
    source = MAIL.replace("<mj-text>", '{% include "part.mjml" %}\n<mj-text>', 1)
    assert checked(own, email__mjml=source, part__mjml=part) == [
        "part.mjml:1:37: error: no MJML tag is called <mj-txt>, did you mean <mj-text>? [mjml-tag]"
    ]


def test_value_from_a_variable_has_a_place(own: Path) -> None:
    """A bad value that only shows when the template is filled in has its place all the same."""
    source = MAIL.replace("<mj-text>", "<mj-text padding='{{ issue.number }}'>", 1)
    line = source[: source.index("{{ issue.number }}'")].count("\n") + 1
    assert [each.split(": ")[0] for each in checked(own, email__mjml=source)] == [
        f"email.mjml:{line}:10"
    ]


def test_mjml_mistake_in_a_message_has_a_place(own: Path) -> None:
    """A mistake in a message is told at its line and column too."""
    source = MAIL.replace("Read this issue", "Read <b>this issue")
    line = source[: source.index("Read <b>")].count("\n") + 1
    column = source.split("\n")[line - 1].index("<b>") + 1
    assert [each.split(": ")[0] for each in checked(own, email__mjml=source)] == [
        f"email.mjml:{line}:{column}"
    ]


def test_mjml_mistake_after_a_message_has_its_place(own: Path) -> None:
    """A message on the same line shifts nothing."""
    source = MAIL.replace("{{ sender }}{% endtrans %}", "{{ sender }}{% endtrans %}<mj-txt>")
    line = source[: source.index("<mj-txt>")].count("\n") + 1
    column = source.split("\n")[line - 1].index("<mj-txt>") + 1
    assert checked(own, email__mjml=source)[0].startswith(f"email.mjml:{line}:{column}: error")


def test_html_that_mjml_refuses_has_a_place(own: Path) -> None:
    """What mjml-python cannot read at all is told in the same way."""
    source = MAIL.replace("<h1", "<div>\n<h1", 1)
    line = source[: source.index("<div>\n")].count("\n") + 1
    assert checked(own, email__mjml=source) == [
        f"email.mjml:{line}:1: error: <div> is never closed, add </div> [mjml-refused]"
    ]


def test_failing_filter(own: Path) -> None:
    """Whatever a filter raises is told at its line."""
    assert checked(own, feeds__html="\n{{ 3|length }}") == [
        (
            "feeds.html:2:1: error: TypeError: object of type 'int' has no len(), correct the"
            " expression on this line [template]"
        )
    ]


def test_unused_template(own: Path) -> None:
    """A file whose name is mistyped would change nothing."""
    assert checked(own, emial__mjml="<mjml>", page__html=(BUILT_IN / "page.html").read_text()) == [
        (
            "emial.mjml:1:1: warning: no page is made from emial.mjml, "
            "see docs/reference/templates.md for the names there are [template-unused]"
        )
    ]


@pytest.mark.parametrize("logo", ["art/logo.png", "https://example.org/logo.png"])
def test_logo(own: Path, logo: str) -> None:
    """A logo that feeds name and nobody could fetch is told of, until it is there."""
    newsletter = Newsletter(logo=logo)
    told = [str(each) for each in check_templates(Templates(own), newsletter, ZoneInfo("UTC"))]
    missing = [
        (
            "templates/assets/art/logo.png:1:1: warning: newsletter.logo names this file, and it"
            " is not there; put it there [logo]"
        )
    ]
    assert told == (missing if logo == "art/logo.png" else [])
    (own / "assets/art").mkdir(parents=True)
    (own / "assets/art/logo.png").write_bytes(b"GIF89a")
    assert [] == check_templates(Templates(own), newsletter, ZoneInfo("UTC"))


def test_font_from_google(own: Path) -> None:
    """A mail that would load a font from Google is told of."""
    source = re.sub("<mj-all [^>]*>", "", MAIL)
    assert checked(own, email__mjml=source) == [
        (
            "email.mjml:1:1: warning: the mail loads a font from Google, name a font-family in"
            " mj-all [mail-font]"
        )
    ]


def test_mail_that_cannot_be_left(own: Path) -> None:
    """A mail without its unsubscribe link is told of."""
    source = MAIL.replace("url=mail.unsubscribe_url", "url='https://example.org/'")
    assert checked(own, email__mjml=source) == [
        (
            "email.mjml:1:1: warning: readers cannot leave, link to mail.unsubscribe_url"
            " [mail-unsubscribe]"
        )
    ]


def test_levels(own: Path) -> None:
    """Mistakes are errors: with them nothing can be published."""
    (own / "issue.html").write_text("{{ no }}", encoding="utf-8")
    found = check_templates(Templates(own), Newsletter(), ZoneInfo("UTC"))
    assert [(each.level, each.file) for each in found] == [(Level.error, str(own / "issue.html"))]


def test_mistake_stops_a_mail(own: Path) -> None:
    """MJML that would come out wrong is an error before any mail is made, with its place."""
    (own / "email.mjml").write_text(
        '<mjml>\n<mj-body>\n<mj-section color="red"></mj-section></mj-body></mjml>',
        encoding="utf-8",
    )
    with pytest.raises(TemplateError, match=r"email\.mjml:3: <mj-section> takes no attribute col"):
        mail_html(Templates(own), "email.mjml")


# --- Mails --------------------------------------------------------------------------------


def issue(*sentences: int) -> Issue:
    """Make an issue of papers with so many sentences each."""
    items = tuple(
        Item(
            number=number,
            title=Heading(f"Name {number}: a title", "en"),
            translation=None,
            section=None,
            paper=None,
            links=(),
            body=(Paragraph((Text("A sentence, quite long. " * count),), "en"),),
            line=10 * number,
        )
        for number, count in enumerate(sentences, 1)
    )
    return Issue(
        slug="001", source="001.txt", title="Week", date=None, draft=False, tags=(), intro=(),
        items=items,
    )  # fmt: skip


def mailed(limit: int, *sentences: int) -> list[str]:
    """Return what is said of the mail of such an issue."""
    renderer = Renderer(Newsletter(), ZoneInfo("UTC"), Templates(), max_html_bytes=limit)
    return [str(each) for each in check_mail(renderer, issue(*sentences), "seeds/001.txt")]


def test_nothing_is_said_of_a_mail_that_fits() -> None:
    """A mail that shows all there is needs no remark."""
    assert mailed(90_000, 10, 20) == []


def test_folded_outro_is_named() -> None:
    """What ends an issue has no line of its own among the items."""
    ending = (Paragraph((Text("A sentence, quite long. " * 5_000),), "en"),)
    renderer = Renderer(Newsletter(), ZoneInfo("UTC"), Templates())
    one = replace(issue(10), outro=ending)
    [remark] = check_mail(renderer, one, "seeds/001.txt")
    assert "first sentences of the outro, to stay within" in remark.message


def test_folded_texts_are_named() -> None:
    """A text that folds is named by its item's number, name and line."""
    assert mailed(90_000, 10, 4_000) == [
        (
            'seeds/001.txt:20:1: info: the mail shows only the first sentences of item 2, "Name 2",'
            " to stay within 90,000 bytes (email.max_html_bytes) [mail-folded]"
        )
    ]


def test_what_is_left_out_is_named() -> None:
    """So is an item of which no more than the title is shown, or not even that."""
    found = mailed(20_000, *[5] * 200)
    assert ('seeds/001.txt:10:1: warning: the mail shows only the title of item 1, "Name 1"') in (
        found[0]
    )
    assert "seeds/001.txt:2000:1: warning: the mail leaves out item 200" in found[-1]


def test_title_too_long_for_a_subject() -> None:
    """A subject that cannot hold the title is shown, with the way to another."""
    renderer = Renderer(Newsletter(), ZoneInfo("UTC"), Templates())
    one = replace(issue(1), title="A week of open models " * 3)
    said = (
        "seeds/001.txt:0:0: info: the title is too long for a subject, so the mail's is "
        '"#001: A week of open models A week of open models A week of…"; '
        "`subject` in the front matter gives another [long-title]"
    )
    assert [said] == [str(each) for each in check_mail(renderer, one, "seeds/001.txt")]
    own = replace(one, subject="Open models")
    assert [] == check_mail(renderer, own, "seeds/001.txt")


def test_mail_of_a_broken_template_is_not_looked_at(own: Path) -> None:
    """A template's mistake is told once, and not for every issue."""
    (own / "email.mjml").write_text("{{ no }}", encoding="utf-8")
    renderer = Renderer(Newsletter(), ZoneInfo("UTC"), Templates(own))
    assert check_mail(renderer, issue(1), "seeds/001.txt") == []
