"""An issue as a mail."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lxml import html

from publisher.columns import shown_columns
from publisher.config import Newsletter
from publisher.digest.reading import read as read_digest
from publisher.model import (
    Block,
    CodeBlock,
    Heading,
    Issue,
    IssueRecord,
    Item,
    Link,
    PaperId,
    PaperScheme,
    Paragraph,
    Quote,
    Section,
    Text,
)
from publisher.render.email import HTML_LIMIT, Email
from publisher.render.folding import size
from publisher.render.pages import Renderer
from publisher.render.templates import Templates

SENDER = "News <news@example.org>"
LEAVE = "https://news.example.org/unsubscribe/a?b=1&c=2"
HIDDEN = "//div[contains(@style,'display:none')]"
WHEN = datetime(2026, 11, 20, tzinfo=UTC)
NEWSLETTER = Newsletter(title="Papers", base_url="https://news.example.org/")
VIDEO = Section(Heading("视频", "zh-Hans"), (Paragraph((Text("本节三篇。"),), "zh-Hans"),))
SEEDS = Path(__file__).parents[2] / "seeds"
RENDERER = Renderer(NEWSLETTER, ZoneInfo("UTC"), Templates(), SENDER)


def issue(count: int, text: str = "本文介绍的 VITA。第二句。") -> Issue:
    """Make an issue of so many papers with the same abstract."""
    items = tuple(
        Item(
            number=number,
            title=Heading(f"Paper {number}: a title", "en"),
            translation=Heading(f"论文 {number}", "zh-Hans"),
            section=VIDEO if number > 1 else None,
            paper=PaperId(PaperScheme.arxiv, f"2408.{number:05}"),
            links=(),
            body=(Paragraph((Text(text),), "zh-Hans"),),
            line=1,
        )
        for number in range(1, count + 1)
    )
    return Issue(
        slug="001",
        source="001.txt",
        title="Week <1>",
        date=None,
        draft=False,
        tags=(),
        intro=(),
        items=items,
    )


def record(one: Issue) -> IssueRecord:
    """Make the record of an issue."""
    return IssueRecord(
        slug="001",
        headline="Week <1>",
        source="",
        published=WHEN,
        updated=WHEN,
        items=len(one.items),
    )


def seed(path: Path) -> Issue:
    """Read a sample digest."""
    reading = read_digest(
        path.read_bytes(), path.name, languages=("en", "zh-Hans"), zone=UTC, shown=path.name
    )
    assert reading.issue is not None
    return reading.issue


def found(page: html.HtmlElement, query: str) -> list[Any]:
    """Give what an XPath finds."""
    hits = page.xpath(query)
    assert isinstance(hits, list)
    return hits


def mail(one: Issue, leave: str | None = LEAVE) -> html.HtmlElement:
    """Give the parsed HTML of an issue's mail."""
    return html.fromstring(RENDERER.email(one, record(one), leave).html)


def text(one: Issue, leave: str | None = LEAVE) -> str:
    """Give the plain text of an issue's mail."""
    return RENDERER.email(one, record(one), leave).text


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


# --- The budget ---------------------------------------------------------------------------


def bounded(one: Issue, limit: int) -> Email:
    """Give an issue's mail with a budget of its own."""
    renderer = Renderer(NEWSLETTER, ZoneInfo("UTC"), Templates(), SENDER, limit)
    return renderer.email(one, record(one), LEAVE)


def of_lengths(*sentences: int) -> Issue:
    """Make an issue of papers with so many sentences each."""
    one = issue(len(sentences))
    items = (
        replace(item, body=(Paragraph((Text("A sentence, quite long. " * count),), "en"),))
        for item, count in zip(one.items, sentences, strict=True)
    )
    return replace(one, items=tuple(items))


def told(email: Email) -> list[tuple[int, str]]:
    """Give the numbers of the items that are shortened, and to what."""
    return [
        (each.item.number if each.item else 0, each.form.name if each.form else "nothing")
        for each in email.shortened
    ]


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.txt")), ids=lambda path: path.stem[:3])
def test_seeds_fit_unfolded(path: Path) -> None:
    """The four sample digests are mailed whole."""
    one = seed(path)
    email = RENDERER.email(one, record(one), LEAVE)
    assert (email.shortened, size(email.html) <= HTML_LIMIT) == ((), True)


def test_hundred_papers_fit() -> None:
    """A hundred papers with abstracts like the seeds' are all in one mail, none a bare title."""
    items = [item for path in sorted(SEEDS.glob("*.txt")) for item in seed(path).items]
    items = [replace(items[n % len(items)], number=n + 1) for n in range(100)]
    one = replace(issue(0), items=tuple(items))
    email = RENDERER.email(one, record(one), LEAVE)
    assert size(email.html) <= HTML_LIMIT
    assert {"beginning"} == {form for _, form in told(email)}
    assert len(found(html.fromstring(email.html), "//h2")) == 100


def test_mail_that_just_fits_is_whole() -> None:
    """A mail of exactly as many bytes as it may have is not folded."""
    one = of_lengths(10, 40, 20)
    whole = size(bounded(one, HTML_LIMIT).html)
    assert told(bounded(one, whole)) == []
    assert told(bounded(one, whole - 1)) == [(2, "beginning")]


