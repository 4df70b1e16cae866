"""Values of records: what they are to a paper, as addresses, on a line, and as text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from publisher.digest.markdown.autolink import safe_url
from publisher.digest.markdown.line_marks import heading
from publisher.digest.notations.keys import Role, role_of
from publisher.digest.notations.tree import Listing, Record, Tree, Words
from publisher.digest.source_text import Line
from publisher.text_width import shown_columns

_ARXIV = re.compile(
    r"(?:arxiv:|oai:arxiv\.org:)?([0-9]{4}\.[0-9]{4,5}(?:v[0-9]{1,3})?|[a-z-]{2,12}(?:\.[A-Z]{2})?/[0-9]{7})",
    re.IGNORECASE,
)
_DOI = re.compile(r"(?:doi:[ ]?)?(10\.[0-9]{4,9}/\S+)", re.IGNORECASE)
LINKS = (Role.url, Role.identity, Role.link)
#: Columns: what is wider is a text rather than a name.
_LONG = 40


def role_in(key: Words, value: Tree) -> Role | None:
    """Return what a value is to a paper; a name that is an address is a link."""
    role = role_of(key.value)[0]
    return Role.url if role is Role.name and addresses(value, Role.url) else role


def members_of(record: Record) -> Iterator[tuple[Words, Tree]]:
    """Yield a record's members, with those of a table inside it in its place.

    A venue or an author with a name and an address of its own stays one value.
    """
    for key, value in record.members:
        if key.value.startswith("_") or _is_flag(key, value):
            continue
        if isinstance(value, Record) and role_of(key.value)[0] in (None, Role.url, Role.link):
            inside = {role_of(own.value)[0] for own, _ in value.members}
            if not inside & {Role.title, Role.name}:
                yield from members_of(value)
                continue
        yield key, value


def identities(record: Record) -> Iterator[str]:
    """Yield the addresses that a record's numbers stand for."""
    for key, value in members_of(record):
        if role_of(key.value)[0] is Role.identity:
            yield from addresses(value, Role.identity)


def addresses(value: Tree, role: Role | None) -> list[str]:
    """Return the addresses that a value consists of; none where it holds anything else."""
    entries = value.entries if isinstance(value, Listing) else [value]
    words = []
    for entry in entries:
        text = entry.value.strip() if isinstance(entry, Words) else ""
        identity = role is Role.identity
        url = arxiv_page(text) if identity or role is Role.url else ""
        doi = _DOI.fullmatch(text)
        if doi and role is not Role.detail:
            url = f"https://doi.org/{doi[1]}"
        if not url and re.match(r"https?://\S+$", text):
            url = safe_url(text) or ""
        if not url:
            return []
        words.append(url)
    return words


def address_of(key: str, value: str) -> str:
    """Return the address that a record's value stands for; nothing where it is none."""
    role = role_of(key)[0]
    urls = addresses(Words(0, value), role) if role in (*LINKS, None) else []
    return urls[0] if urls else ""


def arxiv_page(text: str) -> str:
    """Return the page of the paper with a number on arXiv; nothing for other texts."""
    match = _ARXIV.fullmatch(text)
    return f"https://arxiv.org/abs/{match[1]}" if match else ""


def on_a_line(tree: Tree) -> str:
    """Return a value on one line."""
    if isinstance(tree, Words):
        return " ".join(tree.value.split())
    if isinstance(tree, Listing):
        return ", ".join(filter(None, map(on_a_line, tree.entries)))
    texts = {key.value: on_a_line(value) for key, value in tree.members if not _is_note(key, tree)}
    url = next((text for text in texts.values() if text.startswith(("http://", "https://"))), "")
    words = [text for text in texts.values() if text and text != url]
    if url and words:
        return f"[{' '.join(words)}](<{url}>)"
    if len(words) > 1:
        return f"{words[0]} ({', '.join(words[1:])})"
    return url or "".join(words)


def text_lines(value: Tree) -> list[Line]:
    """Return a text's lines; a heading in it is bold, since it would begin a new record."""
    if isinstance(value, Listing) and is_long(value):
        gap = Line(value.line, "")
        return [line for entry in value.entries for line in (*text_lines(entry), gap)][:-1]
    if not isinstance(value, Words):
        return [Line(value.line, on_a_line(value))]
    texts = []
    for number, text in enumerate(value.value.strip().split("\n")):
        titled = heading(text) if "#" in text else None
        words = f"**{titled[1]}**" if titled and titled[1] else text.rstrip()
        texts.append(Line(value.line + (number + 1 if value.is_block else 0), words))
    return texts


def is_long(value: Listing) -> bool:
    """Return whether a list has texts in it rather than names."""
    return any(shown_columns(on_a_line(entry)) > _LONG for entry in value.entries)


def _is_note(key: Words, record: Record) -> bool:
    """Return whether a value is a program's own: of an author, all but a name, a place, a page."""
    if key.value.startswith("_"):
        return True
    if not any(role_of(own.value)[0] is Role.name for own, _ in record.members):
        return False
    role, label = role_of(key.value)
    return role not in (Role.name, Role.url) and label not in ("Affiliations", "机构")


def _is_flag(key: Words, value: Tree) -> bool:
    """Return whether a key that may be a date says whether: `published: true`."""
    is_date = role_of(key.value)[1] in ("Date", "日期")
    return is_date and isinstance(value, Words) and value.value.lower() in ("true", "false")


def unsaid(tree: Tree) -> Iterator[int]:
    """Yield the lines of values that are notes."""
    if isinstance(tree, Listing):
        for entry in tree.entries:
            yield from _notes(entry) if isinstance(entry, Record) else ()
    elif isinstance(tree, Record):
        for key, value in tree.members:
            if key.value.startswith("_") or _is_flag(key, value):
                yield key.line
            else:
                yield from unsaid(value)


def _notes(record: Record) -> Iterator[int]:
    return (key.line for key, _ in record.members if _is_note(key, record))
