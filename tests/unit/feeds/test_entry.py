from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from publisher.config import Newsletter
from publisher.feeds.entry import Entry, EntryBuilder, one_line
from publisher.feeds.identity import Identity, Stamp
from publisher.model import Heading, Issue, Item, Link, Metadata, Paragraph, Section, Text
from publisher.paper_id import PaperId, PaperScheme

NEWSLETTER = Newsletter(title="Papers", base_url="https://news.example.org/p/")
IDENTITY = Identity("example.org", 2026)
PUBLISHED = datetime(2026, 11, 20, 8, 0, 0, tzinfo=UTC)
UPDATED = datetime(2026, 11, 21, 9, 30, 0, tzinfo=UTC)
VITA = PaperId(PaperScheme.arxiv, "2408.05211")
SCOPE = PaperId(PaperScheme.arxiv, "2408.05147")


def paragraph(text: str) -> Paragraph:
    """Return a paragraph of Chinese."""
    return Paragraph((Text(text),), "zh-Hans")


def item(number: int, paper: PaperId | None, title: str, translation: str | None = None) -> Item:
    """Return an item with a line of text; a paper has its link."""
    links = (Link(paper.url, (Text(translation or title),)),) if paper else ()
    return Item(
        number=number,
        title=Heading(title, "en"),
        translation=Heading(translation, "zh-Hans") if translation else None,
        section=None,
        paper=paper,
        links=links,
        body=(paragraph(f"{title}：摘要。"),),
        line=1,
    )


ISSUE = Issue(
    slug="000",
    source="000_4bcb34a68e90e40c.txt",
    title=None,
    date=None,
    draft=False,
    tags=("llm",),
    intro=(),
    items=(
        item(1, VITA, "VITA: Towards <Omni>", "VITA：迈向全模态"),
        item(2, None, "News in brief"),
        item(3, SCOPE, "Gemma Scope: Everywhere", "Gemma Scope: 全面开放"),
    ),
)


def of_issue(
    issue: Issue = ISSUE, newsletter: Newsletter = NEWSLETTER, language: str = ""
) -> Entry:
    """Return the issue's entry."""
    stamp = Stamp(IDENTITY.issue(issue.slug), PUBLISHED, UPDATED, issue.slug, None)
    found = EntryBuilder(newsletter, language, None).entry(issue, stamp)
    assert found
    return found


def of_papers(issue: Issue = ISSUE, language: str = "") -> list[Entry]:
    """Return the entries of the issue's papers."""
    reading = EntryBuilder(NEWSLETTER, language, None)
    found = (reading.entry(issue, of_paper(paper)) for paper in (VITA, SCOPE))
    return [entry for entry in found if entry]


def of_paper(paper: PaperId) -> Stamp:
    """Return what readers know a paper by."""
    return Stamp(IDENTITY.paper(paper.key), PUBLISHED, UPDATED, "000", paper.key)


def sectioned(*sections: Section | None) -> Issue:
    """Return the issue with its items in these sections."""
    items = zip(ISSUE.items, sections, strict=True)
    return dataclasses.replace(
        ISSUE, items=tuple(dataclasses.replace(each, section=section) for each, section in items)
    )


def test_an_issue_has_a_tag_uri() -> None:
    """An issue's id is made of the authority, its year and the slug."""
    assert IDENTITY.issue("000") == "tag:example.org,2026:issues/000"


@pytest.mark.parametrize(
    ("paper", "id_"),
    [
        (VITA, "tag:example.org,2026:papers/2408.05211"),
        (PaperId(PaperScheme.arxiv, "cs/0112017"), "tag:example.org,2026:papers/cs/0112017"),
        (PaperId(PaperScheme.doi, "10.1/a.b"), "tag:example.org,2026:papers/doi/10.1/a.b"),
    ],
)
def test_a_paper_has_a_tag_uri(paper: PaperId, id_: str) -> None:
    """A paper's id is made of the authority, its year and the paper's key."""
    assert id_ == IDENTITY.paper(paper.key)


