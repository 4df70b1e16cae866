"""New DKIM keys: files that only their owner reads, and what to publish and to set for them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from publisher import permissions
from publisher.errors import OutputError
from publisher.mail.dkim import Kind, TxtRecord, check_selector, dns_record, generate_key, load_key


@dataclass(frozen=True, slots=True)
class GeneratedKeys:
    """What was made, and what is to be done with it."""

    files: tuple[Path, ...]
    #: To publish before the setting is set.
    records: tuple[TxtRecord, ...]

    def setting(self, project: Path) -> str:
        """Return the line for the section [mail] of the newsletter's publisher.toml."""
        listed = (f'"{path.stem}:{_below(path, project)}"' for path in self.files)
        return f"dkim = [{', '.join(listed)}]"


def make_keys(folder: Path, domain: str, selectors: Mapping[str, Kind]) -> GeneratedKeys:
    """Make a key for each selector in `folder/SELECTOR.pem`.

    Raises OutputError, with no file made, when one of the files is there already: a key that is
    lost cannot be made again, and mail signed with it would fail.
    """
    files = {selector: folder / f"{selector}.pem" for selector in selectors}
    for selector, path in files.items():
        check_selector(selector)
        if path.exists():
            raise _there(path)
    try:
        permissions.make_folder(folder)
    except OSError as error:
        raise _cannot(folder, error) from error
    for selector, path in files.items():
        _write(path, generate_key(selectors[selector]))
    keys = [load_key(path, domain=domain, selector=selector) for selector, path in files.items()]
    return GeneratedKeys(tuple(files.values()), tuple(map(dns_record, keys)))


def _write(path: Path, content: bytes) -> None:
    try:
        descriptor = permissions.open_file(path, os.O_WRONLY | os.O_EXCL)
        with os.fdopen(descriptor, "wb") as target:
            target.write(content)
            target.flush()
            os.fsync(target.fileno())
    except FileExistsError:
        raise _there(path) from None
    except OSError as error:
        raise _cannot(path, error) from error


def _cannot(path: Path, error: OSError) -> OutputError:
    return OutputError(f"{path}: cannot write a DKIM key: {error.strerror}")


def _there(path: Path) -> OutputError:
    return OutputError(
        f"{path}: there is a key already: with it in mail.dkim, `publisher doctor` says what to "
        "publish; to make another, move it away"
    )


def _below(path: Path, project: Path) -> Path:
    return path.relative_to(project) if path.is_relative_to(project) else path
