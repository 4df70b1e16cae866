"""The pages of issues and papers, and what holds for every page."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from lxml import html

from publisher.model import (
    Heading,
    Issue,
    IssueRecord,
    Item,
    Link,
    Paragraph,
    Section,
    Subheading,
    Text,
)
from publisher.paper_id import PaperId, PaperScheme
from publisher.render.site import Renderer
from publisher.render.templating.environment import Templates
from tests.support.issue_pages import (
    BASE,
    NEWSLETTER,
    RENDERER,
    VITA,
    found,
    issue,
    item,
    record,
    targets,
)

OLD = PaperId(PaperScheme.arxiv, "cs/0112017")
DOI = PaperId(PaperScheme.doi, "10.1145/3292500.3330701")


def files(
    one: Issue, *appearances: IssueRecord, newer: IssueRecord | None = None
) -> dict[str, str]:
    """Render an issue whose papers all appear in `appearances`."""
    papers = [each.paper for each in one.papers() if each.paper]
    made = RENDERER.issue_files(
        one,
        record(),
        newer=newer,
        older=record("000", 1),
        appearances=dict.fromkeys(papers, appearances) if appearances else {},
        own=papers,
    )
    return {path: data.decode() for path, data in made.items()}


def issue_page(*items: Item) -> html.HtmlElement:
    """Return the parsed page of an issue of these items."""
    return html.fromstring(files(issue(*items))["issues/001/index.html"])


def test_outro_stands_below_the_items() -> None:
    """What ends an issue stands on its page below the last item, in its languages, set off."""
    words = (Paragraph((Text("Bye."),), "en"), Paragraph((Text("再见。"),), "zh-Hans"))
    made = files(replace(issue(item(1), item(2)), outro=words))
    page = html.fromstring(made["issues/001/index.html"])
    assert ["en", "zh-Hans"] == found(page, "//section[2]/following-sibling::div/p/@lang")
    assert ["Bye.", "再见。"] == found(page, "//div[@class='text outro']/p/text()")
    assert not any("Bye." in made[path] for path in made if path.startswith("papers/"))
    assert "outro" not in files(issue())["issues/001/index.html"]


def test_files_of_an_issue() -> None:
    """An issue has a page, a mail in two forms, and a page for every paper it had first."""
    expected = {
        "issues/001/index.html",
        "issues/001/email.html",
        "issues/001/email.txt",
        "papers/2408.05211/index.html",
        "papers/cs/0112017/index.html",
        "papers/doi/10.1145/3292500.3330701/index.html",
    }
    assert expected == set(files(issue(item(1), item(2, OLD), item(3, DOI), item(4, None))))


def test_papers_of_other_issues_are_left_to_them() -> None:
    """A paper that another issue had first gets no page from this one."""
    made = RENDERER.issue_files(issue(), record(), newer=None, older=None, appearances={}, own=())
    assert "papers/2408.05211/index.html" not in made


def test_links_between_pages_are_relative_files() -> None:
    """Pages link each other by files, so that they work without a server, at any depth."""
    page = files(issue(item(1, DOI)))["papers/doi/10.1145/3292500.3330701/index.html"]
    expected = {
        "#main",
        "../../../../index.html",
        "../../../../feeds/index.html",
        "../../../../issues/001/index.html",
    }
    assert expected == set(targets(page))


def test_canonical_address_is_absolute() -> None:
    """A page names its own address, with a closing slash."""
    assert found(issue_page(), "//link[@rel='canonical']/@href") == [f"{BASE}issues/001/"]


def test_every_page_announces_the_feeds() -> None:
    """A feed reader given any page finds the feeds, Atom in the page's own language first."""
    hits = found(issue_page(), "//link[@rel='alternate']/@href")
    assert (hits[0], len(hits)) == (f"{BASE}feeds/en/issues.atom", 10)