@pytest.mark.parametrize("value", ["10.1/数据", "10.1/<a b>", '10.1/"#?%'])
def test_an_id_is_ascii(value: str) -> None:
    """Whatever a DOI holds, its id has only the characters of RFC 4151."""
    id_ = IDENTITY.paper(PaperId(PaperScheme.doi, value).key)
    assert re.fullmatch(r"tag:example\.org,2026:[A-Za-z0-9._/-]+", id_)


def test_a_feed_has_a_tag_uri() -> None:
    """A feed's id is made of the authority, its year and the feed's name."""
    assert IDENTITY.feed("papers") == "tag:example.org,2026:feeds/papers"


def test_ids_do_not_know_the_base_url() -> None:
    """A site that moves keeps every id."""
    moved = Newsletter(title="Papers", base_url="http://elsewhere.test/")
    assert of_issue().id == of_issue(newsletter=moved).id


def test_an_issue_leads_to_its_page() -> None:
    """An issue's entry leads to its own page and to no other."""
    entry = of_issue()
    assert (entry.url, entry.external_url) == ("https://news.example.org/p/issues/000/", None)


def test_an_issue_is_titled_by_its_headline() -> None:
    """An issue's entry goes by the headline, which is in the items' language."""
    entry = of_issue()
    assert (entry.title, entry.title_lang) == ("VITA, News in brief and Gemma Scope", "en")


def test_an_issue_with_a_title_goes_by_it() -> None:
    """A title given in the digest is the entry's, in the language of its script."""
    entry = of_issue(dataclasses.replace(ISSUE, title="八月论文"))
    assert (entry.title, entry.title_lang) == ("八月论文", "zh-Hans")


def test_an_entry_has_the_dates_it_is_known_by() -> None:
    """Dates are those the archive remembers."""
    entry = of_issue()
    assert (entry.published, entry.updated) == (PUBLISHED, UPDATED)


def test_an_issue_holds_every_item() -> None:
    """An issue's content has all its items, papers or not, with titles, links and text."""
    vita, scope = (f'<a href="https://arxiv.org/abs/{paper.value}">' for paper in (VITA, SCOPE))
    expected = (
        f'<h3 lang="en">{vita}VITA: Towards &lt;Omni&gt;</a></h3>\n'
        f'<p lang="zh-Hans">{vita}VITA：迈向全模态</a></p>\n'
        '<p lang="zh-Hans">VITA: Towards &lt;Omni&gt;：摘要。</p>\n'
        '<h3 lang="en">News in brief</h3>\n'
        '<p lang="zh-Hans">News in brief：摘要。</p>\n'
        f'<h3 lang="en">{scope}Gemma Scope: Everywhere</a></h3>\n'
        f'<p lang="zh-Hans">{scope}Gemma Scope: 全面开放</a></p>\n'
        '<p lang="zh-Hans">Gemma Scope: Everywhere：摘要。</p>\n'
    )
    assert expected == of_issue().html


def test_an_issue_begins_with_its_introduction() -> None:
    """The introduction stands before the first item, and is the summary."""
    entry = of_issue(dataclasses.replace(ISSUE, intro=(paragraph("本期导读。"),)))
    assert entry.html.startswith('<p lang="zh-Hans">本期导读。</p>\n<h3')
    assert entry.summary == "本期导读。"


def test_an_issue_ends_in_its_outro() -> None:
    """It stands below the last item, set off from it, and is no part of a paper's entry."""
    ending = dataclasses.replace(ISSUE, outro=(paragraph("下周见。"),))
    assert of_issue().html + '<hr>\n<p lang="zh-Hans">下周见。</p>\n' == of_issue(ending).html
    assert of_issue().summary == of_issue(ending).summary


def test_a_section_is_headed_once() -> None:
    """A section's heading and text stand before the first of its items only."""
    section = Section(Heading("多模态", "zh-Hans"), (paragraph("三篇。"),))
    tags = re.findall(r"<h[23]", of_issue(sectioned(None, section, section)).html)
    assert tags == ["<h3", "<h2", "<h3", "<h3"]


