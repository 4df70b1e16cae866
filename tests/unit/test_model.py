"""What the values say of themselves."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from publisher.model import (
    Block,
    Code,
    CodeBlock,
    Diagnostic,
    Emphasis,
    Heading,
    Inline,
    Issue,
    IssueRecord,
    Item,
    Level,
    LineBreak,
    Link,
    ListBlock,
    Paragraph,
    Quote,
    Strong,
    Subheading,
    Text,
    links_in,
    paragraphs,
    plain,
)
from publisher.paper_id import PaperId, PaperScheme

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
HERE = Link("https://example.org/", (Text("here"),))


def arxiv(value: str) -> PaperId:
    """Return an arXiv paper."""
    return PaperId(PaperScheme.arxiv, value)


def doi(value: str) -> PaperId:
    """Return a paper with a DOI."""
    return PaperId(PaperScheme.doi, value)


def item(number: int, paper: PaperId | None = None, links: tuple[Link, ...] = ()) -> Item:
    """Return an item."""
    return Item(
        number=number, title=Heading("VITA", "en"), translation=None, section=None, paper=paper,
        links=links, body=(), line=1,
    )  # fmt: skip


def test_diagnostic() -> None:
    """A diagnostic reads as compilers write them, which editors can follow."""
    found = Diagnostic(
        file="seeds/a.txt", line=3, column=7, level=Level.warning, code="no-link", message="what"
    )
    assert "seeds/a.txt:3:7: warning: what [no-link]" == str(found)


def test_plain() -> None:
    """The words of a text are there without its marks; a line break is a space."""
    nodes: tuple[Inline, ...] = (
        Text("a "), Emphasis((Strong((Text("b"),)),)), LineBreak(), Code("c"), Text(" "), HERE,
    )  # fmt: skip
    assert "a b c here" == plain(nodes)


def test_paragraphs() -> None:
    """All runs of text are found in reading order, in quotes and lists too."""
    one, two, three = (Paragraph((Text(word),), "en") for word in ("1", "2", "3"))
    blocks: tuple[Block, ...] = (
        Subheading((Text("0"),), "en"), one, Quote((two,)), ListBlock(((three,), ()), None),
        CodeBlock("4"),
    )  # fmt: skip
    assert ["0", "1", "2", "3", "4"] == [plain(run) for run in paragraphs(blocks)]


def test_links_in() -> None:
    """Links are found in reading order, in stressed words too."""
    there = Link("https://example.net/", ())
    assert [there, HERE] == list(links_in((Text("a"), Emphasis((Strong((there,)),)), HERE)))


@pytest.mark.parametrize(
    ("paper", "key", "url"),
    [
        (arxiv("2408.05211"), "2408.05211", "https://arxiv.org/abs/2408.05211"),
        (arxiv("cs/0112017"), "cs/0112017", "https://arxiv.org/abs/cs/0112017"),
        (
            doi("10.1145/3292500.3330701"),
            "doi/10.1145/3292500.3330701",
            "https://doi.org/10.1145/3292500.3330701",
        ),
        (
            doi("10.1002/(sici)1<2::aid>3.0.co;2"),
            "doi/10.1002/_sici_1_2__aid_3.0.co_2-dd4ea5f7",
            "https://doi.org/10.1002/(sici)1%3C2::aid%3E3.0.co;2",
        ),
    ],
)
def test_paper(paper: PaperId, key: str, url: str) -> None:
    """A paper has one key, which is a path, and a page at its registry."""
    assert (re.sub(r"-\w{8}$", "", key), url) == (re.sub(r"-\w{8}$", "", paper.key), paper.url)


@pytest.mark.parametrize(
    "value",
    [
        "10.1/../../x",
        "10.1/./x",
        "10.1//x",
        "10.1/x/..",
        "10.1/论文",
        "10.1/a b",
        "10.1/a\\b",
        "10.1/a?b",
        "10.1/" + "a" * 256,
        "10.1/" + "论" * 250,
        "10.1/" + "../" * 100 + "a" * 300,
        "10." + "1/" * 2000 + "x",
        "10." + "1" * 300 + "/x",
    ],
)
def test_doi_is_a_safe_path(value: str) -> None:
    """Whatever a DOI holds, its key is a relative path that stays where it is put."""
    key = doi(value).key
    assert re.fullmatch(r"[a-z0-9._/-]+", key)
    assert not {"", ".", ".."} & set(key.split("/"))
    assert max(map(len, key.split("/"))) <= 255
    assert len(key) <= 1000


def test_dois_are_told_apart() -> None:
    """Two DOIs that only differ in characters no path can hold have two keys."""
    assert doi("10.1/a?b").key != doi("10.1/a<b").key
    assert doi("10.1/" + "a" * 300).key != doi("10.1/" + "a" * 301).key


@pytest.mark.parametrize("page", ["index.html", "index.html.gz"])
def test_no_papers_folder_is_anothers_page(page: str) -> None:
    """Where one DOI goes on from another, both have a page."""
    assert page not in doi(f"10.1/a/{page}").key.split("/")
    assert page not in doi(f"10.1/{page}/b").key.split("/")


def test_a_long_doi_that_fits_stands_as_it_is() -> None:
    """No DOI that had an address before addresses had a limit gets another."""
    longest = "10.1/" + "a" * 255
    assert f"doi/{longest}" == doi(longest).key


def test_first_link_is_what_an_item_is_about() -> None:
    """An item's address is its first link, else its paper's, else none."""
    assert [HERE.url, "https://arxiv.org/abs/2408.05211", None] == [
        item(1, arxiv("2408.05211"), (HERE,)).url, item(1, arxiv("2408.05211")).url, item(1).url
    ]  # fmt: skip


def test_papers_of_an_issue() -> None:
    """Each paper counts once, where it first stands; other items are no papers."""
    items = (item(1), item(2, arxiv("1")), item(3, arxiv("2")), item(4, arxiv("1")))
    issue = Issue(
        slug="1", source="1.txt", title=None, date=None, draft=False, tags=(), intro=(), items=items
    )
    assert ([2, 3], "item-2") == ([each.number for each in issue.papers()], items[1].anchor)


@pytest.mark.parametrize("slug", ["００１", "٠٠١", "", "a/b", "..", "a b", "A", "-a", "a\n"])
def test_slug_is_checked(slug: str) -> None:
    """No issue has a slug that addresses, headers and feed ids cannot hold as it stands."""
    with pytest.raises(ValueError, match="no slug of an issue"):
        Issue(
            slug=slug, source="1.txt", title=None, date=None, draft=False, tags=(), intro=(),
            items=(),
        )  # fmt: skip


def test_name_for_message_ids_is_ascii() -> None:
    """What an older program published under a slug of other digits is not taken for another."""
    record = IssueRecord(
        slug="001", headline="", source="001.txt", published=NOW, updated=NOW, items=1,
        uid="tag:example.org,2026:issues/００１",
    )  # fmt: skip
    assert "%EF%BC%90%EF%BC%90%EF%BC%91" == record.name
    assert "001" == replace(record, uid="tag:example.org,2026:issues/001").name
