"""A mail stays below what Gmail clips: what folds, in which order, and what is left."""

from dataclasses import replace
from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from lxml import html

from publisher.digest.parser import read as read_digest
from publisher.model import (
    Block,
    CodeBlock,
    Issue,
    Link,
    ListBlock,
    Paragraph,
    Quote,
    Text,
)
from publisher.paper_id import PaperId, PaperScheme
from publisher.render.mail.issue_mail import HTML_LIMIT, Email
from publisher.render.mail.size_budget import byte_size
from publisher.render.site import Renderer
from publisher.render.templating.environment import Templates
from tests.support.issue_mail import (
    LEAVE,
    NEWSLETTER,
    RENDERER,
    SENDER,
    WHEN,
    bounded,
    found,
    issue,
    record,
)

SEEDS = Path(__file__).parents[4] / "seeds"


def seed(path: Path) -> Issue:
    """Read a sample digest."""
    reading = read_digest(
        path.read_bytes(), path.name, languages=("en", "zh-Hans"), zone=UTC, shown=path.name
    )
    assert reading.issue is not None
    return reading.issue


def of_lengths(*sentences: int) -> Issue:
    """Make an issue of papers with so many sentences each."""
    one = issue(len(sentences))
    items = (
        replace(item, body=(Paragraph((Text("A sentence, quite long. " * count),), "en"),))
        for item, count in zip(one.items, sentences, strict=True)
    )
    return replace(one, items=tuple(items))


def told(email: Email) -> list[tuple[int, str]]:
    """Return the numbers of the items that are shortened, and to what."""
    return [
        (each.item.number if each.item else 0, each.form.name if each.form else "nothing")
        for each in email.shortened
    ]


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.txt")), ids=lambda path: path.stem[:3])
def test_seeds_fit_unfolded(path: Path) -> None:
    """The four sample digests are mailed whole."""
    one = seed(path)
    email = RENDERER.email(one, record(one), LEAVE)
    assert (email.shortened, byte_size(email.html) <= HTML_LIMIT) == ((), True)


def test_hundred_papers_fit() -> None:
    """A hundred papers with abstracts like the seeds' are all in one mail, none a bare title."""
    items = [item for path in sorted(SEEDS.glob("*.txt")) for item in seed(path).items]
    items = [replace(items[n % len(items)], number=n + 1) for n in range(100)]
    one = replace(issue(0), items=tuple(items))
    email = RENDERER.email(one, record(one), LEAVE)
    assert byte_size(email.html) <= HTML_LIMIT
    assert {"beginning"} == {form for _, form in told(email)}
    assert len(found(html.fromstring(email.html), "//h2")) == 100


def test_mail_that_just_fits_is_whole() -> None:
    """A mail of exactly as many bytes as it may have is not folded."""
    one = of_lengths(10, 40, 20)
    whole = byte_size(bounded(one, HTML_LIMIT).html)
    assert told(bounded(one, whole)) == []
    assert told(bounded(one, whole - 1)) == [(2, "beginning")]


def test_texts_fold_to_one_length() -> None:
    """Of the longest abstracts the mail shows equally much, and of the others all."""
    one = of_lengths(10, 60, 20, 40)
    whole = byte_size(bounded(one, HTML_LIMIT).html)
    email = bounded(one, whole - 1_000)
    assert told(email) == [(2, "beginning"), (4, "beginning")]
    assert whole - 1_025 < byte_size(email.html) <= whole - 1_000
    assert [10, 25, 20, 24] == [part.count("A sentence") for part in email.text.split("---\n")[1:5]]


def test_folded_text_leads_to_the_rest() -> None:
    """A folded text ends with a link to the page that has all of it, and says what that is on."""
    one = of_lengths(10, 90)
    page = html.fromstring(bounded(one, byte_size(bounded(one, HTML_LIMIT).html) - 1).html)
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
    assert HTML_LIMIT - 2_000 < byte_size(email.html) <= HTML_LIMIT
    assert [f"{1_000 - shown} more of this issue on the web"] == found(
        page, "//a[contains(.,'more of this issue')]/text()"
    )
    assert {(shown, "title"), (shown + 1, "nothing")} <= set(told(email))
    assert f"{1_000 - shown} more on the web: <https://news" in email.text


def test_endless_title_fits() -> None:
    """Not even a title of a megabyte makes a mail that would be clipped."""
    one = replace(issue(3), title="Week " * 200_000)
    email = RENDERER.email(one, record(one), LEAVE)
    assert max(byte_size(email.html), byte_size(email.text)) <= HTML_LIMIT
    assert told(email) == []


def test_plain_text_folds_with_the_html() -> None:
    """The plain text shows of each text what the HTML shows."""
    one = of_lengths(10, 90)
    email = bounded(one, byte_size(bounded(one, HTML_LIMIT).html) - 1)
    assert "Read the rest on the web: <https://news.example.org/papers/2408.00002/>" in email.text
    (body,) = found(html.fromstring(email.html), "//p[a[starts-with(., 'Read the rest')]]")
    shown = body.text_content().count("A sentence")
    assert 80 < shown < 90
    assert email.text.count("A sentence") == 10 + shown


def test_plain_text_has_the_same_budget() -> None:
    """A text that is short as HTML and long as plain text folds there."""
    narrow: Block = Paragraph((Text("a " * 15_000),), "en")
    for _ in range(30):
        narrow = Quote((narrow,))
    one = replace(issue(1), items=(replace(issue(1).items[0], body=(narrow,)),))
    email = RENDERER.email(one, record(one), LEAVE)
    assert byte_size(email.text) <= HTML_LIMIT
    assert told(email) == [(1, "beginning")]