def test_without_introduction_the_summary_names_the_items() -> None:
    """An issue's summary is the items' titles, in translation where there is one."""
    assert of_issue().summary == "VITA：迈向全模态 · News in brief · Gemma Scope: 全面开放"


def test_an_empty_issue_has_an_entry() -> None:
    """An issue without items has an entry, whose content is its title: none may be empty."""
    entry = of_issue(dataclasses.replace(ISSUE, items=()))
    assert (entry.html, entry.summary, entry.lang) == ("<p>Issue 000</p>\n", "", "zh-Hans")


def test_only_papers_become_entries() -> None:
    """Each paper of an issue has an entry, other items have none."""
    ids = [IDENTITY.paper(VITA.key), IDENTITY.paper(SCOPE.key)]
    assert ids == [entry.id for entry in of_papers()]


def test_a_paper_that_the_issue_lost_has_no_entry() -> None:
    """A paper whose words are nowhere any more is no entry."""
    assert len(of_papers(dataclasses.replace(ISSUE, items=ISSUE.items[1:]))) == 1


def test_a_paper_leads_to_its_page_and_to_the_registry() -> None:
    """A paper's entry leads to our page, and is about the one at arXiv."""
    entry = of_papers()[0]
    assert entry.url == "https://news.example.org/p/papers/2408.05211/"
    assert entry.external_url == "https://arxiv.org/abs/2408.05211"


def test_a_paper_has_both_titles() -> None:
    """The original is a paper's title; the translation opens the summary and is in the content."""
    entry = of_papers()[0]
    assert (entry.title, entry.title_lang) == ("VITA: Towards <Omni>", "en")
    assert entry.summary == "VITA：迈向全模态 — VITA: Towards <Omni>：摘要。"
    assert '<p lang="zh-Hans"><a href="https://arxiv.org/abs/2408.05211">VITA：迈向' in entry.html


def test_a_papers_title_is_not_repeated() -> None:
    """A reader shows an entry's title above its content, and in a list the content's first words.

    The link is the translation's, or the paper's number where there is none.
    """
    translated, bare = (
        of_papers(dataclasses.replace(ISSUE, items=(each,)))[0].html
        for each in (ISSUE.items[0], dataclasses.replace(ISSUE.items[0], translation=None))
    )
    assert translated.startswith(
        '<p lang="zh-Hans"><a href="https://arxiv.org/abs/2408.05211">VITA：'
    )
    expected = (
        '<p lang="en"><a href="https://arxiv.org/abs/2408.05211">arXiv:2408.05211</a></p>\n<p'
    )
    assert bare.startswith(expected)


def test_a_papers_further_links_are_in_its_content() -> None:
    """Links beside the title other than the paper's own are one line between title and text."""
    more = [
        Link("https://github.com/VITA", (Text("代码"),)),
        Link("https://vita-home.github.io", (Text("项目"),)),
    ]
    first = dataclasses.replace(ISSUE.items[0], links=(*ISSUE.items[0].links, *more))
    issue = dataclasses.replace(ISSUE, items=(first,))
    expected = (
        '</p>\n<p lang="zh-Hans"><a href="https://github.com/VITA">代码</a>'
        ' · <a href="https://vita-home.github.io">项目</a></p>\n<p'
    )
    assert expected in of_papers(issue)[0].html
    assert expected in of_issue(issue).html


def test_a_paper_is_in_the_language_of_its_text() -> None:
    """A paper's language is that of its text, not of its title."""
    assert of_papers()[0].lang == "zh-Hans"


def test_a_paper_without_text_is_in_the_language_of_its_title() -> None:
    """A paper with nothing but a title is in that title's language."""
    bare = dataclasses.replace(ISSUE.items[0], translation=None, body=())
    entry = of_papers(dataclasses.replace(ISSUE, items=(bare,)))[0]
    assert (entry.lang, entry.summary) == ("en", "")


def test_a_paper_without_text_is_summed_up_by_its_translation() -> None:
    """A paper with nothing but titles has the translated one for its summary."""
    bare = dataclasses.replace(ISSUE.items[0], body=())
    assert of_papers(dataclasses.replace(ISSUE, items=(bare,)))[0].summary == "VITA：迈向全模态"


