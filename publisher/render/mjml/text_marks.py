"""An MJML document with marks in place of its texts, which MRML would change.

It drops white space between two tags, so that words run together and a `<pre>` loses its lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from publisher.render.mail.size_budget import placeholder
from publisher.render.mjml.schema import ENDING

_NAMES = "|".join(sorted(name.removeprefix("mj-") for name in ENDING))
_ENDING_TAG = re.compile(rf"<mj-({_NAMES})(?=[\s/>])(?:[^<>\"']|\"[^\"]*\"|'[^']*')*?(/?)>")
#: What MJML passes on as it stands, whatever it is.
_OPAQUE = frozenset(("button", "raw", "table", "text", "title"))


@dataclass(frozen=True, slots=True)
class MarkedDocument:
    """A document, and the texts taken out of it."""

    #: The document, with a mark in the place of each text.
    document: str
    #: The texts by the keys of their marks.
    texts: dict[str, str]


def mark_texts(source: str) -> MarkedDocument | None:
    """Return a document with marks for its texts; None if a text holds MJML or has no end."""
    parts: list[str] = []
    texts: dict[str, str] = {}
    copied = 0
    at = source.find("<mj")
    while at >= 0:
        match = _ENDING_TAG.match(source, at)
        if match is None:
            at = source.find("<mj", at + 1)
            continue
        start = match.end()
        at = source.find("<mj", start)
        if match[2]:
            continue
        end = source.find("</mj", start)
        if 0 <= at < end or not source.startswith(f"</mj-{match[1]}", end):
            return None
        text = source[start:end].strip()
        if match[1] in _OPAQUE and text:
            key = f"t{len(texts)}"
            # The title also becomes the body's aria-label.
            texts[key] = text.replace('"', "&#34;") if match[1] == "title" else text
            parts += (source[copied:start], placeholder(key))
            copied = end
    parts.append(source[copied:])
    return MarkedDocument("".join(parts), texts)