def test_pages_need_no_script_and_no_inline_style() -> None:
    """Every page does under the strictest Content-Security-Policy, but for one that copies."""
    made = files(issue())
    pages = [
        made["issues/001/index.html"],
        made["papers/2408.05211/index.html"],
        RENDERER.home_page((issue(), record()), [record("000", 1)], 1).decode(),
        RENDERER.archive_page(1, 1, [record()]).decode(),
        RENDERER.missing_page(1).decode(),
        RENDERER.feeds_page(()).decode(),
    ]
    hits = [found(html.fromstring(each), "//style|//@style|//@onclick") for each in pages]
    assert hits == [[]] * len(pages)
    scripts = [found(html.fromstring(each), "//script/@src") for each in pages]
    assert scripts == [[]] * (len(pages) - 1) + [["../feeds.js"]]
    assert not [each for each in pages if re.search("<script>|<script [^>]*>[^<]", each)]


def test_titles_are_escaped() -> None:
    """A title is shown to the letter."""
    title = found(issue_page(), "//section[@id='item-1']//h2/a[2]")[0]
    assert title.text_content() == "VITA: Towards <Open> LLM"


def test_languages_are_marked() -> None:
    """Title, translation and abstract each say their language; so does the link of the number."""
    assert found(issue_page(), "//section//@lang") == ["en", "en", "zh-Hans", "zh-Hans"]


def test_date_is_in_the_newsletters_zone() -> None:
    """A late evening in UTC is the next morning in Shanghai."""
    time = found(issue_page(), "//header//time")[0]
    expected = ("21 November 2026", "2026-11-21T04:30:00+08:00")
    assert expected == (time.text, time.get("datetime"))


def test_equal_translation_is_shown_once() -> None:
    """A title that is its own translation stands there once."""
    same = replace(item(1), translation=Heading("VITA:  Towards <Open> LLM", "zh-Hans"))
    assert found(issue_page(same), "//section//hgroup/p") == []


def test_contents_lead_to_the_items() -> None:
    """Every entry of the contents has its item on the page."""
    page = issue_page(item(1), item(2, OLD))
    wanted = [str(each).removeprefix("#") for each in found(page, "//nav//li/a/@href")]
    assert wanted == found(page, "//section[@class='item']/@id")


def test_one_item_has_no_contents() -> None:
    """A list of one title, below that title and above it again, tells nobody anything."""
    assert [] == found(issue_page(item(1)), "//nav[@class='contents']")


def test_sections_group_their_items() -> None:
    """Under a section heading the items' headings are one rank lower."""
    video = Section(Heading("视频", "zh-Hans"), (Paragraph((Text("两篇。"),), "zh-Hans"),))
    page = issue_page(replace(item(1), section=video), replace(item(2, OLD), section=video))
    headings = [each.tag for each in found(page, "//div[@class='items']//*[self::h2 or self::h3]")]
    assert headings == ["h2", "h3", "h3"]


def test_subheadings_keep_the_order_of_headings() -> None:
    """A subheading is one rank below its item on the issue's page, and below h1 on its own."""
    heading = Subheading((Text("方法"),), "zh-Hans")
    made = files(issue(replace(item(1), body=(heading,))))
    expected = ("h3", "h2")
    assert expected == tuple(
        found(html.fromstring(made[path]), "//*[text()='方法']")[0].tag
        for path in ("issues/001/index.html", "papers/2408.05211/index.html")
    )


def test_links_row() -> None:
    """The paper's own links come first, then those in its text by what they are."""
    code = Link("https://github.com/VITA-MLLM/VITA", (Text("这里"),))
    site = Link("https://vita-home.github.io", (Text("https://vita-home.github.io"),))
    body = (Paragraph((Text("代码："), code, site), "zh-Hans"),)
    row = found(issue_page(replace(item(1), body=body)), "//p[@class='links']/a")
    assert [(each.text, each.get("href")) for each in row] == [
        ("arXiv 2408.05211", "https://arxiv.org/abs/2408.05211"),
        ("PDF", "https://arxiv.org/pdf/2408.05211"),
        ("Code", "https://github.com/VITA-MLLM/VITA"),
        ("vita-home.github.io", "https://vita-home.github.io"),
    ]


