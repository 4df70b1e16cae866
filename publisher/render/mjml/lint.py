"""MJML that would come out wrong without a word: unknown tags and attributes, bad values.

mjml-python takes nearly everything and leaves a mail that looks broken. What is right stands in
schema.json; this walks a document and says what is not.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape

from publisher.render.mjml.schema import (
    CHILDREN,
    ENDING,
    EVERYWHERE,
    IGNORED,
    REFUSED,
    attributes,
    describe_kind,
    is_valid,
    kinds_of,
    tags,
)

_ATTRIBUTES = r"(?:[^<>\"']|\"[^\"]*\"|'[^']*')*?"
_TOKEN = re.compile(
    rf"<!--.*?(?:-->|\Z)|<(/?)([A-Za-z][\w:.-]*){_ATTRIBUTES}(/?)>|<|[^<]+", re.DOTALL
)
_ATTRIBUTE = re.compile(r"([^\s=/<>\"']+)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'<>]*))?")
_MJML_INSIDE = re.compile(r"<!--.*?-->|</?(mj-[\w-]+|mjml)", re.DOTALL)
_LONGEST_QUOTE = 40
# HTML 13.1.2: elements that are never closed.
_VOID = frozenset(("br", "hr", "img", "input", "link", "meta"))


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong at one place of an MJML document."""

    #: Where, in characters from the beginning.
    offset: int
    #: `mjml-tag`, `mjml-nesting`, `mjml-attribute` or `mjml-value`.
    code: str
    #: What is wrong, and what to do.
    message: str


@dataclass(frozen=True, slots=True)
class _Tag:
    #: What it is, or must be meant for.
    name: str
    written_name: str
    offset: int
    #: Where its attributes begin.
    inside: int
    #: Its attributes as they are written.
    written: str


def check_mjml(source: str) -> list[Finding]:
    """Return the mistakes in an MJML document, in the order of its lines."""
    found = [*_nesting(source), *_classes(source)]
    return sorted(found, key=lambda finding: finding.offset)


# --- Tags ---------------------------------------------------------------------------------


def _nesting(source: str) -> Iterator[Finding]:
    """Yield the findings on tags, and on the attributes of each."""
    stack: list[_Tag] = []
    seen: set[str] = set()
    at = 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        assert match is not None  # noqa: S101 (it takes any character)
        at = match.end()
        closing, name, empty = match.groups()
        if name is None:
            yield from _text(match[0], match.start(), stack)
            continue
        if closing:
            yield from _closed(name, match.start(), stack)
            continue
        written = source[match.end(2) : at].rstrip("/>")
        tag = _Tag(_meant(name), name, match.start(), match.end(2), written)
        yield from _opened(tag, stack, seen)
        seen.add(tag.name)
        if empty or name in _VOID:
            continue
        stack.append(tag)
        if tag.name in ENDING:
            end = _end(source, at, name)
            yield from _inside(source, at, end, tag.name)
            at = end
    for tag in reversed(stack):
        what = f"<{tag.name}> is never closed, add </{tag.name}>"
        yield Finding(tag.offset, "mjml-nesting", what)
    if "mj-body" not in seen:
        yield Finding(0, "mjml-nesting", "there is no <mj-body>, add one with all that is to show")


def _end(source: str, start: int, name: str) -> int:
    """Find where a text ends: at its closing tag, or, without one, before the next of another."""
    end = source.find(f"</{name}", start)
    if end < 0:
        end = source.find("</mj", start)
    return len(source) if end < 0 else end


def _meant(name: str) -> str:
    """Return the tag that a mistyped name must stand for, so that one slip is told once."""
    if name in tags() or name in REFUSED or not name.startswith("mj"):
        return name
    return next(iter(difflib.get_close_matches(name, tags(), n=1)), name)


def _text(text: str, offset: int, stack: list[_Tag]) -> Iterator[Finding]:
    if text == "<":
        yield Finding(
            offset, "mjml-nesting", "a bare < or a quote without end, write &lt; or end it"
        )
    elif text.strip() and not text.startswith("<!--"):
        place = f"in <{stack[-1].name}>" if stack else "outside <mjml>"
        offset += len(text) - len(text.lstrip())
        what = f'text {place}, "{_quoted(text)}", put it into <mj-text> or <mj-raw>'
        yield Finding(offset, "mjml-nesting", what)


def _closed(name: str, offset: int, stack: list[_Tag]) -> Iterator[Finding]:
    if name not in tags() and not any(tag.written_name == name for tag in stack):
        yield Finding(offset, "mjml-tag", _unknown_tag(name))
    name = _meant(name)
    if stack and stack[-1].name == name:
        stack.pop()
    elif any(tag.name == name for tag in stack):
        first = stack[-1].name
        yield Finding(offset, "mjml-nesting", f"</{name}> closes nothing, close <{first}> first")
        while stack.pop().name != name:
            pass
    elif name in tags():
        wish = f"close <{stack[-1].name}> first" if stack else "remove it"
        yield Finding(offset, "mjml-nesting", f"</{name}> closes nothing, {wish}")


