"""Writing artefacts so that a reader never sees half a file, nor a new date on an old one."""

# With 15,000 files, making a Path costs as much as the call it is made for.
# ruff: noqa: PTH102, PTH103, PTH104, PTH105, PTH106, PTH108, PTH110

from __future__ import annotations

import errno
import os
import shutil
import stat
from contextlib import suppress
from functools import partial
from pathlib import Path

from publisher.errors import OutputError
from publisher.site.http_metadata import gzipped, has_gzip

# One name a folder and no more: what a crash leaves behind, the next write there takes away.
_TEMPORARY = ".tmp-publisher"
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_OLD = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
_MODE = 0o644  # less the umask


class Output:
    """A folder of artefacts.

    Several processes may write to it at once, each to folders of its own: the caller holds the
    lock that keeps other runs away.
    """

    def __init__(self, root: Path) -> None:
        self._root = self._place = os.fspath(root)
        # Folders known to exist. One that was made here holds only the names noted with it,
        # which spares looking for an old file; one that was there before is None.
        self._folders: dict[str, set[str] | None] = {}

    @classmethod
    def whole(cls, root: Path) -> Output:
        """Return one for a `root` that is there; or else for a folder beside it, until `settle`.

        So nobody sees a site of which a part is missing, and what nobody sees can be written
        right away. What a run left that was killed is gone on with.
        """
        output = cls(root)
        if not os.path.lexists(root):
            output._place = _aside(output._root)
        return output

    @property
    def folder(self) -> Path:
        """Where the files are now."""
        return Path(self._place)

    def settle(self) -> None:
        """Put what was made aside in its place. Raises OutputError."""
        aside = _aside(self._root)
        try:
            if self._place == aside:
                self._place = self._root
                with suppress(FileNotFoundError):  # there was nothing to write
                    os.rename(aside, self._root)
            elif os.path.lexists(aside):
                # A killed run left it, and somebody has made the folder since.
                shutil.rmtree(aside)
        except OSError as error:
            raise self._explained(error, "") from error

    def write(self, path: str, data: bytes) -> bool:
        """Put `data` at `path`, and its gzip beside it where one is served; say if it is new.

        What is the same already keeps its modification time, by which web servers and readers
        tell new from old.
        """
        folder, name = self._split(path)
        target = f"{self._place}/{path}"
        temporary = f"{self._place}/{folder}{_TEMPORARY}"
        try:
            ours = self._ensure(folder)
            known = ours is None or name in ours
            if ours is not None:
                ours.add(name)
            same = known and _holds(target, data)
            visible = self._place == self._root
            put = partial(_replace, temporary) if known or visible else _create
            # The gzip comes first: where the file itself is right, so is that, come what may.
            if not (same and has_gzip(path, len(data)) == os.path.exists(f"{target}.gz")):
                if has_gzip(path, len(data)):
                    put(f"{target}.gz", gzipped(path, data))
                elif known:
                    _unlink(f"{target}.gz")
            if same:
                return False
            put(target, data)
        except OSError as error:
            raise self._explained(error, path) from error
        return True

    def remove(self, path: str) -> bool:
        """Take away the file at `path` and the folders this leaves empty; say if it was there."""
        folder, name = self._split(path)
        target = f"{self._place}/{path}"
        try:
            for parent in _parents(folder):
                if not stat.S_ISDIR(os.lstat(f"{self._place}/{parent[:-1]}").st_mode):
                    return False
            _unlink(f"{target}.gz")
            os.unlink(target)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            raise self._explained(error, path) from error
        ours = self._folders.get(folder)
        if ours is not None:
            ours.discard(name)
        for parent in reversed(_parents(folder)):
            try:
                os.rmdir(f"{self._place}/{parent}")
            except OSError:  # something else is in it, which is reason enough to keep it
                break
            self._folders.pop(parent, None)
        return True

    def _split(self, path: str) -> tuple[str, str]:
        """Part a path into its folder, with a closing slash, and its name."""
        parts = path.split("/")
        if any(part in ("", ".", "..") for part in parts) or "\0" in path or "\\" in path:
            raise OutputError(f"{path!r}: not a path below {self._root}; name a file inside it")
        if parts[-1] == _TEMPORARY:
            raise OutputError(f"{path!r}: this name is kept for files being written; take another")
        folder, slash, name = path.rpartition("/")
        return folder + slash, name

    def _ensure(self, folder: str) -> set[str] | None:
        """Make sure of a folder, and give the names in it if it was made here."""
        if folder in self._folders:
            return self._folders[folder]
        if not folder:
            os.makedirs(self._place, exist_ok=True)
            self._folders[folder] = None
            return None
        parent = folder[: folder.rfind("/", 0, -1) + 1]
        self._ensure(parent)
        full = f"{self._place}/{folder[:-1]}"
        try:
            os.mkdir(full)
        except FileExistsError:
            # A link would lead the files of a reader's site to wherever it points.
            if not stat.S_ISDIR(os.lstat(full).st_mode):
                raise NotADirectoryError(errno.ENOTDIR, "not a folder", full) from None
            self._folders[folder] = None
            return None
        self._folders[folder] = set()
        return self._folders[folder]

    def _explained(self, error: OSError, path: str) -> OutputError:
        """Say which file could not be written, why, and what to do about it."""
        target = f"{self._root}/{path}".rstrip("/")
        at = (
            os.fsdecode(error.filename).replace(self._place, self._root, 1)
            if error.filename
            else target
        )
        match error.errno:
            case errno.EACCES | errno.EPERM:
                why = f"permission denied; let this user write to {target.rpartition('/')[0]}"
            case errno.EROFS:
                why = "the file system is read-only; mount it writable or set output.dir elsewhere"
            case errno.ENOSPC | errno.EDQUOT:
                why = "the disk is full; free some space and run again"
            case errno.ENOTDIR | errno.EEXIST:
                why = f"{at} is not a folder; move it away"
            case errno.EISDIR:
                why = "a folder stands where a file belongs; move it away"
            case errno.ENAMETOOLONG:
                why = "the name is too long for this file system; shorten it"
            case _:
                why = f"{error.strerror or error}; put that right and run again"
        return OutputError(f"{target}: cannot be written: {why}")


