"""The to-do list: what a change makes necessary is written, after a crash too, and nothing more."""

import re
from collections.abc import Iterator
from datetime import UTC, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from lxml import etree

from publisher import factories
from publisher.feeds.identity import Identity
from publisher.pipeline.admission import Rules
from publisher.pipeline.register import register
from publisher.sources import scan
from publisher.sources.scan import FileStamp
from publisher.storage import digests
from tests.support.newsletter_folder import NOW, Newsroom, newsroom, paper

LATER = NOW + timedelta(hours=5)
VITA = paper("2408.05211", "VITA")
GEMMA = paper("2408.05147", "Gemma Scope")
PAGE = "papers/2408.05211/index.html"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Set up a newsletter."""
    with newsroom(tmp_path) as found:
        yield found


def rebuilt(room: Newsroom, folder: Path) -> dict[str, bytes]:
    """Return what a first build of the same digests, under the same dates, makes."""
    folder.mkdir()
    dates = {record.source: record.published for record in room.records().values()}
    with newsroom(folder) as other:
        for name, date in dates.items():
            text = (room.folder / "seeds" / name).read_text(encoding="utf-8")
            other.drop(name, f"---\ndate: {date.isoformat()}\n---\n{text}")
        other.build(max([NOW, *dates.values()]))
        return other.files()


def pages(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return all files but feeds."""
    return {path: data for path, data in files.items() if not path.startswith("feeds/")}


def register_only(room: Newsroom) -> None:
    """Do what a run does up to the moment a crash comes before the first file."""
    found = scan.scan_folder(room.settings.digests.dir).new
    reads = [room.read(FileStamp(*mark)) for mark in sorted(found)]
    names = {each.stamp.name for each in reads}
    with room.database.write() as connection:
        known = digests.all_digests(connection)
        gone = {name: row for name, row in known.items() if name not in names}
        rules = Rules(
            now=NOW, zone=UTC, goes_out=lambda dropped: dropped, waits=False,
            max_lateness=timedelta(days=7), at_most=None,
        )  # fmt: skip
        texts = factories.published_issues(room.settings)
        register(connection, texts, reads, gone, rules, Identity("example.org", 2026))


def issues_on(page: str) -> list[str]:
    """Return the issues a page lists, in order."""
    return re.findall(r"<li>.*?issues/([^/\"]+)/index\.html", page)


# --- Crashes ------------------------------------------------------------------------------


def test_crash_before_the_first_file(room: Newsroom, tmp_path: Path) -> None:
    """What was registered and not written is written by the next run."""
    room.drop("000.txt", VITA)
    register_only(room)
    assert not room.out.exists()
    room.build(LATER)
    assert rebuilt(room, tmp_path / "other") == room.files()


def test_crash_before_the_removal(room: Newsroom) -> None:
    """Pages of an issue whose digest is gone are removed by the next run."""
    room.drop("000.txt", VITA)
    room.drop("001.txt", GEMMA)
    room.build()
    room.take("000.txt")
    register_only(room)
    assert (room.out / PAGE).exists()
    room.build(LATER)
    assert not (room.out / PAGE).exists()
    assert not (room.out / "issues/000").exists()


def test_removed_folder_is_made_again(room: Newsroom) -> None:
    """Whoever deletes out/ gets it back with the next build, byte for byte."""
    room.drop("000.txt", VITA)
    room.build()
    before = room.files()
    room.lose(*(path.name for path in room.out.iterdir()))
    room.build(LATER)
    assert before == room.files()


def test_removed_issue_is_made_again(room: Newsroom) -> None:
    """An issue's folder that was deleted comes back."""
    room.drop("000.txt", VITA)
    room.drop("001.txt", GEMMA)
    room.build()
    before = room.files()
    room.lose("issues/000")
    room.build(LATER)
    assert before == room.files()


def test_an_issue_is_made_of_what_was_published(room: Newsroom) -> None:
    """A digest that goes bad between registering and rendering is rendered as it was read."""
    room.drop("000.txt", VITA)
    register_only(room)
    room.drop("000.txt", "")
    built = room.build(LATER)
    assert (1, True) == (built.rendered.issues, built.failed)
    assert "VITA" in room.page("issues/000/index.html")


def test_only_the_newest_copy_of_a_digest_is_kept(room: Newsroom) -> None:
    """A digest that was written over leaves no old copies behind."""
    for text in (VITA, VITA + GEMMA, GEMMA):
        room.drop("000.txt", text)
        room.build()
    expected = [sha256(GEMMA.encode()).hexdigest()]
    assert expected == [path.name for path in (room.folder / ".publisher/digests").iterdir()]


