"""Writing files atomically, and only if they change: unchanged files keep their dates."""

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
from publisher.site.http_metadata import compress, has_gzip

# One name for each folder: a file that a crash left is removed by the next write there.
_TEMPORARY = ".tmp-publisher"
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_OLD = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
_MODE = 0o644  # less the umask


class Output:
    """The folder out/.

    Several processes may write to it at once, each to folders of its own; the caller holds the
    lock against other runs.
    """

    def __init__(self, root: Path) -> None:
        self._root = self._current_root = os.fspath(root)
        # Folders known to exist. The value of one that was made here is the set of its names, so
        # no old file has to be looked for; the value of one that existed before is None.
        self._folders: dict[str, set[str] | None] = {}

    @classmethod
    def staged(cls, root: Path) -> Output:
        """Return an output for `root`; if that does not exist, for a folder beside it at first.

        `publish` renames it. So nobody sees an incomplete site, and files need no temporary names.
        The folder of a run that was killed is continued.
        """
        output = cls(root)
        if not os.path.lexists(root):
            output._current_root = _temporary_root(output._root)
        return output

    @property
    def folder(self) -> Path:
        """Return the folder where the files are now."""
        return Path(self._current_root)

    def publish(self) -> None:
        """Rename the folder of a first build to `root`. Raises OutputError."""
        aside = _temporary_root(self._root)
        try:
            if self._current_root == aside:
                self._current_root = self._root
                with suppress(FileNotFoundError):  # there was nothing to write
                    os.rename(aside, self._root)
            elif os.path.lexists(aside):
                # A killed run left it, and the folder was created since.
                shutil.rmtree(aside)
        except OSError as error:
            raise self._output_error(error, "") from error

    def write(self, path: str, data: bytes) -> bool:
        """Write `data` to `path`, and its gzip sibling if it has one; return whether it changed.

        A file with the same content keeps its modification time, by which web servers and readers
        detect changes. Raises OutputError.
        """
        folder, name = self._split(path)
        target = f"{self._current_root}/{path}"
        temporary = f"{self._current_root}/{folder}{_TEMPORARY}"
        try:
            names = self._ensure(folder)
            known = names is None or name in names
            if names is not None:
                names.add(name)
            same = known and _has_content(target, data)
            visible = self._current_root == self._root
            put = partial(_replace, temporary) if known or visible else _create
            # The gzip comes first: if the file itself is right, so is its gzip, even after a crash.
            if not (same and has_gzip(path, len(data)) == os.path.exists(f"{target}.gz")):
                if has_gzip(path, len(data)):
                    put(f"{target}.gz", compress(path, data))
                elif known:
                    _unlink(f"{target}.gz")
            if same:
                return False
            put(target, data)
        except OSError as error:
            raise self._output_error(error, path) from error
        return True

    def remove(self, path: str) -> bool:
        """Remove the file at `path` and folders that become empty; return whether it existed."""
        folder, name = self._split(path)
        target = f"{self._current_root}/{path}"
        try:
            for parent in _parents(folder):
                if not stat.S_ISDIR(os.lstat(f"{self._current_root}/{parent[:-1]}").st_mode):
                    return False
            _unlink(f"{target}.gz")
            os.unlink(target)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            raise self._output_error(error, path) from error
        names = self._folders.get(folder)
        if names is not None:
            names.discard(name)
        for parent in reversed(_parents(folder)):
            try:
                os.rmdir(f"{self._current_root}/{parent}")
            except OSError:  # something else is in it, which is reason enough to keep it
                break
            self._folders.pop(parent, None)
        return True

    def _split(self, path: str) -> tuple[str, str]:
        """Return a path's folder, with a closing slash, and name. Raises OutputError."""
        parts = path.split("/")
        if any(part in ("", ".", "..") for part in parts) or "\0" in path or "\\" in path:
            raise OutputError(f"{path!r}: not a path below {self._root}; name a file inside it")
        if parts[-1] == _TEMPORARY:
            raise OutputError(f"{path!r}: this name is kept for files being written; take another")
        folder, slash, name = path.rpartition("/")
        return folder + slash, name

    def _ensure(self, folder: str) -> set[str] | None:
        """Create a folder if it is missing; return its names if it was created here, else None."""
        if folder in self._folders:
            return self._folders[folder]
        if not folder:
            os.makedirs(self._current_root, exist_ok=True)
            self._folders[folder] = None
            return None
        parent = folder[: folder.rfind("/", 0, -1) + 1]
        self._ensure(parent)
        full = f"{self._current_root}/{folder[:-1]}"
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

    def _output_error(self, error: OSError, path: str) -> OutputError:
        """Return an error that says which file cannot be written, why, and what to do."""
        target = f"{self._root}/{path}".rstrip("/")
        at = (
            os.fsdecode(error.filename).replace(self._current_root, self._root, 1)
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


def _temporary_root(root: str) -> str:
    folder, slash, name = root.rpartition("/")
    return f"{folder}{slash}.{name}-being-made"


def _parents(folder: str) -> list[str]:
    """Return a folder and its parents, the outermost first."""
    ends = [end for end, letter in enumerate(folder, 1) if letter == "/"]
    return [folder[:end] for end in ends]


def _has_content(target: str, data: bytes) -> bool:
    """Return whether a plain file at `target` has these bytes."""
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
    """Write a file, in place of an older one atomically."""
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
    """Write a file that does not exist; on an error remove it."""
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