def test_huge_digest_makes_no_huge_mail() -> None:
    """Ten megabytes of digest make a mail within the budget, in both its parts."""
    one = issue(10, "中文。" * 110_000)
    email = RENDERER.email(one, record(one), LEAVE)
    assert max(byte_size(email.html), byte_size(email.text)) <= HTML_LIMIT
    assert [number for number, _ in told(email)] == list(range(1, 11))


def test_weeks_mail_folds_by_the_same_rule() -> None:
    """A mail of several issues shows of all their papers equally much."""
    earlier, later = of_lengths(10, 60), of_lengths(60, 20)
    others = tuple(
        replace(item, paper=PaperId(PaperScheme.arxiv, f"2409.{item.number:05}"))
        for item in later.items
    )
    later = replace(later, slug="002", items=others)
    parts = [(one, replace(record(one), slug=one.slug)) for one in (earlier, later)]
    _, whole = RENDERER.email_of_several("weekly", parts, WHEN, LEAVE)
    limit = byte_size(whole.html) - 1_000
    renderer = Renderer(NEWSLETTER, ZoneInfo("UTC"), Templates(), SENDER, limit)
    _, email = renderer.email_of_several("weekly", parts, WHEN, LEAVE)
    assert told(email) == [(2, "beginning"), (3, "beginning")]
    assert limit - 25 < byte_size(email.html) <= limit
    first, *longest, last = [part.count("A sentence") for part in email.text.split("--\n")[1:5]]
    assert (10, 20) == (first, last)
    assert 20 < min(longest) <= max(longest) <= min(longest) + 1


def test_both_languages_of_a_text_fold() -> None:
    """A reader of either language gets as much of it, and the link once, below both."""
    original = Paragraph((Text("A sentence, quite long. " * 60),), "en")
    translation = Paragraph((Text("这是一个句子，相当长。" * 60),), "zh-Hans")
    one = issue(2)
    one = replace(one, items=(replace(one.items[0], body=(original, translation)), one.items[1]))
    whole = byte_size(bounded(one, HTML_LIMIT).html)
    email = bounded(one, whole - 1_000)
    page = html.fromstring(email.html)
    (folded,) = found(page, "//p[a[starts-with(., 'Read the rest')]]")
    (above,) = found(page, "//p[starts-with(., 'A sentence')]")
    shown = (above.text_content().count("A sentence"), folded.text.count("这是"))
    assert ("zh-Hans", "en") == (folded.get("lang"), above.get("lang"))
    assert shown == (email.text.count("A sentence"), email.text.count("这是"))
    # A sentence in English has 24 bytes, one in Chinese 33.
    assert abs(shown[0] * 24 - shown[1] * 33) <= 33
    assert 0 < shown[1] < shown[0] < 60


def test_folded_text_keeps_its_form() -> None:
    """What is shown of a text is shown as in the whole: paragraphs, lists, links and all."""
    body: tuple[Block, ...] = (
        Paragraph((Text("Look at "), Link("https://example.org/a", (Text("this"),))), "en"),
        ListBlock(tuple((Paragraph((Text(f"Entry {n}."),), "en"),) for n in range(9)), None),
        Paragraph((Text("A sentence, quite long. " * 90),), "en"),
    )
    one = replace(issue(1), items=(replace(issue(1).items[0], body=body),))
    email = bounded(one, byte_size(bounded(one, HTML_LIMIT).html) - 500)
    page = html.fromstring(email.html)
    assert 1 == len(found(page, "//p[starts-with(., 'Look at')]/a[@href='https://example.org/a']"))
    assert 9 == len(found(page, "//li"))
    (folded,) = found(page, "//p[a[starts-with(., 'Read the rest')]]")
    assert folded.text.startswith("A sentence, quite long. A sentence")
    assert "- Entry 8." in email.text


def test_list_folds_behind_an_entry() -> None:
    """A text that is a list shows some of its entries."""
    entries = tuple((Paragraph((Text(f"Entry {n}, quite long."),), "en"),) for n in range(90))
    one = replace(issue(1), items=(replace(issue(1).items[0], body=(ListBlock(entries, None),)),))
    email = bounded(one, byte_size(bounded(one, HTML_LIMIT).html) - 500)
    page = html.fromstring(email.html)
    assert 60 < len(found(page, "//li")) < 90
    assert 1 == len(found(page, "//p[not(text())]/a[starts-with(., 'Read the rest')]"))


@pytest.mark.parametrize(
    "template",
    [
        '<p>{{ beginning.text }} <a href="{{ beginning.url }}">More</a></p>',
        '<p>{{ beginning.text|truncate(90) }} <a href="{{ beginning.url }}">More</a></p>',
        '<p><a href="{{ beginning.url }}">More</a></p>',
        "{{ beginning.text }} {{ beginning.text }} {{ beginning.above }}",
    ],
    ids=["of before", "with a filter", "link only", "twice"],
)
def test_template_of_ones_own_keeps_to_the_budget(template: str, tmp_path: Path) -> None:
    """A newsletter's own `folded.html` may show less than it is given, or show it differently."""
    (tmp_path / "folded.html").write_text(template, encoding="utf-8")
    renderer = Renderer(NEWSLETTER, ZoneInfo("UTC"), Templates(tmp_path), SENDER, 11_000)
    one = of_lengths(10, 60, 20, 40)
    two = Paragraph((Text("这是一个句子，相当长。" * 60),), "zh-Hans")
    items = tuple(replace(item, body=(*item.body, two)) for item in one.items)
    for made in (one, replace(one, items=items)):
        email = renderer.email(made, record(made), LEAVE)
        assert len(email.html_bytes) <= 11_000
        assert "beginning" in {form for _, form in told(email)}
        assert "\x86" not in email.html
