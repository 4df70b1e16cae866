"""An issue in one of its languages, and several issues as one."""

from dataclasses import replace
from datetime import timedelta

from publisher.model import (
    Block,
    CodeBlock,
    Heading,
    Issue,
    IssueRecord,
    Item,
    ListBlock,
    Paragraph,
    Quote,
    Section,
    Text,
)
from publisher.paper_id import PaperId, PaperScheme
from publisher.render.mail.variants import in_language, merge_issues
from tests.support.newsletter_folder import NOW

EN, ZH = "en", "zh-Hans"


def paragraph(text: str, lang: str = EN) -> Paragraph:
    """Return a paragraph."""
    return Paragraph((Text(text),), lang)


ENGLISH, CHINESE = paragraph("We show."), paragraph("本文。", ZH)
SECTION = Section(Heading("Vision", EN), (ENGLISH, CHINESE))


def item(
    number: int = 1,
    title: str = "VITA",
    translation: str | None = "维塔",
    body: tuple[Block, ...] = (ENGLISH, CHINESE),
    section: Section | None = None,
    paper: str | None = "2411.00001",
) -> Item:
    """Return an item."""
    return Item(
        number=number, title=Heading(title, EN),
        translation=Heading(translation, ZH) if translation else None, section=section,
        paper=PaperId(PaperScheme.arxiv, paper) if paper else None, links=(), body=body,
        line=number,
    )  # fmt: skip


def issue(*items: Item, slug: str = "001", intro: tuple[Block, ...] = ()) -> Issue:
    """Return an issue."""
    return Issue(
        slug=slug, source=f"{slug}.txt", title=None, date=None, draft=False, tags=(), intro=intro,
        items=items,
    )  # fmt: skip


def record(slug: str) -> IssueRecord:
    """Return what is recorded of an issue."""
    return IssueRecord(
        slug=slug, headline="", source="", published=NOW + timedelta(days=int(slug)), updated=NOW,
        items=1,
    )  # fmt: skip


# --- One language -------------------------------------------------------------------------


def test_all_languages() -> None:
    """Who wants all languages gets the issue as it is."""
    whole = issue(item())
    assert whole is in_language(whole, "")


def test_the_translation_takes_the_titles_place() -> None:
    """Who wants the translation's language gets its title and its texts, and nothing else."""
    (shown,) = in_language(issue(item()), ZH).items
    assert (Heading("维塔", ZH), None, (CHINESE,)) == (shown.title, shown.translation, shown.body)


def test_the_original_alone() -> None:
    """Who wants the original's language gets no translation."""
    (shown,) = in_language(issue(item()), EN).items
    assert (Heading("VITA", EN), None, (ENGLISH,)) == (shown.title, shown.translation, shown.body)


def test_no_item_goes() -> None:
    """An item without a title in the language keeps the one it has."""
    (shown,) = in_language(issue(item(translation=None, body=(ENGLISH,))), ZH).items
    assert (Heading("VITA", EN), ()) == (shown.title, shown.body)


def test_blocks_within_blocks() -> None:
    """Quotes and lists keep what is in the language, and go when nothing is; code stays."""
    code = CodeBlock("x = 1")
    body = (
        Quote((ENGLISH, CHINESE)), Quote((ENGLISH,)), code,
        ListBlock(((ENGLISH,), (CHINESE,)), 1), ListBlock(((ENGLISH,),), None),
    )  # fmt: skip
    (shown,) = in_language(issue(item(body=body)), ZH).items
    assert (Quote((CHINESE,)), code, ListBlock(((CHINESE,),), 1)) == shown.body


def test_introductions() -> None:
    """Introductions of the issue and of its sections are in the language too."""
    shown = in_language(issue(item(section=SECTION), intro=(ENGLISH, CHINESE)), ZH)
    section = shown.items[0].section
    assert section
    assert ((CHINESE,), (CHINESE,), SECTION.heading) == (
        shown.intro, section.intro, section.heading
    )  # fmt: skip


def test_outros() -> None:
    """What ends an issue is in the language as its introduction is."""
    both = replace(issue(item()), outro=(ENGLISH, CHINESE))
    assert ((ENGLISH,), (CHINESE,)) == (in_language(both, EN).outro, in_language(both, ZH).outro)


def test_dialects_are_the_language() -> None:
    """A text in zh-Hant is Chinese to who wants Chinese: it is all there is."""
    traditional = paragraph("這是。", "zh-Hant")
    (shown,) = in_language(issue(item(body=(traditional,))), ZH).items
    assert (traditional,) == shown.body


# --- Several as one -----------------------------------------------------------------------

ONE, TWO = Heading("001 · Monday", EN), Heading("002 · Tuesday", EN)


def test_each_paper_once() -> None:
    """A paper that stands in several issues, or twice in one, stands once: where it was first."""
    again, other = item(title="VITA again"), item(2, "Gemma", paper="2411.00002")
    parts = [(issue(item(), again), record("001")), (issue(again, other), record("002"))]
    merged, origins = merge_issues("weekly", parts, [ONE, TWO])
    assert [(1, "VITA"), (2, "Gemma")] == [(each.number, each.title.text) for each in merged.items]
    assert ["001", "002"] == [each.record.slug for each in origins]


def test_items_that_are_no_papers_stay() -> None:
    """Items without an identity are all there: nobody knows whether they are the same."""
    news = item(paper=None)
    parts = [(issue(news), record("001")), (issue(news), record("002"))]
    assert 2 == len(merge_issues("weekly", parts, [ONE, TWO])[0].items)


def test_each_issue_has_its_section() -> None:
    """An issue's items stand under its name, those of a section under both names."""
    second = item(2, paper="2411.00002", section=SECTION)
    parts = [(issue(item(), second, intro=(ENGLISH,)), record("001"))]
    first, other = (each.section for each in merge_issues("weekly", parts, [ONE])[0].items)
    assert Section(ONE, (ENGLISH,)) == first
    assert other
    assert Heading("001 · Monday · Vision", EN) == other.full_heading
    assert SECTION.intro == other.intro


def test_what_ends_issues_stands_once() -> None:
    """Several issues end in what each ends in, at the end of all, and what is the same once."""
    bye = paragraph("Until tomorrow.", EN)
    parts = [
        (replace(issue(item()), outro=(bye, CHINESE)), record("001")),
        (replace(issue(item(2, "Gemma", paper="2411.00002")), outro=(ENGLISH, bye)), record("002")),
    ]
    assert (bye, CHINESE, ENGLISH) == merge_issues("weekly", parts, [ONE, TWO])[0].outro