def test_longest_fold_first() -> None:
    """The longest abstracts fold, as few as will do."""
    one = of_lengths(10, 40, 20, 30)
    whole = size(bounded(one, HTML_LIMIT).html)
    email = bounded(one, whole - 1_000)
    assert told(email) == [(2, "beginning"), (4, "beginning")]
    assert whole - 1_500 < size(email.html) <= whole - 1_000


def test_folded_text_leads_to_the_rest() -> None:
    """A folded text ends with a link to the page that has all of it, and says what that is on."""
    one = of_lengths(10, 90)
    page = html.fromstring(bounded(one, size(bounded(one, HTML_LIMIT).html) - 1).html)
    (link,) = found(page, "//a[starts-with(., 'Read the rest on the web')]")
    assert link.text_content() == "Read the rest on the web: Paper 2"
    assert link.get("href") == "https://news.example.org/papers/2408.00002/"
    assert link.getparent().text.startswith("A sentence, quite long. A sentence")
    assert not link.tail


def test_introduction_folds_too() -> None:
    """A long introduction is a text like any other, and leads to the issue's page."""
    intro = (Paragraph((Text("Welcome to all of you. " * 5_000),), "en"),)
    one = replace(of_lengths(5), intro=intro)
    email = bounded(one, HTML_LIMIT)
    assert told(email) == [(0, "beginning")]
    assert "https://news.example.org/issues/001/" in found(
        html.fromstring(email.html), "//a[starts-with(., 'Read the rest')]/@href"
    )


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


def test_outro_folds_too() -> None:
    """A long one is a text like any other, and leads to the issue's page."""
    ending = (Paragraph((Text("Thanks to all of you. " * 5_000),), "en"),)
    email = bounded(replace(of_lengths(5), outro=ending), HTML_LIMIT)
    assert told(email) == [(0, "beginning")]
    assert [True] == [each.is_outro for each in email.shortened]
    assert "https://news.example.org/issues/001/" in found(
        html.fromstring(email.html), "//a[starts-with(., 'Read the rest')]/@href"
    )


def test_text_without_sentences_folds_to_its_link() -> None:
    """Of a text that is no paragraph nothing is shown but the way to it."""
    one = replace(issue(1), items=(replace(issue(1).items[0], body=(CodeBlock("x" * 100_000),)),))
    page = html.fromstring(bounded(one, HTML_LIMIT).html)
    (link,) = found(page, "//a[starts-with(., 'Read the rest')]")
    assert link.getparent().text_content() == "Read the rest on the web: Paper 1"


def test_titles_stay_longer_than_texts() -> None:
    """When not even the beginnings fit, the longest of those go, and all titles stay."""
    one = of_lengths(*[40] * 30)
    email = bounded(one, 20_000)
    assert {"beginning", "title"} >= {form for _, form in told(email)}
    assert "title" in {form for _, form in told(email)}
    assert len(found(html.fromstring(email.html), "//h2 | //h3")) == 31  # and the section's


def test_huge_issue_leaves_items_to_the_web() -> None:
    """When not even the titles fit, as many as can be come first, then a link to all."""
    one = issue(1_000)
    email = RENDERER.email(one, record(one), LEAVE)
    page = html.fromstring(email.html)
    shown = len(found(page, "//h2[not(@class)] | //h3"))
    assert HTML_LIMIT - 2_000 < size(email.html) <= HTML_LIMIT
    assert [f"{1_000 - shown} more of this issue on the web"] == found(
        page, "//a[contains(.,'more of this issue')]/text()"
    )
    assert {(shown, "title"), (shown + 1, "nothing")} <= set(told(email))
    assert f"{1_000 - shown} more on the web: <https://news" in email.text


def test_endless_title_fits() -> None:
    """Not even a title of a megabyte makes a mail that would be clipped."""
    one = replace(issue(3), title="Week " * 200_000)
    email = RENDERER.email(one, record(one), LEAVE)
    assert max(size(email.html), size(email.text)) <= HTML_LIMIT
    assert told(email) == []


def test_plain_text_folds_with_the_html() -> None:
    """The plain text shows of each text what the HTML shows."""
    one = of_lengths(10, 90)
    email = bounded(one, size(bounded(one, HTML_LIMIT).html) - 1)
    assert "Read the rest on the web: <https://news.example.org/papers/2408.00002/>" in email.text
    assert email.text.count("A sentence") == 10 + 8


def test_plain_text_has_the_same_budget() -> None:
    """A text that is short as HTML and long as plain text folds there."""
    narrow: Block = Paragraph((Text("a " * 15_000),), "en")
    for _ in range(30):
        narrow = Quote((narrow,))
    one = replace(issue(1), items=(replace(issue(1).items[0], body=(narrow,)),))
    email = RENDERER.email(one, record(one), LEAVE)
    assert size(email.text) <= HTML_LIMIT
    assert told(email) == [(1, "beginning")]


def test_huge_digest_makes_no_huge_mail() -> None:
    """Ten megabytes of digest make a mail within the budget, in both its parts."""
    one = issue(10, "中文。" * 110_000)
    email = RENDERER.email(one, record(one), LEAVE)
    assert max(size(email.html), size(email.text)) <= HTML_LIMIT
    assert [number for number, _ in told(email)] == list(range(1, 11))


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