def test_without_copy_and_digest_an_issue_waits(room: Newsroom) -> None:
    """What nobody has any more is not rendered, and kept in mind until its digest is back."""
    room.drop("000.txt", VITA)
    register_only(room)
    for copy in (room.folder / ".publisher" / "digests").iterdir():
        copy.unlink()
    room.drop("000.txt", "")
    assert 0 == room.build(LATER).rendered.issues
    room.drop("000.txt", VITA, LATER)
    assert 1 == room.build(LATER).rendered.issues


# --- Templates and settings ---------------------------------------------------------------


def test_changed_template_renders_all(tmp_path: Path) -> None:
    """A template of the newsletter's own, once changed, is seen on every page at the next run."""
    (tmp_path / "templates").mkdir()
    with newsroom(tmp_path) as room:
        room.drop("000.txt", VITA)
        room.build()
        (tmp_path / "templates" / "paper.html").write_text("<p>{{ paper.title.text }}</p>")
        room.build(LATER)
        assert "<p>VITA</p>" == room.page(PAGE)


# --- Papers in several issues -------------------------------------------------------------


def test_shared_paper_has_one_page(room: Newsroom) -> None:
    """A paper in two issues has one page, which lists both."""
    room.drop("000.txt", VITA)
    room.build()
    room.drop("001.txt", VITA.replace("works", "still works"))
    room.build(LATER)
    page = room.page(PAGE)
    assert {"000", "001"} == set(re.findall(r"issues/(\d+)/", page))
    assert "We show that it works." in page


def test_page_moves_when_the_older_issue_goes(room: Newsroom) -> None:
    """When the issue that had a paper first is withdrawn, the next one's text is the page's."""
    room.drop("000.txt", VITA)
    room.build()
    room.drop("001.txt", VITA.replace("works", "still works"))
    room.build(LATER)
    room.take("000.txt")
    room.build(LATER)
    page = room.page(PAGE)
    assert {"001"} == set(re.findall(r"issues/(\d+)/", page))
    assert "We show that it still works." in page


def test_page_moves_when_an_older_issue_comes(room: Newsroom) -> None:
    """An issue added under an earlier date takes over the pages of the papers it has."""
    room.drop("000.txt", VITA)
    room.build()
    room.drop("2020-01-01.txt", VITA.replace("works", "worked"))
    room.build(LATER)
    assert "We show that it worked." in room.page(PAGE)


def test_page_goes_with_the_last_issue(room: Newsroom) -> None:
    """A paper taken out of the one issue that had it loses its page."""
    room.drop("000.txt", VITA + GEMMA)
    room.build()
    room.drop("000.txt", GEMMA, LATER)
    room.build(LATER)
    assert not (room.out / PAGE).exists()


def test_shared_paper_is_one_entry_in_the_feed(room: Newsroom) -> None:
    """The feed of papers has a paper once, from the issue that had it first."""
    room.drop("000.txt", VITA)
    room.drop("001.txt", VITA + GEMMA)
    room.build()
    feed = etree.fromstring((room.out / "feeds/papers.atom").read_bytes())
    titles = feed.xpath("//a:entry/a:title", namespaces={"a": "http://www.w3.org/2005/Atom"})
    assert isinstance(titles, list)
    assert 2 == len(titles)


# --- Lists --------------------------------------------------------------------------------


def test_neighbours_are_rendered(room: Newsroom) -> None:
    """A new issue is linked to from the one before it."""
    room.drop("000.txt", VITA)
    room.build()
    assert "issues/001/" not in room.page("issues/000/index.html")
    room.drop("001.txt", GEMMA)
    room.build(LATER)
    assert "issues/001/" in room.page("issues/000/index.html")


def test_new_name_reaches_the_neighbours(room: Newsroom) -> None:
    """An issue's new title stands on its neighbours' pages too."""
    room.drop("000.txt", VITA)
    room.drop("001.txt", GEMMA)
    room.build()
    room.drop("001.txt", f"# Sparse autoencoders\n\n{GEMMA}", LATER)
    room.build(LATER)
    assert "Sparse autoencoders" in room.page("issues/000/index.html")


def test_archive_has_pages_of_fifty(room: Newsroom) -> None:
    """The archive has fifty issues a page, counted from the oldest; each page is newest first."""
    for number in range(120):
        room.drop(f"{number:03}.txt", paper(f"2408.{number:05}", f"Paper {number}"))
    room.build()
    expected = [
        [f"{number:03}" for number in reversed(span)]
        for span in (range(50), range(50, 100), range(100, 120))
    ]
    assert expected == [issues_on(room.page(f"archive/{n}/index.html")) for n in (1, 2, 3)]


