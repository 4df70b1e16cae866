"""What a web server is told of each file under out/."""

import gzip
from fnmatch import fnmatchcase

import pytest

from publisher.site.http_metadata import Hosting, compress, has_gzip

HOSTING = Hosting("https://news.example.org/", "https://hub.example.org/")


@pytest.mark.parametrize(
    ("path", "kind"),
    {
        "feeds/issues.atom": "application/atom+xml; charset=utf-8",
        "feeds/issues.rss": "application/rss+xml; charset=utf-8",
        "feeds/issues.json": "application/feed+json",
        "feeds/subscriptions.opml": "text/x-opml; charset=utf-8",
        "feeds/index.html": "text/html; charset=utf-8",
        "issues/000/email.txt": "text/plain; charset=utf-8",
        "sitemap.xml": "text/xml; charset=utf-8",
        "style.css": "text/css; charset=utf-8",
        "favicon.svg": "image/svg+xml",
        "favicon.ico": "image/vnd.microsoft.icon",
        "data.json": "application/json",
        "picture.png": "image/png",
        "feeds/issues.atom.gz": "application/gzip",
        "LICENSE": "application/octet-stream",
    }.items(),
)
def test_media_types(path: str, kind: str) -> None:
    """Each kind of file has its media type, whatever the machine's own table says."""
    assert kind == dict(HOSTING.headers(path))["Content-Type"]


def test_a_feed_names_itself_and_its_hub() -> None:
    """A feed's Link header has one self and the hub; without a hub, the self."""
    link = dict(HOSTING.headers("feeds/issues.rss"))["Link"]
    self_ = '<https://news.example.org/feeds/issues.rss>; rel="self"'
    assert f'{self_}, <https://hub.example.org/>; rel="hub"' == link
    assert self_ == dict(Hosting(HOSTING.base_url).headers("feeds/issues.rss"))["Link"]


def test_pages_have_no_links() -> None:
    """What is no feed is no topic of a hub."""
    assert "Link" not in dict(HOSTING.headers("index.html"))


@pytest.mark.parametrize(
    ("path", "size", "packed"),
    [
        ("feeds/issues.json", 100, True),
        ("issues/000/index.html", 30_000, True),
        ("papers/2408.05211/index.html", 5_000, False),
        ("issues/000/email.html", 80_000, False),
        ("picture.png", 80_000, False),
    ],
)
def test_what_is_compressed(path: str, size: int, packed: bool) -> None:  # noqa: FBT001
    """Feeds and long pages are, whatever gains little is not."""
    assert packed == has_gzip(path, size)


@pytest.mark.parametrize("path", ["feeds/issues.atom", "feeds/archive/issues/1.atom"])
def test_what_is_compressed_is_the_file(path: str) -> None:
    """Whatever it is compressed with, it is the file again, and the same bytes give the same."""
    data = "论文 paper\n".encode() * 5_000
    packed = compress(path, data)
    assert data == gzip.decompress(packed)
    assert packed == compress(path, data)
    assert len(packed) < len(data) // 20


def test_archives_are_kept_for_a_year() -> None:
    """A closed document of an archive never changes, and is no topic."""
    headers = dict(HOSTING.headers("feeds/archive/issues/1.atom"))
    assert {"Content-Type", "Cache-Control"} == headers.keys()
    assert "public, max-age=31536000, immutable" == headers["Cache-Control"]


def test_rules_for_static_hosts() -> None:
    """`_headers` gives files what the server gives them, no header by two rules that meet."""
    text = HOSTING.headers_file(["feeds/issues.atom", "feeds/en/issues.json"]).decode()
    rules: dict[str, dict[str, str]] = {}
    place = ""
    for line in text.splitlines():
        if line.startswith("/"):
            place = line
            rules[place] = {}
        else:
            name, _, value = line.strip().partition(": ")
            rules[place][name] = value
    for path in ("feeds/issues.atom", "feeds/en/issues.json", "feeds/archive/issues/1.rss"):
        found = [headers for rule, headers in rules.items() if fnmatchcase(f"/{path}", rule)]
        given = dict(HOSTING.headers(path))
        assert sorted(given) == sorted(name for headers in found for name in headers)
        assert given == {name: value for headers in found for name, value in headers.items()}


def test_rules_are_as_many_as_hosts_read() -> None:
    """However many feeds there are, no host is given more rules than it takes."""
    text = HOSTING.headers_file(f"feeds/{n}.atom" for n in range(500)).decode()
    assert sum(line.startswith("/") for line in text.splitlines()) < 100
