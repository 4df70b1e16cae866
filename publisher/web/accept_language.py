"""The language of a page by Accept-Language (RFC 9110 12.5.4)."""

from __future__ import annotations

from collections.abc import Iterable

#: How many languages of a header are read.
_MOST = 20


def accepted_languages(header: str) -> list[str]:
    """Return the languages in an Accept-Language header, the best first."""
    weighted = []
    for part in header.lower().split(",")[:_MOST]:
        tag, _, weight = part.partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            quality = 0.0
        if quality > 0:
            weighted.append((quality, tag.strip()))
    return [tag for _, tag in sorted(weighted, key=lambda pair: -pair[0])]


def match_language(tags: Iterable[str], offered: Iterable[str]) -> str | None:
    """Return the offered language of the first tag that has one; None if none has.

    Only primary subtags are compared: `zh-Hans`, `zh-CN` and `zh` are the same.
    """
    by_language = {_language(tag): tag for tag in reversed(list(offered))}
    return next(
        (by_language[_language(tag)] for tag in tags if _language(tag) in by_language), None
    )


def _language(tag: str) -> str:
    return tag.partition("-")[0].lower()