def test_sitemap_has_every_page_once(room: Newsroom) -> None:
    """All issues, papers, the home page and the feeds' page stand in the sitemaps, once each."""
    for number in range(60):
        room.drop(f"{number:03}.txt", paper(f"2408.{number // 2:05}", f"Paper {number}"))
    room.build()
    prefix = "https://news.example.org/"
    listed = re.findall(rf"<loc>{prefix}([^<]*)</loc>", room.page("sitemap.xml"))
    assert ["sitemaps/site.xml", "sitemaps/1.xml", "sitemaps/2.xml"] == listed
    sitemaps = "".join(room.page(path) for path in listed)
    found = re.findall(rf"<loc>{prefix}([^<]*)</loc>", sitemaps)
    made = [
        path.removesuffix("index.html")
        for path in room.files()
        if path.endswith("index.html") and not path.startswith("archive/")
    ]
    assert sorted(made) == sorted(found)


def test_page_for_what_is_not_there(room: Newsroom) -> None:
    """It leads to the newest page of the archive, and comes back when it is lost."""
    for number in range(51):
        room.drop(f"{number:03}.txt", paper(f"2408.{number:05}", f"Paper {number}"))
    room.build()
    page = room.page("404.html")
    assert 'href="/archive/2/index.html"' in page
    room.lose("404.html")
    room.build(LATER)
    assert page == room.page("404.html")


def test_own_file_for_what_is_not_there(room: Newsroom) -> None:
    """A newsletter's own assets/404.html is left as it is."""
    own = room.folder / "templates" / "assets" / "404.html"
    own.parent.mkdir(parents=True)
    own.write_text("Gone fishing.")
    room.drop("000.txt", VITA)
    room.build()
    assert "Gone fishing." == room.page("404.html")


def test_only_touched_pages_are_written(room: Newsroom) -> None:
    """One more issue rewrites its own pages, its neighbour's and the lists that name it."""
    for number in range(60):
        room.drop(f"{number:03}.txt", paper(f"2408.{number:05}", f"Paper {number}"))
    room.build()
    before = {path: (room.out / path).stat().st_mtime_ns for path in room.files()}
    room.drop("060.txt", paper("2408.00060", "Paper 60"))
    room.build(LATER)
    expected = {
        "issues/060/index.html", "issues/060/email.html", "issues/060/email.txt",
        "papers/2408.00060/index.html", "issues/059/index.html", "archive/2/index.html",
        "sitemaps/2.xml", "index.html",
        *(f"feeds/{language}{name}.{kind}"
          for language in ("", "en/", "zh-Hans/")
          for name in ("issues", "papers")
          for kind in ("atom", "rss", "json", "atom.gz", "rss.gz", "json.gz")),
    }  # fmt: skip
    assert expected == {
        path for path in room.files() if before.get(path) != (room.out / path).stat().st_mtime_ns
    }


def test_full_archive_page_is_not_made_again(room: Newsroom) -> None:
    """One more issue has no archive page made but the newest, however long the archive."""
    for number in range(52):
        room.drop(f"{number:03}.txt", paper(f"2408.{number:05}", f"Paper {number}"))
    room.build()
    (room.out / "archive/1/index.html").write_text("as it was left")
    room.drop("052.txt", paper("2408.00052", "Paper 52"))
    room.build(LATER)
    assert "as it was left" == room.page("archive/1/index.html")
    assert ["052", "051", "050"] == issues_on(room.page("archive/2/index.html"))


@pytest.mark.parametrize("number", [50, 100])
def test_one_by_one_is_as_all_at_once(room: Newsroom, tmp_path: Path, number: int) -> None:
    """Issues added to a full archive page leave the site as if all had come together."""
    for each in range(number):
        room.drop(f"{each:03}.txt", paper(f"2408.{each:05}", f"Paper {each}"))
    room.build()
    room.drop(f"{number:03}.txt", paper("2408.99999", "One more"))
    room.build(LATER)
    assert rebuilt(room, tmp_path / "other") == room.files()


def test_withdrawn_issue_shortens_the_archive(room: Newsroom, tmp_path: Path) -> None:
    """When an issue goes and with it an archive page, no trace of that page is left."""
    for each in range(51):
        room.drop(f"{each:03}.txt", paper(f"2408.{each:05}", f"Paper {each}"))
    room.build()
    room.take("000.txt")
    room.build(LATER)
    # What feeds have closed stays closed: the others move up in no archive of theirs.
    assert pages(rebuilt(room, tmp_path / "other")) == pages(room.files())


# --- Ids ----------------------------------------------------------------------------------


def test_ids_survive_a_move(tmp_path: Path) -> None:
    """Without id_authority feed ids keep the host and the year of the first build."""
    with newsroom(tmp_path) as room:
        toml = tmp_path / "publisher.toml"
        bare = '[newsletter]\ntitle = "Papers"\nbase_url = "https://{}.example.org/"\n'
        ids = []
        for host, now in (("old", NOW), ("new", NOW + timedelta(days=400))):
            toml.write_text(bare.format(host))
            room.drop("000.txt", VITA)
            room.build(now)
            ids.append(re.findall(r"<id>(.*?)</id>", room.page("feeds/issues.atom")))
        assert ids[0] == ids[1]
        assert ids[0][0].startswith("tag:old.example.org,2026:")
