"""Digests are taken once they stand still, and summed up by what readers would notice."""

import os
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from publisher.digest.parser import read as read_digest
from publisher.errors import InputError
from publisher.model import Diagnostic
from publisher.paper_id import PaperId, PaperScheme
from publisher.sources.scan import (
    FileStamp,
    ReadResult,
    digest_names,
    find_clashes,
    scan_folder,
    scan_settled,
)
from publisher.sources.summary import Summary, summarize
from publisher.storage.digests import Mark
from tests.support.newsletter_folder import paper

SETTLE = timedelta(seconds=2)
#: A moment in the files' own terms.
START = 1_800_000_000.0


@dataclass
class World:
    """A clock that moves when somebody sleeps, and what happens while they do."""

    now: float = START
    events: list[Callable[[], None]] = field(default_factory=list)
    slept: int = 0

    def clock(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let the time pass, and the next event happen."""
        self.now += seconds
        self.slept += 1
        if self.events:
            self.events.pop(0)()


def drop(folder: Path, name: str, text: str, at: float = START) -> None:
    """Write a file with that time."""
    (folder / name).write_text(text, encoding="utf-8")
    os.utime(folder / name, (at, at))


def take(folder: Path, world: World, known: Collection[Mark] = ()) -> tuple[list[str], list[str]]:
    """Return the names of what stands still, and of what does not."""
    found, restless = scan_settled(folder, SETTLE, known, clock=world.clock, sleep=world.sleep)
    return sorted(name for name, _, _ in found.new), restless


# --- Finding files ------------------------------------------------------------------------


def test_scan_takes_digests_alone(tmp_path: Path) -> None:
    """Hidden files, other kinds of files and folders are left alone."""
    for name in ("a.txt", "b.md", "c.markdown", "D.TXT", ".a.txt", "~$a.txt", "e.txt~", "f.pdf"):
        drop(tmp_path, name, "")
    (tmp_path / "folder.txt").mkdir()
    assert ["D.TXT", "a.txt", "b.md", "c.markdown"] == digest_names(tmp_path)


def test_scan_tells_what_is_known_from_what_is_not(tmp_path: Path) -> None:
    """A scan gives what is new or changed, and of what is known what is gone or changed."""
    for name in ("a.txt", "b.txt", "c.txt"):
        drop(tmp_path, name, "x")
    known = scan_folder(tmp_path).new
    drop(tmp_path, "b.txt", "xx")
    (tmp_path / "c.txt").unlink()
    drop(tmp_path, "d.txt", "x")
    found = scan_folder(tmp_path, known)
    assert (["b.txt", "d.txt"], ["b.txt", "c.txt"], 3) == (
        sorted(name for name, _, _ in found.new),
        sorted(name for name, _, _ in found.missing),
        found.total,
    )


def test_scan_with_links(tmp_path: Path) -> None:
    """A link is what it leads to: a digest, or nothing."""
    drop(tmp_path, "a.txt", "x")
    (tmp_path / "b.txt").symlink_to(tmp_path / "a.txt")
    (tmp_path / "c.txt").symlink_to(tmp_path / "nowhere")
    (tmp_path / "d.txt").symlink_to(tmp_path / "d.txt")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert ["a.txt", "b.txt"] == digest_names(tmp_path)


def test_scan_with_a_link_that_cannot_be_followed(tmp_path: Path) -> None:
    """What may still be there is not taken for gone."""
    (tmp_path / "a.txt").symlink_to("x" * 300)
    assert ["a.txt"] == digest_names(tmp_path)


def test_scan_of_no_folder(tmp_path: Path) -> None:
    """A folder that is not there is one line that says what to do."""
    with pytest.raises(
        InputError, match=r"no such folder; make it, or name another as digests\.dir"
    ):
        scan_folder(tmp_path / "seeds")


def test_scan_of_a_file(tmp_path: Path) -> None:
    """A file in the folder's place is one line."""
    drop(tmp_path, "seeds", "")
    with pytest.raises(InputError, match="seeds: cannot read the folder: Not a directory"):
        scan_folder(tmp_path / "seeds")


# --- Standing still -----------------------------------------------------------------------


def test_old_file_is_taken_at_once(tmp_path: Path) -> None:
    """A file last changed longer ago than digests.settle is not waited for."""
    drop(tmp_path, "a.txt", "x", START - 3)
    world = World()
    assert ((["a.txt"], []), 0) == (take(tmp_path, world), world.slept)


def test_young_file_is_waited_for(tmp_path: Path) -> None:
    """A file that was just dropped is taken when it has stood still for digests.settle."""
    drop(tmp_path, "a.txt", "x")
    world = World()
    assert (["a.txt"], []) == take(tmp_path, world)
    assert START + 2 <= world.now < START + 3


def test_growing_file_is_waited_for(tmp_path: Path) -> None:
    """The wait begins anew with every change."""
    drop(tmp_path, "a.txt", "x", START - 3)
    drop(tmp_path, "b.txt", "x")
    world = World()
    world.events = [lambda: drop(tmp_path, "b.txt", "xx", world.now)] * 3
    assert (["a.txt", "b.txt"], []) == take(tmp_path, world)
    assert START + 3.5 <= world.now < START + 4.5


def test_file_that_comes_during_the_wait(tmp_path: Path) -> None:
    """A file that appears meanwhile is waited for too, though copied with an old time."""
    drop(tmp_path, "a.txt", "x")
    world = World()
    world.events = [lambda: None, lambda: drop(tmp_path, "b.txt", "x", START - 99)]
    assert (["a.txt", "b.txt"], []) == take(tmp_path, world)
    assert START + 3 <= world.now < START + 4


def test_file_that_goes_during_the_wait(tmp_path: Path) -> None:
    """A file that disappears meanwhile is not missed."""
    drop(tmp_path, "a.txt", "x")
    world = World()
    world.events = [(tmp_path / "a.txt").unlink]
    assert ([], []) == take(tmp_path, world)


def test_endless_file_is_left_for_later(tmp_path: Path) -> None:
    """What never stands still is named and left out after a while; the rest is taken."""
    drop(tmp_path, "a.txt", "x", START - 3)
    drop(tmp_path, "b.txt", "x")
    world = World()
    world.events = [lambda: drop(tmp_path, "b.txt", "x", world.now)] * 999
    assert (["a.txt"], ["b.txt"]) == take(tmp_path, world)
    assert world.now < START + 30


def test_known_file_is_not_waited_for(tmp_path: Path) -> None:
    """A file that is as it was when last read needs no second look."""
    drop(tmp_path, "a.txt", "x")
    world = World()
    assert ([], []) == take(tmp_path, world, scan_folder(tmp_path).new)
    assert world.slept == 0


def test_time_in_the_future(tmp_path: Path) -> None:
    """A file dated ahead of the clock is taken all the same."""
    drop(tmp_path, "a.txt", "x", START + 9_999)
    assert (["a.txt"], []) == take(tmp_path, World())


# --- Summing up ---------------------------------------------------------------------------

TEXT = "# Weekly\n\n" + paper("2408.05211", "VITA: Towards **Open** LLM", "A *new* model.")


def summed(text: str) -> Summary:
    """Sum up a digest."""
    reading = read_digest(
        text.encode(), "001.txt", languages=("en", "zh-Hans"), zone=ZoneInfo("UTC")
    )
    assert reading.issue, reading.diagnostics
    return summarize(reading.issue, "en")


def test_summary() -> None:
    """A summary says what lists need to know of an issue."""
    said = summed(TEXT)
    papers = [(PaperId(PaperScheme.arxiv, "2408.05211"), 1, "")]
    expected = ("001", "Weekly", None, False, (), 1)
    assert expected == (
        said.slug, said.headline, said.date, said.draft, said.tags, said.items
    )  # fmt: skip
    assert papers == [(its.paper, its.number, its.section) for its in said.papers]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("A *new* model.", "A *newer* model."),
        ("# Weekly", "# Monthly"),
        ("Open", "Closed"),
        ("2408.05211", "2408.05212"),
        ("A *new* model.", "A [*new*](https://example.org/) model."),
        (
            "A *new* model.",
            "A *new* model.\n\n## More\n[论文](https://arxiv.org/abs/2408.00001)\n\nx",
        ),
    ],
)
def test_content_moves(old: str, new: str) -> None:
    """Other words or other links are another content."""
    assert summed(TEXT).content != summed(TEXT.replace(old, new)).content


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("*new*", "**new**"),
        ("*new*", "_new_"),
        ("**Open**", "Open"),
        ("A *new* model.", "A  *new*\nmodel.  "),
        ("\n\n", "\n\n\n"),
        ("\n", "\r\n"),
    ],
)
def test_content_stays(old: str, new: str) -> None:
    """Marks and white space are no change to a reader."""
    assert summed(TEXT).content == summed(TEXT.replace(old, new)).content