@pytest.mark.parametrize(
    ("paper", "expected"),
    [
        (DOI, [("DOI", DOI.url)]),
        (
            PaperId(PaperScheme.openreview, "AbCdEf1234"),
            [
                ("OpenReview", "https://openreview.net/forum?id=AbCdEf1234"),
                ("PDF", "https://openreview.net/pdf?id=AbCdEf1234"),
            ],
        ),
        (
            PaperId(PaperScheme.acl, "2024.acl-long.1"),
            [
                ("ACL", "https://aclanthology.org/2024.acl-long.1/"),
                ("PDF", "https://aclanthology.org/2024.acl-long.1.pdf"),
            ],
        ),
    ],
)
def test_links_row_names_the_registry(paper: PaperId, expected: list[tuple[str, str]]) -> None:
    """A paper's page is called by its registry; its PDF follows where there is one."""
    row = found(issue_page(replace(item(1), paper=paper, links=())), "//p[@class='links']/a")
    assert [(link.text, link.get("href")) for link in row] == expected


def test_item_that_is_no_paper_leads_to_its_link() -> None:
    """The title of an item without a paper is a link to what it is about."""
    news = replace(item(1, None), links=(Link("https://example.org/", (Text("Example"),)),))
    assert found(issue_page(news), "//h2/a[2]/@href") == ["https://example.org/"]


def test_item_seen_before_says_so() -> None:
    """An item that an earlier issue had leads there; a later issue is not named."""
    page = files(issue(), record("000", 1), record(), record("002", 25))["issues/001/index.html"]
    hits = found(html.fromstring(page), "//p[@class='earlier']/a/@href")
    assert hits == ["../../issues/000/index.html"]


def test_paper_page_lists_its_issues() -> None:
    """A paper's page leads to every issue it stands in, oldest first."""
    made = files(issue(), record("002", 25), record())
    hits = found(html.fromstring(made["papers/2408.05211/index.html"]), "//main//li/a/@href")
    assert hits == ["../../issues/001/index.html", "../../issues/002/index.html"]


def test_issue_leads_to_its_neighbours() -> None:
    """An issue's page leads to the one before and the one after."""
    page = files(issue(), newer=record("002", 25))["issues/001/index.html"]
    hits = found(html.fromstring(page), "//nav[@class='turn']/a/@href")
    assert hits == ["../../issues/000/index.html", "../../issues/002/index.html"]


def test_update_on_another_day_is_shown() -> None:
    """An issue that changed later says when."""
    changed = replace(record(), updated=datetime(2026, 11, 22, tzinfo=UTC))
    page = RENDERER.issue_files(issue(), changed, newer=None, older=None, appearances={}, own=())[
        "issues/001/index.html"
    ]
    assert len(found(html.fromstring(page), "//header[@class='opening']//time")) == 2


def test_same_values_same_bytes() -> None:
    """A second renderer makes the same bytes."""
    other = Renderer(NEWSLETTER, ZoneInfo("Asia/Shanghai"), Templates())
    first, second = (
        each.issue_files(issue(), record(), newer=None, older=None, appearances={}, own=[VITA])
        for each in (RENDERER, other)
    )
    assert first == second


def test_section_text_stands_under_its_heading() -> None:
    """What a section says before its first item is shown there, in every form."""
    video = Section(Heading("视频", "zh-Hans"), (Paragraph((Text("两篇。"),), "zh-Hans"),))
    made = files(issue(replace(item(1), section=video), replace(item(2, OLD), section=video)))
    forms = ("index.html", "email.html", "email.txt")
    assert [made[f"issues/001/{form}"].count("两篇。") for form in forms] == [1, 1, 1]


def test_what_is_drafted_ahead_is_what_would_have_been_made() -> None:
    """An issue that was drafted ahead has the files it has without that, once and again."""
    one = issue(item(1), item(2, OLD))
    each = Renderer(NEWSLETTER, ZoneInfo("Asia/Shanghai"), Templates())

    def made() -> dict[str, bytes]:
        return each.issue_files(
            one, record(), newer=None, older=None, appearances={}, own=[VITA, OLD]
        )

    expected = made()
    each.draft_issue(one)
    assert [expected, expected] == [made(), made()]
