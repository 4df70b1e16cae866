"""Artefacts are written whole or not at all, and only when they changed."""

import gzip
import os
import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from publisher.errors import OutputError
from publisher.site.output import Output


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a folder that does not exist yet."""
    return tmp_path / "out"


def files(root: Path) -> list[str]:
    """Return every file and folder below root."""
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*"))


def test_folders_are_made(root: Path) -> None:
    """The first artefact makes all folders it needs, and leaves nothing else."""
    Output(root).write("papers/cs/0112017/index.html", b"a")
    expected = ["papers", "papers/cs", "papers/cs/0112017", "papers/cs/0112017/index.html"]
    assert expected == files(root)


def test_change_is_told(root: Path) -> None:
    """A write says whether it changed what a reader sees."""
    output = Output(root)
    told = [output.write("a/b", data) for data in (b"1", b"1", b"2", b"22", b"22")]
    assert told == [True, False, True, True, False]


def test_same_bytes_keep_their_time(root: Path) -> None:
    """An artefact that is the same keeps its modification time in a later run."""
    Output(root).write("a/b", b"1")
    os.utime(root / "a/b", (1, 1))
    Output(root).write("a/b", b"1")
    assert (root / "a/b").stat().st_mtime == 1


def test_mode_honours_the_umask(root: Path) -> None:
    """A web server may read what is written, unless the umask says otherwise."""
    before = os.umask(0o027)
    try:
        Output(root).write("a", b"1")
    finally:
        os.umask(before)
    assert (root / "a").stat().st_mode & 0o777 == 0o640


def test_remains_of_a_crash_are_taken_away(root: Path) -> None:
    """The half-written file that a killed process left does no harm and goes away."""
    (root / "a").mkdir(parents=True)
    (root / "a" / ".tmp-publisher").write_bytes(b"half")
    Output(root).write("a/b", b"1")
    assert files(root) == ["a", "a/b"]


def test_failed_write_keeps_the_old_file(root: Path) -> None:
    """When the bytes do not fit, the old file stays and the half-written one goes."""
    Output(root).write("a", b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OutputError, match="a: cannot be written"):
            Output(root).write("a", b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (files(root), (root / "a").read_bytes()) == (["a"], b"old")


@pytest.mark.parametrize(
    "path", ["../a", "a/../../b", "/etc/passwd", "", "a//b", "./a", "a/.", "a\0b", "a\\..\\b"]
)
def test_path_stays_inside(root: Path, path: str) -> None:
    """A path that could lead out of the folder is refused."""
    with pytest.raises(OutputError, match="not a path below"):
        Output(root).write(path, b"1")


def test_link_leads_nowhere(root: Path, tmp_path: Path) -> None:
    """A symbolic link in place of a folder is not followed."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    root.mkdir()
    (root / "a").symlink_to(elsewhere)
    with pytest.raises(OutputError, match="out/a is not a folder; move it away"):
        Output(root).write("a/b", b"1")
    assert files(elsewhere) == []


def test_linked_file_is_replaced(root: Path, tmp_path: Path) -> None:
    """A symbolic link in place of a file gives way; what it leads to is not touched."""
    other = tmp_path / "other"
    other.write_bytes(b"theirs")
    root.mkdir()
    (root / "a").symlink_to(other)
    Output(root).write("a", b"ours")
    assert (other.read_bytes(), (root / "a").is_symlink()) == (b"theirs", False)


def test_file_where_a_folder_belongs(root: Path) -> None:
    """A file in the way is named, with what to do."""
    root.mkdir()
    (root / "a").write_bytes(b"")
    expected = f"{root}/a/b/c: cannot be written: {root}/a is not a folder; move it away"
    with pytest.raises(OutputError) as caught:
        Output(root).write("a/b/c", b"1")
    assert expected == str(caught.value)


def test_folder_where_a_file_belongs(root: Path) -> None:
    """A folder in the way is named, and no half-written file stays."""
    (root / "a").mkdir(parents=True)
    with pytest.raises(OutputError, match="a folder stands where a file belongs"):
        Output(root).write("a", b"1")
    assert files(root) == ["a"]


def test_name_that_is_too_long(root: Path) -> None:
    """A name no file system takes is told as such."""
    with pytest.raises(OutputError, match="too long for this file system; shorten it"):
        Output(root).write("a" * 300, b"1")


def test_read_only_folder() -> None:
    """A folder this user may not write to is named, with what to do."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        refused = pytest.raises(OutputError, match=f"let this user write to {name}")
        with nobody(folder), refused:
            Output(folder).write("a", b"1")


@contextmanager
def nobody(folder: Path) -> Iterator[None]:
    """Make a folder read-only, and be somebody whom that binds: it does not bind root."""
    folder.chmod(0o555)
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)
        folder.chmod(0o755)


def test_remove_takes_empty_folders_along(root: Path) -> None:
    """Removing the last file of a folder removes the folder, and no other."""
    output = Output(root)
    output.write("papers/cs/1/index.html", b"1")
    output.write("papers/2/index.html", b"1")
    output.remove("papers/cs/1/index.html")
    assert files(root) == ["papers", "papers/2", "papers/2/index.html"]


def test_remove_says_whether_there_was_anything(root: Path) -> None:
    """Removing what is not there is no mistake."""
    output = Output(root)
    output.write("a/b", b"1")
    assert [output.remove("a/b"), output.remove("a/b"), output.remove("c")] == [True, False, False]


def test_removed_folder_can_come_back(root: Path) -> None:
    """What was removed may be written again by the same run."""
    output = Output(root)
    output.write("a/b/c", b"1")
    output.remove("a/b/c")
    assert (output.write("a/b/c", b"1"), files(root)) == (True, ["a", "a/b", "a/b/c"])


def test_remove_does_not_follow_links(root: Path, tmp_path: Path) -> None:
    """A file behind a symbolic link is not ours to remove."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "b").write_bytes(b"theirs")
    root.mkdir()
    (root / "a").symlink_to(elsewhere)
    assert (Output(root).remove("a/b"), files(elsewhere)) == (False, ["b"])