def test_a_paper_is_tagged_by_issue_and_section() -> None:
    """A paper has the tags of its issue and the heading of its section."""
    section = Section(Heading("Agents", "en"), ())
    tags = [entry.tags for entry in of_papers(sectioned(section, None, None))]
    assert tags == [("llm", "Agents"), ("llm",)]


def said_of(metadata: Metadata, **others: Any) -> Issue:
    """Return the issue with its first paper alone, of which this is said."""
    first = dataclasses.replace(ISSUE.items[0], metadata=metadata, **others)
    return dataclasses.replace(ISSUE, items=(first,))


def test_a_papers_authors_are_its_own() -> None:
    """A paper's entry is by who wrote the paper; the issue's is by who publishes it."""
    issue = said_of(Metadata(authors=("Rita Lio", " Song\nLu ", "Rita Lio", "")))
    assert ("Rita Lio", "Song Lu") == of_papers(issue)[0].authors
    assert ("Papers",) == of_issue(issue).authors


@pytest.mark.parametrize("more", [" et al.", ", et al", " 等", "等4人", " 等 4 位作者"])
def test_that_there_are_more_authors_is_no_name(more: str) -> None:
    """What stands for the other authors is no part of the last one's name."""
    issue = said_of(Metadata(authors=("Rita Lio", f"Song Lu{more}")))
    assert ("Rita Lio", "Song Lu") == of_papers(issue)[0].authors


def test_authors_of_a_paper_are_names() -> None:
    """An e-mail address beside a name is left out; of nothing but addresses nothing is left."""
    both, alone = "Rita Lio <rita@mill.example>", "<rita@mill.example>"
    assert ("Rita Lio",) == of_papers(said_of(Metadata(authors=(both,))))[0].authors
    assert ("Papers",) == of_papers(said_of(Metadata(authors=(alone,))))[0].authors


def test_a_paper_has_its_subjects_beside_the_topics() -> None:
    """Categories and tags of a paper are its subjects, but for those that are topics already."""
    its = Metadata(categories=("cs.CL", "cs.LG"), tags=("llm", "面包", "cs.CL"))
    entry = of_papers(said_of(its))[0]
    assert (("llm",), ("cs.CL", "cs.LG", "面包")) == (entry.tags, entry.subjects)


def test_an_entry_is_bounded() -> None:
    """Of thousands of authors and subjects the first are told, and none without an end."""
    flood = tuple(f"{number} {'w' * 1_000}" for number in range(5_000))
    entry = of_papers(said_of(Metadata(authors=flood, categories=flood)))[0]
    assert (100, 20) == (len(entry.authors), len(entry.subjects))
    assert max(map(len, (*entry.authors, *entry.subjects))) <= 100
    assert len(entry.html) < 3_000


def test_content_says_who_wrote_a_paper() -> None:
    """A small line below the titles has what is said of a paper, and of many authors ten."""
    its = Metadata(authors=tuple(f"<A{number}>" for number in range(12)), venue="ICLR 2026")
    names = ", ".join(f"&lt;A{number}&gt;" for number in range(10))
    expected = f'</p>\n<p lang="en"><small>{names} +2 · ICLR 2026</small></p>\n<p lang="zh-Hans">'
    for entry in (of_issue(said_of(its)), of_papers(said_of(its))[0]):
        assert expected in entry.html


def test_content_in_each_language_says_who_wrote_a_paper() -> None:
    """Names are in no language."""
    for language in ("en", "zh-Hans"):
        issue = said_of(Metadata(authors=("Rita Lio",)))
        assert "<small>Rita Lio</small>" in of_papers(issue, language)[0].html


def test_the_author_is_the_newsletters() -> None:
    """Entries are by the newsletter's author, else by the newsletter."""
    named = dataclasses.replace(NEWSLETTER, author="Ana")
    assert of_issue().authors == ("Papers",)
    assert of_issue(newsletter=named).authors == ("Ana",)