def _aside(root: str) -> str:
    folder, slash, name = root.rpartition("/")
    return f"{folder}{slash}.{name}-being-made"


def _parents(folder: str) -> list[str]:
    """Return a folder and those it stands in, the outermost first."""
    ends = [end for end, letter in enumerate(folder, 1) if letter == "/"]
    return [folder[:end] for end in ends]


def _holds(target: str, data: bytes) -> bool:
    """Return whether a plain file at `target` holds these bytes."""
    try:
        descriptor = os.open(target, _OLD)
    except OSError:  # none there, or none that can be compared: writing it will tell
        return False
    try:
        there = os.fstat(descriptor)
        if not stat.S_ISREG(there.st_mode) or there.st_size != len(data):
            return False
        with open(descriptor, "rb", buffering=0, closefd=False) as old:
            return old.read() == data
    finally:
        os.close(descriptor)


def _replace(temporary: str, target: str, data: bytes) -> None:
    """Write a file where an older one may stand: it stays whole until the new one is."""
    try:
        _create(temporary, data)
    except FileExistsError:
        os.unlink(temporary)
        _create(temporary, data)
    try:
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise


def _create(target: str, data: bytes) -> None:
    """Write a file where there is none, or leave none."""
    descriptor = os.open(target, _NEW, _MODE)
    try:
        try:
            written = os.write(descriptor, data)
            while written < len(data):  # a nearly full disk takes a part, then refuses
                written += os.write(descriptor, data[written:])
        finally:
            os.close(descriptor)
    except BaseException:
        os.unlink(target)
        raise


def _unlink(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)
