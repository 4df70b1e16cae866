"""What mjml-python refuses, and where: it says no more than `unable to parse`."""

from __future__ import annotations

import re

import mjml

from publisher.render.mjml.lint import Finding

# HTML 13.1.2: elements that are never closed.
_VOID = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()  # noqa: SIM905
)
_TOKEN = re.compile(
    r"<!--(?P<comment>.*?)(?:-->|\Z)|<!\[CDATA\[|<[?!]|<style\b.*?</style>"
    r"|<(?P<closing>/?)(?P<name>[A-Za-z][\w:.-]*)"
    r"(?P<attributes>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*?)(?P<empty>/?)>|<",
    re.DOTALL,
)
_UNQUOTED = re.compile(r"(?:\"[^\"]*\"|'[^']*')|([\w:-]+)=(?![\s\"'])")
_POSITION = re.compile(r"position (\d+):\d+")


def check_mrml(source: str) -> list[Finding]:
    """Return the first thing in a document that mjml-python cannot read; empty if it reads all."""
    try:
        mjml.mjml2html(source)
    except ValueError as error:
        return [_why(source, error)]
    return []


def _why(source: str, error: ValueError) -> Finding:
    open_tags: list[tuple[str, int]] = []
    for match in _TOKEN.finditer(source):
        what = _wrong(match)
        if what is not None:
            return Finding(match.start(), "mjml-refused", what)
        name = match["name"]
        if name is None or name.lower() in _VOID or match["empty"]:
            continue
        if not match["closing"]:
            open_tags.append((name, match.start()))
        elif not any(name == open_name for open_name, _ in open_tags):
            return Finding(match.start(), "mjml-refused", f"</{name}> closes nothing, remove it")
        elif open_tags[-1][0] != name:
            break
        else:
            open_tags.pop()
    if open_tags:
        name, offset = open_tags[-1]
        return Finding(offset, "mjml-refused", f"<{name}> is never closed, add </{name}>")
    position = _POSITION.search(str(error))
    offset = len(source.encode()[: int(position[1])].decode(errors="ignore")) if position else 0
    what = f"MJML says: {error}, check that every tag and attribute is well-formed"
    return Finding(offset, "mjml-refused", what)


def _wrong(match: re.Match[str]) -> str | None:
    text = match[0]
    if text == "<":
        return "a bare <, write &lt;"
    if text.startswith("<!--"):
        return "-- in a comment, remove it" if "--" in match["comment"] else None
    if text.startswith("<![CDATA["):
        return "CDATA, write &lt; and &amp; instead"
    if text in ("<?", "<!"):
        return "a declaration or doctype, MJML makes its own: remove it"
    unquoted = next(
        (attribute for attribute in _UNQUOTED.finditer(match["attributes"] or "") if attribute[1]),
        None,
    )
    if unquoted:
        return f'attribute {unquoted[1]} has no quoted value, write {unquoted[1]}="…"'
    return None
