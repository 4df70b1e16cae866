"""Tag lists, `name=value; name=value`, which DKIM and DMARC records are (RFC 6376 3.2)."""

from __future__ import annotations


def read_tags(text: str) -> dict[str, str]:
    """Return the tags in their order. Raises ValueError for what is no tag list."""
    tags: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not (name or equals):
            continue  # after the last semicolon
        if not name or not equals:
            raise ValueError(f'"{part.strip()}" is no tag')
        if name in tags:  # RFC 6376 3.2: the whole record then counts for nothing
            raise ValueError(f'"{name}=" stands twice')
        tags[name] = value
    return tags
