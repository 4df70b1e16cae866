"""The pages around issues: home, archive, what is missing, and what search engines are given."""

from dataclasses import replace
from datetime import datetime
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from lxml import html

from publisher.render.site import Renderer
from publisher.render.templating.environment import Templates
from tests.support.issue_pages import BASE, NEWSLETTER, RENDERER, found, issue, record, targets

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def test_home_shows_the_newest_issue() -> None:
    """The home page lists what the newest issue holds, and the others below, newest first."""
    recent = [record("000", 1), record(), record("0", 10)]
    page = RENDERER.home_page((issue(), record()), recent, 3).decode()
    expected = [
        "#main",
        "index.html",
        "feeds/index.html",
        "feeds/index.html",
        "issues/001/index.html",
        "issues/001/index.html#item-1",
        "issues/0/index.html",
        "issues/000/index.html",
        "archive/3/index.html",
        "feeds/index.html",
    ]
    assert expected == targets(page)


def test_home_without_issues() -> None:
    """Before the first issue there is a home page all the same."""
    assert "The first issue is yet to come." in RENDERER.home_page(None, [], 0).decode()


def test_archive_pages_lead_to_each_other() -> None:
    """A page of the archive leads to the older and the newer one, the newest to the home page."""
    turns = [
        found(html.fromstring(RENDERER.archive_page(number, 3, [])), "//nav[@class='turn']/a/@href")
        for number in (1, 2, 3)
    ]
    assert turns == [
        ["../../archive/2/index.html"],
        ["../../archive/1/index.html", "../../archive/3/index.html"],
        ["../../archive/2/index.html", "../../index.html"],
    ]


def test_archive_page_is_newest_first() -> None:
    """The issues of an archive page stand newest first, however they come."""
    page = html.fromstring(RENDERER.archive_page(1, 1, [record("000", 1), record("002", 25)]))
    assert [each.text for each in found(page, "//main//li/a")] == ["Issue 002", "Issue 000"]


def test_missing_page_works_at_any_address() -> None:
    """What stands for a page that is not there leads on from wherever it is shown."""
    settings = replace(NEWSLETTER, base_url="https://example.org/news/")
    page = Renderer(settings, ZoneInfo("UTC"), Templates()).missing_page(3).decode()
    expected = {
        "#main",
        "/news/index.html",
        "/news/archive/3/index.html",
        "/news/feeds/index.html",
    }
    assert expected == set(targets(page))
    links = html.fromstring(page).xpath("//link[@rel='stylesheet' or @rel='icon']/@href")
    assert ["/news/favicon.svg", "/news/style.css"] == links


def test_missing_page_is_in_no_index() -> None:
    """It has no address of its own, and asks search engines to leave it out."""
    page = html.fromstring(RENDERER.missing_page(1))
    assert ["noindex"] == found(page, "//meta[@name='robots']/@content")
    assert [] == found(page, "//link[@rel='canonical'] | //meta[@property='og:url']")


def test_missing_page_before_the_first_issue() -> None:
    """Before the first issue it leads to no archive."""
    assert {"#main", "/index.html", "/feeds/index.html"} == set(
        targets(RENDERER.missing_page(0).decode())
    )


def test_missing_page_in_chinese() -> None:
    """It speaks the interface's language."""
    settings = replace(NEWSLETTER, interface_language="zh-Hans")
    templates = Templates(interface_language="zh-Hans")
    page = html.fromstring(Renderer(settings, ZoneInfo("UTC"), templates).missing_page(1))
    assert "没有这个页面 · Papers & more" == page.findtext(".//title")
    assert ["没有这个页面", "这里的内容可能已经撤下，也可能是地址有误。"] == [
        each.text for each in found(page, "//main//h1 | //main/p[1]")
    ]


def test_sitemap() -> None:
    """The sitemap has every page's address and when it last changed, if that is known."""
    when = datetime(2026, 11, 21, 4, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    pages = [("issues/001/index.html", when), ("index.html", None)]
    root = ET.fromstring(RENDERER.sitemap(pages))  # noqa: S314 (our own bytes)
    hits = [[part.text for part in url] for url in root.iter(f"{SITEMAP}url")]
    assert hits == [[f"{BASE}issues/001/", "2026-11-20T20:30:00Z"], [BASE]]


def test_sitemap_index() -> None:
    """The list of sitemaps names each."""
    root = ET.fromstring(RENDERER.sitemap_index([("sitemap-1.xml", None)]))  # noqa: S314 (ours)
    assert [each.text for each in root.iter(f"{SITEMAP}loc")] == [f"{BASE}sitemap-1.xml"]


def test_robots() -> None:
    """robots.txt allows all and names the sitemap."""
    expected = f"User-agent: *\nAllow: /\n\nSitemap: {BASE}sitemap.xml\n"
    assert expected == RENDERER.robots().decode()
