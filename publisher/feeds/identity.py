"""The ids of feeds and entries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

_TAG = re.compile(r"tag:([^,:]+),([0-9]{4})(?:-[0-9]{2}){0,2}:(.+)")


@dataclass(frozen=True, slots=True)
class Identity:
    """The authority and year in the ids of feeds and entries, which are tag URIs (RFC 4151).

    An id never changes, even if the address does (RFC 4287 4.2.6): it is made of a domain name and
    a year in which it was owned, never of base_url.
    """

    authority: str
    year: int

    @classmethod
    def of(cls, uid: str) -> Identity | None:
        """Return the authority and year of an id; None if it is no tag URI."""
        match = _TAG.fullmatch(uid)
        return cls(match[1], int(match[2])) if match else None

    def issue(self, slug: str) -> str:
        """Return the id of an issue's entry."""
        return self._tag(f"issues/{slug}")

    def paper(self, key: str) -> str:
        """Return the id of a paper's entry; the key is `PaperId.key`."""
        return self._tag(f"papers/{key}")

    def feed(self, name: str) -> str:
        """Return the id of a feed; its formats and archives share it."""
        return self._tag(f"feeds/{name}")

    @property
    def topics(self) -> str:
        """Return the scheme of an entry's categories (RFC 4287 4.2.2.2)."""
        return self._tag("topics")

    def _tag(self, specific: str) -> str:
        return f"tag:{self.authority},{self.year:04}:{specific}"


class Stamp(NamedTuple):
    """An entry's id and dates, which stay when its text changes, and where that text is from.

    A tuple, since ten thousands are passed between processes: pickling a frozen dataclass takes
    several times as long.
    """

    #: Its id, a tag URI.
    uid: str
    published: datetime
    updated: datetime
    #: The slug of the issue whose text it has.
    issue: str
    #: A paper's `PaperId.key`; None for an issue.
    paper: str | None
    #: The SHA-256, in hex, of the digest that has its text; empty for the issue's newest.
    digest: str = ""