def test_outro_is_content() -> None:
    """An issue's is, as though its last item still ended in it; none of a paper's is."""
    text = f"{TEXT}\n\nThat's all for this week, see [us](https://example.org/).\n"
    one = read_digest(text.encode(), "001.txt", languages=("en",), zone=ZoneInfo("UTC")).issue
    assert one
    [item] = one.items
    before = replace(one, items=(replace(item, body=(*item.body, *one.outro)),), outro=())
    assert summarize(before, "en").content == summarize(one, "en").content
    assert summed(TEXT).content != summed(text).content != summed(text.replace("us", "me")).content
    assert [its.content for its in summed(TEXT).papers] == [
        its.content for its in summarize(one, "en").papers
    ]
    assert summed(TEXT).weight < summed(text).weight


# --- Clashes ------------------------------------------------------------------------------


def read(name: str, slug: str) -> ReadResult:
    """Return what came of reading a file."""
    stamp = FileStamp(name=name, size=1, mtime_ns=1)
    return ReadResult(stamp=stamp, slug=slug, sha256=bytes(32), summary=None, diagnostics=())


def found_clashes(reads: list[ReadResult], owners: dict[str, str]) -> dict[str, Diagnostic]:
    """Find clashes, files being shown below seeds/."""
    return find_clashes(reads, owners, lambda name: f"seeds/{name}")


def test_clash_names_all() -> None:
    """Where no digest of one slug is published, each is an error that names the others."""
    found = found_clashes([read("a.txt", "a"), read("A.md", "a"), read("b.txt", "b")], {})
    expected = {
        "a.txt": 'seeds/a.txt:0:0: error: "a" is the address of seeds/A.md too; '
        "rename one of them [duplicate-slug]",
        "A.md": 'seeds/A.md:0:0: error: "a" is the address of seeds/a.txt too; '
        "rename one of them [duplicate-slug]",
    }
    assert expected == {name: str(each) for name, each in found.items()}


def test_clash_leaves_the_published_alone() -> None:
    """What is published keeps its address; the newcomer is refused."""
    assert ["a.md"] == list(found_clashes([read("a.md", "a")], {"a": "a.txt"}))


def test_changed_digest_does_not_clash_with_itself() -> None:
    """A published digest that is read again owns its address."""
    assert {} == found_clashes([read("a.txt", "a")], {"a": "a.txt"})
