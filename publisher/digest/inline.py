"""Markdown inside a paragraph: links of every untidy kind, emphasis, code.

Our own rather than a library's, since none finds addresses in Chinese text (see links.py) and
plain CommonMark fails `**“零样本”**测试`. A paragraph without marks costs one scan.
HTML is no markup here: it is text, and is shown as such.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from publisher.digest import emphasis
from publisher.digest.language import WIDE
from publisher.digest.links import ARXIV_LABEL, BARE, SCHEMELESS, bounded, safe_url
from publisher.model import Code, Inline, LineBreak, Link, Text

#: (position in the text, code, message): how a parse tells what it could not use.
Report = Callable[[int, str, str], None]

#: A bracketed label may hold one level of brackets, and no more than this many characters:
#: the bound keeps a file of ten million `[` linear.
_LABEL = r"(?:[^\[\]\\\n]|\\.|\[[^\[\]\n]{0,200}\]|\n(?!\n)){0,1000}?"
_TOKEN = re.compile(
    rf"""
      \\(?:url|href)\{{(?P<latex>[^{{}}\s]{{1,2000}})\}}(?:\{{(?P<latex_text>[^{{}}]{{0,500}})\}})?
    | \\(?P<escaped>[!-/:-@\[-`{{-~])
    | (?P<hard>[ \t]{{2,}}|\\)?\n[ \t]*
    | (?P<ticks>`+)(?!`)(?P<code>.{{1,2000}}?)(?<!`)(?P=ticks)(?!`)
    | `+
    | (?P<math>\$\$?[^\s$](?:[^$\n]{{0,300}}?[^\s$\\])?\$\$?(?![0-9]))
    | (?P<image>!)?\[(?P<label>{_LABEL})\][ ]?
      (?:\(\s*(?:<(?P<angle>[^<>\n]{{0,2000}})>|(?P<target>(?:[^\s()]|\([^\s()]{{0,500}}\)){{0,2000}}))
         (?:\s+(?P<title>"[^"\n]{{0,500}}"|'[^'\n]{{0,500}}'))?\s*\)
       |（\s*(?P<wide>[^\s（）]{{0,2000}})\s*）)
    | <(?P<auto>https?://[^\s<>]{{1,2000}})>
    | (?P<bare>{BARE})
    | (?P<schemeless>{SCHEMELESS})
    | (?P<arxiv>{ARXIV_LABEL})
    | (?P<run>\*+|_+)
    """,
    re.VERBOSE | re.DOTALL,
)
#: What a paragraph must hold for the scan to be worth it.
_MARKS = re.compile(r"[\\`*_\[<$\n]|https?:|www\.|[a-z0-9]\.[a-z]+/|\.io|[Xx]iv:")
_SPACE_BEFORE_WIDE_MARK = re.compile(r"[ \t]+(?=[，。、；：！？）」』》】])")
_WIDE_EDGE = re.compile(rf"[{WIDE}]")


def parse(text: str, report: Report, *, links: bool = True) -> tuple[Inline, ...]:
    """Parse one paragraph; lines are parted by `\\n`, a hard break has two spaces before it.

    With `links` false, addresses stay text: the inside of a link holds no other link.
    """
    text = _SPACE_BEFORE_WIDE_MARK.sub("", text)
    if not _MARKS.search(text):
        return (Text(text),) if text else ()
    nodes: list[Inline | emphasis.Run] = []
    position = 0
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        if start < position:  # inside a doubled address that was taken whole
            continue
        if start > position:
            nodes.append(Text(text[position:start]))
        position = end
        kind = match.lastgroup
        if match["run"]:
            nodes.append(emphasis.Run.at(text, start, end))
        elif match["bare"] or match["schemeless"] or match["arxiv"]:
            position = _bare(match, text, nodes, links=links)
        elif match["label"] is not None:
            nodes.extend(_bracketed(match, report, links=links))
        elif match["latex"] or match["auto"]:
            nodes.extend(_wrapped(match, links=links))
        elif match["escaped"]:
            nodes.append(Text(match["escaped"]))
        elif match["code"] is not None:
            nodes.append(Code(" ".join(match["code"].split("\n")).strip(" ")))
        elif "\n" in match[0]:
            nodes.append(_line_end(text, start, end, hard=kind == "hard"))
        else:  # mathematics and stray back-ticks stand as they are
            nodes.append(Text(match[0]))
    if position < len(text):
        nodes.append(Text(text[position:]))
    return emphasis.resolve(nodes)


def _line_end(text: str, start: int, end: int, *, hard: bool) -> Inline:
    """Give what the end of a line inside a paragraph is: a break, a space, or nothing.

    Between Han characters a line end is nothing: a space there would show (clreq 3.2).
    """
    if hard:
        return LineBreak()
    before, after = text[start - 1 : start], text[end : end + 1]
    if not before or not after or _WIDE_EDGE.match(before) or _WIDE_EDGE.match(after):
        return Text("")
    return Text(" ")


def _bare(
    match: re.Match[str], text: str, nodes: list[Inline | emphasis.Run], *, links: bool
) -> int:
    """Append an address that stands by itself; give the position after it."""
    start = match.start()
    if match["arxiv"]:
        shown = match["arxiv"]
        url = safe_url("https://arxiv.org/abs/" + shown.partition(":")[2].strip())
    else:
        shown = bounded(match[0])
        url = safe_url(shown)
    end = start + len(shown)
    if url is None or not links:
        nodes.append(Text(text[start:end]))
        return end
    nodes.append(Link(url, (Text(shown),)))
    # LaTeX left its braces: `https://a.org{https://a.org}` is one address said twice.
    double = f"{{{shown}}}"
    return end + len(double) if text.startswith(double, end) else end


def _wrapped(match: re.Match[str], *, links: bool) -> list[Inline]:
    """Give the link of `<https://…>`, `\\url{…}` or `\\href{…}{…}`."""
    raw = match["auto"] or match["latex"]
    url = safe_url(raw)
    shown = match["latex_text"] or raw
    if url is None or not links:
        return [Text(match[0] if url is None else shown)]
    return [Link(url, (Text(shown),))]


def _bracketed(match: re.Match[str], report: Report, *, links: bool) -> list[Inline]:
    """Give the link of `[text](url)`; an image becomes a link to it, so that nothing is fetched."""
    raw = next((part for part in (match["angle"], match["target"], match["wide"]) if part), "")
    label = match["label"].strip()
    url = safe_url(raw)
    if url is None:
        report(match.start(), "unsafe-link", f"not an http(s) address, shown as text: {raw!r}")
        return [Text(match[0])]
    inner = parse(label, report, links=False) or (Text(raw),)
    if match["title"]:
        inner = (*inner, Text(f" ({match['title'][1:-1]})"))
    return [Link(url, inner)] if links else list(inner)
