"""The setting `database.url`: where the state is, with one line for a URL that cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from publisher import permissions
from publisher.config.host_names import is_host
from publisher.errors import StateError


def file_of(url: str, project: Path) -> Path | None:
    """Return the file of an SQLite database; None for other databases and invalid URLs."""
    with suppress(ArgumentError):
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            return project / parsed.database
    return None


def absolute(url: str | URL, project: Path) -> URL:
    """Return the URL, with the path of an SQLite file relative to the newsletter's folder.

    Creates the folder of that file. Raises StateError for a URL that cannot be used.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # whose words may be a part of the password
        raise unusable() from None
    # The drivers raise errors of no kind of theirs for these.
    if "\0" in (parsed.database or "") or not all(map(_is_place, _hosts(parsed))):
        raise unusable()
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        path = project / parsed.database
        try:
            permissions.make_folder(path.parent)
        except OSError as error:
            raise StateError(
                f"{path.parent}: cannot make the folder for the state: {error.strerror}"
            ) from None
        parsed = parsed.set(database=str(path))
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed


def _hosts(url: URL) -> Iterator[str]:
    """Yield the hosts, or folders of sockets, that a URL names (libpq takes several)."""
    named = url.query.get("host", ())
    for hosts in (url.host or "", *((named,) if isinstance(named, str) else named)):
        yield from filter(None, hosts.split(","))


def _is_place(host: str) -> bool:
    return host.startswith("/") or is_host(host)


def unusable() -> StateError:
    """Return the error for a URL that cannot be used. It shows no part, which may be a password."""
    return StateError(
        'database.url: cannot be used. Write "sqlite:///FILE" or '
        '"postgresql://USER:PASSWORD@HOST:PORT/NAME", with "@", ":" and "/" in a password as '
        '"%40", "%3A" and "%2F".'
    )
