"""Notations that are not read at all: what names each of them for sure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from publisher.digest.markdown.line_marks import closed_fences, heading
from publisher.digest.notations.page import UnreadableError
from publisher.digest.source_text import Line

_REMEDY = "save it as Markdown or as plain text"
_BIBTEX = re.compile(
    r"@(?:article|inproceedings|misc|book|techreport|phdthesis|online)\{", re.IGNORECASE
)
#: By what the file's first line with words begins with.
_FIRST = (
    (re.compile(r"\{\\rtf\d"), "a file of Rich Text Format (RTF)"),
    (re.compile(r"\\documentclass\b|\\begin\{document\}|\\documentstyle\b"), "a LaTeX document"),
    (re.compile(r"%!PS|%PDF-"), "a PostScript or PDF file"),
    (re.compile(r"\.TH[ \t]+\S|'\\\" t$|\.\\\""), "a manual page (troff)"),
    (re.compile(r"<\?xml\b|<(?:rss|feed|opml)[ >]"), "an XML file"),
    (_BIBTEX, "a BibTeX file"),
    (re.compile(r"TY  - [A-Z]{2,5}$"), "a file of references (RIS)"),
    (re.compile(r"\[\[(?:papers|items|entries|articles)\]\][ \t]*$"), "a list in TOML"),
    (re.compile(r"From \S+@\S+ .*\d{4}$"), "a mailbox (mbox)"),
    (re.compile(r"PK\x03\x04"), "a ZIP archive"),
)
_PREAMBLE = re.compile(r"\\(?:documentclass|begin\{document\})")
_NOTEBOOK = re.compile(r"\s*\{\s*\"(?:cells|metadata|nbformat)\"\s*:")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,60}:(?:[ \t]|$)")
_ENCODED = re.compile(
    r"content-transfer-encoding:[ \t]*(?:base64|quoted-printable)|content-type:[ \t]*multipart/",
    re.IGNORECASE,
)
#: Quoted-printable: bytes of a letter beyond ASCII or an equals sign, and a line that goes on.
_BYTES = re.compile(r"=(?:C[2-9A-F]|D[0-9A-F])=[89AB][0-9A-F]|=E[0-9A-F](?:=[89AB][0-9A-F]){2}")
_GOES_ON = re.compile(r"^[^\n]{40,75}(?<!=)=$", re.MULTILINE)
_BB_LINK = re.compile(r"\[url=?[^\]\n]{0,2000}\][^\n]{1,500}?\[/url\]", re.IGNORECASE)
_TEXTILE = re.compile(r"h[1-6](?:\([^)\n]{0,60}\))?\. \S")
_TEXTILE_LINK = re.compile(r"\"[^\"\n]{1,300}\":https?://")
_MOST_HEADERS = 200


def check(lines: Sequence[Line], text: str, bracketed: set[str]) -> None:
    """Raise UnreadableError for a file in a notation that is not read.

    `bracketed` holds what follows each `[` of the text.
    """
    first = next((line for line in lines if line.text.strip()), None)
    if not first:
        return
    start = first.text.lstrip()
    if start[0] in "{\\%.'<@T[FP":
        for sign, name in _FIRST:
            if sign.match(start):
                raise _unreadable(name, first.number)
        if start[0] == "{" and '"nbformat"' in text and _NOTEBOOK.match(text[:200]):
            raise _unreadable("a Jupyter notebook", first.number)
        if start[0] == "%":
            _check_commented(lines)
    if _HEADER.match(start) and (line := _encoded(lines, first.number)):
        raise _unreadable("an e-mail message with encoded parts (MIME)", line)
    _check_bytes(lines, text)
    if "/" in bracketed and _has_bb_code(lines, text):
        raise _unreadable("a text with BBCode", first.number)
    if '"' in text and '":http' in text and _is_textile(lines):
        raise _unreadable("a text in Textile", first.number)


def _unreadable(name: str, line: int) -> UnreadableError:
    return UnreadableError(f"{name} is not read; {_REMEDY}", line)


def _check_commented(lines: Sequence[Line]) -> None:
    """Raise UnreadableError for LaTeX or BibTeX below comments."""
    below = next((line for line in lines if line.text.strip() and line.text[0] != "%"), None)
    if below and _PREAMBLE.match(below.text):
        raise _unreadable("a LaTeX document", below.number)
    if below and _BIBTEX.match(below.text):
        raise _unreadable("a BibTeX file", below.number)


def _check_bytes(lines: Sequence[Line], text: str) -> None:
    """Raise UnreadableError for the text of a mail as it was sent, without its header."""
    if "=\n" not in text:
        return
    if (soft := _GOES_ON.search(text)) and (text.count("=3D") > 1 or _BYTES.search(text)):
        line = lines[text.count("\n", 0, soft.end())]
        raise _unreadable("a text in quoted-printable", line.number)


def _encoded(lines: Sequence[Line], first: int) -> int:
    """Return the line of a mail's header that says that its text is encoded; 0 without one."""
    for line in lines[: _MOST_HEADERS + first]:
        if not line.text.strip():
            if line.number > first:
                break
        elif _ENCODED.match(line.text):
            return line.number
        elif not _HEADER.match(line.text) and not line.text[0].isspace():
            break
    return 0


def _has_bb_code(lines: Sequence[Line], text: str) -> bool:
    code = {n for start, end in closed_fences(lines).items() for n in range(start, end + 1)}
    links = [
        line
        for n, line in enumerate(lines)
        if "[/" in line.text and n not in code and _BB_LINK.search(line.text)
    ]
    return len(links) > 1 and "](http" not in text and not any(heading(line.text) for line in lines)


def _is_textile(lines: Sequence[Line]) -> bool:
    heads = [line for line in lines if line.text[:1] == "h" and _TEXTILE.match(line.text)]
    linked = any('":http' in line.text and _TEXTILE_LINK.search(line.text) for line in lines)
    return bool(heads) and linked and not any(heading(line.text) for line in lines)