def _opened(tag: _Tag, stack: list[_Tag], seen: Collection[str]) -> Iterator[Finding]:
    name, parent = tag.written_name, stack[-1].name if stack else ""
    if name in REFUSED:
        what = f"mjml-python knows no <{name}>, {REFUSED[name]}"
        yield Finding(tag.offset, "mjml-tag", what)
        return
    if name not in tags():
        yield Finding(tag.offset, "mjml-tag", _unknown_tag(name))
        return
    if name in seen and name in ("mjml", "mj-head", "mj-body"):
        yield Finding(tag.offset, "mjml-nesting", f"a second <{name}>, join the two")
    elif not _may_stand(name, parent):
        where = f"in <{parent}>" if parent else "outside <mjml>"
        what = f"<{name}> may not stand {where}, {_places(name)}"
        yield Finding(tag.offset, "mjml-nesting", what)
    yield from _attributes(tag)


def _may_stand(name: str, parent: str) -> bool:
    if parent == "mj-attributes":
        return name not in ("mjml", "mj-attributes")
    if not parent:
        return name == "mjml"
    # Below what is unknown anything may stand: that it is unknown has been said.
    return name in CHILDREN.get(parent, ()) or parent not in tags()


def _places(name: str) -> str:
    parents = sorted(parent for parent, children in CHILDREN.items() if name in children)
    return "put it into " + " or ".join(f"<{parent}>" for parent in parents or ["mj-attributes"])


def _inside(source: str, start: int, end: int, name: str) -> Iterator[Finding]:
    """Yield the MJML in a text, which readers would get as it stands."""
    for match in _MJML_INSIDE.finditer(source, start, end):
        if match[1] and not match[0].startswith("</"):
            what = f"<{match[1]}> may not stand in <{name}>, close <{name}> first"
            yield Finding(match.start(), "mjml-nesting", what)


def _unknown_tag(name: str) -> str:
    near = difflib.get_close_matches(name, tags(), n=1)
    if near:
        return f"no MJML tag is called <{name}>, did you mean <{near[0]}>?"
    if name.startswith("mj"):
        return f"no MJML tag is called <{name}>, see https://documentation.mjml.io"
    return f"no MJML tag is called <{name}>, put HTML into <mj-text> or <mj-raw>"


# --- Attributes ---------------------------------------------------------------------------


def _attributes(tag: _Tag) -> Iterator[Finding]:
    known = _known(tag.name)
    ignored = IGNORED.get(tag.name, {})
    seen = set()
    for match in _ATTRIBUTE.finditer(tag.written):
        name, value = match.groups()
        offset = tag.inside + match.start()
        if name in seen:
            what = f"{name} stands twice in <{tag.name}>, remove one"
            yield Finding(offset, "mjml-attribute", what)
        seen.add(name)
        if name in ignored:
            what = f"{name} in <{tag.name}> changes nothing, {ignored[name]}"
            yield Finding(offset, "mjml-attribute", what)
        elif name not in known:
            yield Finding(offset, "mjml-attribute", _unknown_attribute(name, tag.name, known))
        elif value is None or value[:1] not in ("'", '"'):
            what = f'attribute {name} has no quoted value, write {name}="…"'
            yield Finding(offset, "mjml-attribute", what)
        elif not any(is_valid(kind, unescape(value[1:-1])) for kind in known[name]):
            what = f'{name} wants {_wanted(known[name])}, not "{_quoted(value[1:-1])}"'
            yield Finding(offset, "mjml-value", what)


def _known(tag: str) -> Mapping[str, Iterable[str]]:
    """Return the attributes a tag takes, and the kinds of value that each may have."""
    if tag in ("mj-all", "mj-class"):
        # MJML passes them to every component that has them, and forgets them elsewhere.
        every = {
            name
            for component in tags() - {"mj-all", "mj-class", "mjml"}
            for name in attributes(component)
        }
        return {name: kinds_of(name) for name in every | EVERYWHERE} | {"name": ["string"]}
    known: dict[str, Iterable[str]] = {name: [kind] for name, kind in attributes(tag).items()}
    return known if tag == "mjml" else known | {name: ["string"] for name in EVERYWHERE}


def _unknown_attribute(name: str, tag: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else "remove it"
    return f"<{tag}> takes no attribute {name}, {hint}"


def _wanted(kinds: Iterable[str]) -> str:
    return " or ".join(describe_kind(kind) for kind in sorted(kinds))


def _quoted(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST_QUOTE else words[:_LONGEST_QUOTE] + "…"


_CLASS = re.compile(rf"<!--.*?-->|<(mj-[\w-]+)({_ATTRIBUTES})/?>", re.DOTALL)


def _classes(source: str) -> Iterator[Finding]:
    """Yield the names in mj-class that no mj-class defines."""
    defined: set[str] = set()
    used: list[tuple[str, int]] = []
    for match in _CLASS.finditer(source):
        if "class" not in match[0] or match[1] is None:
            continue
        for attribute in _ATTRIBUTE.finditer(match[2]):
            name, value = attribute.groups()
            if match[1] == "mj-class" and name == "name":
                defined.add((value or "").strip("\"'"))
            elif match[1] != "mj-class" and name == "mj-class":
                offset = match.start(2) + attribute.start()
                used += [(one, offset) for one in (value or "").strip("\"'").split()]
    for one, offset in used:
        if one not in defined:
            what = f'no mj-class is called "{one}", define it in <mj-attributes>'
            yield Finding(offset, "mjml-attribute", what)