@pytest.mark.parametrize(
    ("said", "shown"),
    [("Ana <ana@example.org>", "Ana"), ("<ana@example.org>", "Papers"), ("A <3 B", "A <3 B")],
)
def test_the_author_is_a_name(said: str, shown: str) -> None:
    """An e-mail address is not given to whoever collects them, nor to validators that mind it."""
    assert of_issue(newsletter=dataclasses.replace(NEWSLETTER, author=said)).authors == (shown,)


def test_a_line_has_no_illegal_characters() -> None:
    """Control characters, lone surrogates, non-characters and byte order marks are left out."""
    assert one_line("a\0\x08\x0b\x1f\x7f\x85\x9f\ud800\udfff\ufeff\ufffe\uffffb") == "ab"


def test_a_line_keeps_what_is_legal() -> None:
    """Letters of any script and plane stay."""
    assert one_line("é 中 𝔸 ‍ 🙂") == "é 中 𝔸 ‍ 🙂"


def test_a_line_has_single_spaces() -> None:
    """Line breaks and tabs become single spaces."""
    assert one_line(" a\r\nb\tc\rd ") == "a b c d"


def test_content_has_lf_line_ends() -> None:
    """CR LF and CR in content become LF."""
    assert dataclasses.replace(of_issue(), html="a\r\nb\rc\n").html == "a\nb\nc\n"


def test_a_title_that_comes_to_nothing_is_the_address() -> None:
    """An entry whose title has no legal character goes by its address, as none may be empty."""
    assert dataclasses.replace(of_issue(), title="\x01 \ufeff").title == of_issue().url


def test_tags_that_come_to_nothing_are_left_out() -> None:
    """Empty tags vanish, and the same tag counts once."""
    assert dataclasses.replace(of_issue(), tags=("a", "\x00", "a\x00", "b")).tags == ("a", "b")


def test_dates_are_utc_in_whole_seconds() -> None:
    """A date in another zone and with a fraction becomes UTC in whole seconds."""
    local = datetime(2026, 11, 20, 16, 0, 0, 999, tzinfo=timezone(timedelta(hours=8)))
    published = dataclasses.replace(of_issue(), published=local).published
    assert published.isoformat() == "2026-11-20T08:00:00+00:00"


def test_a_date_without_zone_is_refused() -> None:
    """A date that could be any hour is a mistake of the caller's."""
    with pytest.raises(ValueError, match="time zone"):
        dataclasses.replace(of_issue(), published=datetime(2026, 11, 20, 8))  # noqa: DTZ001


def test_an_entry_in_one_language_has_its_words_alone() -> None:
    """In Chinese an entry has the translated title and the text; in English what there is."""
    chinese, english = (of_papers(language=language)[0] for language in ("zh-Hans", "en"))
    assert (chinese.title, chinese.title_lang, chinese.lang) == (
        *("VITA：迈向全模态", "zh-Hans", "zh-Hans"),
    )
    assert 'arXiv:2408.05211</a></p>\n<p lang="zh-Hans">VITA: Towards' in chinese.html
    assert 'lang="en"' not in chinese.html
    assert (english.title, english.lang, english.summary) == ("VITA: Towards <Omni>", "en", "")
    assert 'lang="zh-Hans"' not in english.html


def test_views_share_ids_and_dates() -> None:
    """An entry is the same whatever language it is read in."""
    found = [of_issue(language=language) for language in ("", "en", "zh-Hans")]
    assert len({(each.id, each.url, each.published, each.updated) for each in found}) == 1


@pytest.mark.parametrize(
    ("uid", "expected"),
    [
        ("tag:example.org,2026:issues/000", IDENTITY),
        ("tag:example.org,2026-11-20:issues/000", IDENTITY),
        ("https://example.org/000", None),
        ("tag:example.org:issues/000", None),
    ],
)
def test_an_id_tells_who_minted_it(uid: str, expected: Identity | None) -> None:
    """The authority and the year are read back from an id."""
    assert Identity.of(uid) == expected
