"""Org mode's marks inside a line: links, emphasis, code, time stamps, footnotes."""

from __future__ import annotations

import re

from publisher import maths
from publisher.digest.markdown.autolink import safe_url

#: Code, formulas and addresses hold no marks; what begins like a link is looked at first.
_MARK = re.compile(
    r"(?P<link>\[\[(?P<target>[^\[\]\n]{1,2000})\](?:\[(?P<words>[^\n]{1,500}?)\])?\])"
    r"|(?P<formula>\$[^$\n]{1,300}\$|\\\([^\n]{1,300}?\\\)|\\\[[^\n]{1,300}?\\\])"
    r"|(?P<address><?https?://[^\s\[\]]{1,2000})"
    r"|(?P<stamp><[0-9]{4}-[0-9]{2}-[0-9]{2}[^<>\n]{0,40}>)"
    r"|(?P<note>\[fn:(?P<name>[\w-]{1,40})\])"
    r"|(?P<target_here><<[^<>\n]{1,100}>>)"
    r"|(?<![^\s('\"{（“-])(?:"
    r"(?P<code>[~=])(?P<verbatim>[^\s\n](?:[^\n]{0,300}?[^\s\n])?)(?P=code)"
    r"|(?P<stress>[*/])(?P<body>[^\s*/,'\"](?:[^\n*/]{0,300}?[^\s*/,'\"])?)(?P=stress))"
    r"(?![^\s\-.,;:!?'\")}\\\[，。；：！？）”])"
    r"|(?P<script>(?<=\S)[_^])\{(?P<raised>[\w.,+()= −-]{1,60})\}"
    r"|(?P<pipe>\\vert(?:\{\}|(?![A-Za-z])))"
    r"|(?P<end>\\\\[ \t]*$)"
)
#: Kinds of links that lead to a page by a number.
_NUMBERS = {"arxiv": "https://arxiv.org/abs/", "doi": "https://doi.org/"}


def marked(text: str) -> tuple[str, int]:
    """Return a line of Org as one of Markdown, and how many of its links lead nowhere."""
    lost = 0

    def written(match: re.Match[str]) -> str:
        nonlocal lost
        if match["link"]:
            shown, leads = _link(match["target"], match["words"] or "")
            lost += not leads
            return shown
        if match["code"]:
            return _code(match["verbatim"])
        if match["stress"]:
            mark = "**" if match["stress"] == "*" else "*"
            return f"{mark}{match['body']}{mark}"
        return _other(match)

    return _MARK.sub(written, text), lost


def _other(match: re.Match[str]) -> str:
    """Return what stands for a mark that is neither a link, code nor stress."""
    if match["stamp"]:
        return match[0][1:-1]
    if match["note"]:
        return f"[^{match['name']}]"
    if match["script"]:
        return maths.words(f"{match['script']}{{{match['raised']}}}") or match["raised"]
    if match["pipe"] or match["end"]:
        return "\\|" if match["pipe"] else "\\"
    return "" if match["target_here"] else match[0]


def _link(target: str, words: str) -> tuple[str, bool]:
    """Return a link in Markdown, or its words where it leads into a file; and whether it leads."""
    kind, _, number = target.partition(":")
    if kind.lower() in _NUMBERS:
        words = words or target
        target = _NUMBERS[kind.lower()] + number.strip("/ ")
    if not words and re.match("https?://", target):
        return f"<{target}>", True
    if re.match("https?://|mailto:|www\\.", target) and safe_url(target):
        return f"[{words or target}](<{target}>)", True
    return words or target.removeprefix("file:").removeprefix("*"), False


def _code(words: str) -> str:
    ticks = "``" if "`" in words else "`"
    pad = " " if "`" in words else ""
    return f"{ticks}{pad}{words}{pad}{ticks}"
