"""A template's mistake as one line: `FILE:LINE: what is wrong, what to do`.

mjml-python takes unknown tags and wrong closing tags without a word and leaves a mail that looks
broken, and for what it refuses it names no line. Both are made up for here.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import jinja2

from publisher.render import views

_MJML_TAGS = (
    *("mjml", "mj-head", "mj-attributes", "mj-all", "mj-class", "mj-breakpoint", "mj-font"),
    *("mj-preview", "mj-style", "mj-title", "mj-include", "mj-raw", "mj-body", "mj-wrapper"),
    *("mj-section", "mj-group", "mj-column", "mj-hero", "mj-text", "mj-table", "mj-image"),
    *("mj-button", "mj-divider", "mj-spacer", "mj-navbar", "mj-navbar-link", "mj-social"),
    *("mj-social-element", "mj-carousel", "mj-carousel-image", "mj-accordion"),
    *("mj-accordion-element", "mj-accordion-title", "mj-accordion-text"),
)
_MJML_TAG = re.compile(r"<!--.*?-->|<(/?)(mj[\w-]*)(?:\s[^<>]*?)?(/?)>", re.DOTALL)
_NO_ATTRIBUTE = re.compile(r"'(?:[\w.]+\.)?(\w+) object' has no attribute '(\w+)'")
_HINT = "see docs/templates.md for what there is"


def rendering_fault(error: Exception, path: Path) -> str:
    """Say what went wrong while the template at `path` was read or filled in."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        what = (error.message or "cannot be understood").rstrip(".")
        return f"{error.filename or path}:{error.lineno}: {what}, correct the tag on this line"
    place = _place(error.__traceback__) or f"{path}:1"
    if isinstance(error, jinja2.TemplateNotFound):
        return f'{place}: there is no template "{error.message}", correct the name or add the file'
    if isinstance(error, jinja2.UndefinedError):
        return f"{place}: {_undefined(str(error.message))}"
    if isinstance(error, UnicodeDecodeError):
        return f"{path}:1: not UTF-8 text, save it as UTF-8"
    if isinstance(error, OSError):
        return f"{path}:1: cannot be read ({error.strerror}), make it readable for this user"
    words = " ".join(f"{type(error).__name__}: {error}".split())
    return f"{place}: {words}, correct the expression on this line"


def check_mjml(source: str, path: Path) -> str | None:
    """Say which MJML tag is unknown or closed by another, None when all is well."""
    open_tags: list[str] = []
    for match in _MJML_TAG.finditer(source):
        closing, name, empty = match.groups()
        if name is None:  # a comment
            continue
        if name not in _MJML_TAGS:
            near = difflib.get_close_matches(name, _MJML_TAGS, n=1)
            hint = f"did you mean <{near[0]}>?" if near else "see https://documentation.mjml.io"
            return f"{_line_of(match[0], source, path)}: no MJML tag is called <{name}>, {hint}"
        if closing:
            expected = open_tags.pop() if open_tags else None
            if name != expected:
                wanted = f"close <{expected}> first" if expected else "remove it"
                return f"{_line_of(match[0], source, path)}: </{name}> closes nothing, {wanted}"
        elif not empty:
            open_tags.append(name)
    if open_tags:
        last = open_tags[-1]
        return f"{_line_of(f'<{last}', source, path)}: <{last}> is never closed, add </{last}>"
    return None


def mjml_fault(error: ValueError, source: str, path: Path) -> str:
    """Say why MJML refused a template, and where that can be known."""
    bare = re.search(r"<(?![A-Za-z/!?])[^\n]{0,20}", source)
    if bare:
        return f"{_line_of(bare[0], source, path)}: a bare <, write &lt;"
    attribute = re.search(r"<mj[^<>]*?\s([\w-]+)(?:=[^\"'\s][^\s>]*)?(?=[\s/>])[^<>]*>", source)
    if attribute:
        place = _line_of(attribute[0], source, path)
        return f'{place}: attribute {attribute[1]} has no quoted value, write {attribute[1]}="…"'
    return f"{path}:1: MJML says: {error}, check that every tag and attribute is well-formed"


def _line_of(words: str, source: str, path: Path) -> str:
    """Find where words of the filled-in `source` stand in the template, as `FILE:LINE`."""
    first = words.strip().split("\n")[0]
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        lines = []
    # What a variable filled in is not in the template: look for ever shorter beginnings.
    for end in range(len(first), 1, -1):
        for number, line in enumerate(lines, 1):
            if first[:end] in line:
                return f"{path}:{number}"
    number = source[: source.find(words)].count("\n") + 1
    return f"{path}:1 (line {number} of the MJML it makes)"


def _place(traceback: TracebackType | None) -> str | None:
    """Find the innermost line of a template: Jinja2 gives its frames the template's own lines."""
    place = None
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if "__jinja_exception__" in traceback.tb_frame.f_globals:
            place = f"{code.co_filename}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place


def _undefined(message: str) -> str:
    missing = _NO_ATTRIBUTE.search(message)
    if not missing:
        return f"{message}, {_HINT}"
    owner, name = missing.groups()
    near = difflib.get_close_matches(name, _fields(owner), n=1)
    hint = f'did you mean "{near[0]}"?' if near else _HINT
    return f'there is no "{name}" in {owner}, {hint}'


def _fields(owner: str) -> Iterator[str]:
    kind = getattr(views, owner, None)
    return (field.name for field in dataclasses.fields(kind)) if kind else iter(())