# --- Compressed beside it -----------------------------------------------------------------

FEED, PAGE, LONG = "feeds/issues.atom", "issues/000/index.html", b"<p>words</p>" * 2_000


def test_a_feed_has_its_gzip(root: Path) -> None:
    """A feed, and a long page, lie beside their gzip; a short page does not."""
    output = Output(root)
    for path, data in ((FEED, b"<feed/>"), (PAGE, LONG), ("papers/1/index.html", b"short")):
        output.write(path, data)
    packed = {path.removesuffix(".gz") for path in files(root) if path.endswith(".gz")}
    assert {FEED, PAGE} == packed
    assert LONG == gzip.decompress((root / f"{PAGE}.gz").read_bytes())


def test_gzip_is_the_same_for_the_same(root: Path) -> None:
    """The same bytes give the same gzip at any time: it holds neither time nor name."""
    Output(root).write(FEED, b"<feed/>")
    header = (root / f"{FEED}.gz").read_bytes()[:10]
    assert (b"\x1f\x8b\x08", 0, bytes(4)) == (header[:3], header[3], header[4:8])


def test_gzip_goes_with_its_file(root: Path) -> None:
    """A page that becomes short loses its gzip; one that is removed takes it along."""
    Output(root).write(PAGE, LONG)
    Output(root).write(PAGE, b"short")
    assert not (root / f"{PAGE}.gz").exists()
    Output(root).write(PAGE, LONG)
    Output(root).remove(PAGE)
    assert files(root) == []


def test_gzip_that_is_gone_comes_back(root: Path) -> None:
    """A gzip that somebody removed is made again, and the page keeps its time."""
    Output(root).write(PAGE, LONG)
    (root / f"{PAGE}.gz").unlink()
    os.utime(root / PAGE, (1, 1))
    assert not Output(root).write(PAGE, LONG)
    assert (root / f"{PAGE}.gz").exists()
    assert (root / PAGE).stat().st_mtime == 1


def test_gzip_comes_first(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash between the two leaves the old page with a new gzip, and the next run mends it."""
    Output(root).write(PAGE, LONG)
    replace = os.replace

    def killed(source: str, target: str) -> None:
        if target.endswith(".html"):
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        Output(root).write(PAGE, LONG * 2)
    monkeypatch.undo()
    assert LONG == (root / PAGE).read_bytes()
    assert Output(root).write(PAGE, LONG * 2)
    assert LONG * 2 == gzip.decompress((root / f"{PAGE}.gz").read_bytes())


def test_a_first_site_is_seen_as_a_whole(root: Path) -> None:
    """Files for a folder that is not there are made beside it, and come to their place together."""
    output = Output.staged(root)
    output.write("a/b", b"1")
    output.write("c", b"2")
    assert not root.exists()
    output.publish()
    assert files(root) == ["a", "a/b", "c"]
    assert files(root.parent) == ["out", "out/a", "out/a/b", "out/c"]
    assert output.write("a/b", b"3")
    assert (root / "a" / "b").read_bytes() == b"3"


def test_a_first_site_is_made_beside_its_place(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is made in the folder that its place is in, so that one step puts it there."""
    monkeypatch.chdir(root.parent)
    assert [Path(".out-being-made"), root.parent / ".out-being-made"] == [
        Output.staged(Path("out")).folder,
        Output.staged(root).folder,
    ]


def test_what_a_killed_first_run_left_is_gone_on_with(root: Path) -> None:
    """Half a file of a run that was killed is written anew, and what was whole stays as it is."""
    killed = Output.staged(root)
    killed.write("a/whole", b"1")
    killed.write("a/half", b"23")
    (killed.folder / "a" / "half").write_bytes(b"2")
    output = Output.staged(root)
    assert not output.write("a/whole", b"1")
    assert output.write("a/half", b"23")
    output.publish()
    assert (root / "a" / "half").read_bytes() == b"23"


def test_what_a_killed_first_run_left_goes_when_it_is_of_no_use(root: Path) -> None:
    """Where somebody has made the folder since, what was made beside it is taken away."""
    Output.staged(root).write("a", b"1")
    root.mkdir()
    output = Output.staged(root)
    output.write("b", b"2")
    output.publish()
    assert files(root.parent) == ["out", "out/b"]


def test_nothing_to_write_makes_no_folder(root: Path) -> None:
    """Without a file there is no folder to put in place."""
    Output.staged(root).publish()
    assert files(root.parent) == []


def test_trouble_with_a_first_site_names_its_place(root: Path) -> None:
    """A file that cannot be written is told by where it would have been, and leaves no half."""
    output = Output.staged(root)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OutputError, match=f"{root}/a/b: cannot be written"):
            output.write("a/b", b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert files(output.folder) == ["a"]


def test_somebody_in_the_way_of_a_first_site(root: Path) -> None:
    """A folder that appears in its place meanwhile, with files of somebody's, is left alone."""
    output = Output.staged(root)
    output.write("a", b"1")
    root.mkdir()
    (root / "theirs").write_bytes(b"2")
    with pytest.raises(OutputError, match=f"^{root}: cannot be written"):
        output.publish()
    assert files(root) == ["theirs"]
