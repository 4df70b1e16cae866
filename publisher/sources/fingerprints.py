"""What digests are read with, and pages made with: when it changes, they are made anew."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cache
from pathlib import Path

import publisher
from publisher.config import Settings

#: What reads digests and sums them up, and what makes pages of that, in this package.
_READER = (
    "text_width.py", "model.py", "paper_id.py", "maths.py", "digest/**/*.py", "sources/scan.py",
    "sources/summary.py",
)  # fmt: skip
_MAKERS = ("i18n.py", "render/**/*.py", "site/*.py", "feeds/*.py", "locale/*/*/*.mo")


def reader_fingerprint(settings: Settings) -> str:
    """Return a SHA-256 of what digests are read with: when it changes, all are read again."""
    return _hash(
        repr(settings.newsletter.languages),
        settings.schedule.timezone.key,
        str(settings.digests.max_bytes),
        str(settings.digests.max_lines),
        _reader_hash(),
    )


def archive_fingerprint(settings: Settings) -> str:
    """Return a SHA-256 of what closed archives (RFC 5005 4) are made with besides digests."""
    newsletter = replace(settings.newsletter, hub="")
    return _hash(repr(newsletter), settings.schedule.timezone.key, _program_hash())


def site_fingerprint(settings: Settings, templates: str) -> str:
    """Return a SHA-256 of what pages are made with: when it changes, all are made again.

    `templates` is the templates' own fingerprint. All fingerprints are in hexadecimal.
    """
    return _hash(
        templates,
        repr(settings.newsletter),
        settings.schedule.timezone.key,
        settings.mail.sender,
        repr(settings.email),
        settings.web.url,
        _program_hash(),
    )


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@cache
def _program_hash() -> str:
    """Hash what makes pages, so that an upgrade is noticed without a version change."""
    return _files_hash(*_READER, *_MAKERS)


@cache
def _reader_hash() -> str:
    """Hash what reads digests, which is a part of that."""
    return _files_hash(*_READER)


def _files_hash(*parts: str) -> str:
    root = Path(publisher.__file__).parent
    seen = hashlib.sha256()
    for part in parts:
        for path in sorted(root.glob(part)):
            seen.update(path.read_bytes())
    return seen.hexdigest()
