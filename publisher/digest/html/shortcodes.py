"""What sites' generators read and readers never see: shortcodes, attributes, places for contents.

`{{< table >}}` is Hugo's, `{% include x %}` and `{{ page.title }}` Jekyll's, `{: .note}` and
`{.class}` are attributes, `[[toc]]` stands for a list of contents, `:::note` opens a box.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from typing import NamedTuple

from publisher.digest.markdown.autolink import paper_of
from publisher.digest.source_text import Line

_ATTRIBUTE = (
    r"(?:[.#][A-Za-z][\w-]{0,99}+"
    r"|[A-Za-z][\w-]{0,99}+=(?:\"[^\"\n]{0,300}+\"|'[^'\n]{0,300}+'|[^\s{}\"']{1,200}+))"
)
_ATTRIBUTES = rf"[ \t]*+{_ATTRIBUTE}(?:[ \t]++{_ATTRIBUTE}){{0,20}}[ \t]*+"
#: Where one may begin; each alternative starts with a literal (see inline.py).
AHEAD = r"\{\{|\{%|\{[:.#A-Za-z \t]|\]\([ \t]{0,9}\{[{%]"
#: How a comment begins and ends.
_COMMENTS = (
    (re.compile(r"\{\{[<%]?-?[ \t]*/\*"), re.compile(r"\*/[ \t]*-?[>%]?\}\}")),
    (re.compile(r"\{%-?[ \t]*comment[ \t]*-?%\}"), re.compile(r"\{%-?[ \t]*endcomment[ \t]*-?%\}")),
)
_LONGEST_COMMENT = 5_000
_CODE = re.compile(
    r"\{\{[<%][^{}]{0,2000}+(?<=[>%])\}\}"
    r"|\{%-?[ \t]*+[A-Za-z/][^%{}\n]{0,1000}+(?:[%{}][^%{}\n]{1,1000}+){0,20}%\}"
    r"|(?<![\w^\\{=$])(?<![^}%]\})\{\{-?(?:[ \t]++[A-Za-z\"'$.][^{}\n]{0,300}+(?<=[ \t])"
    r"|[A-Za-z_]{1,50}+\.[\w.]{1,100}+(?:[ \t]*+\|[^{}\n]{0,200}+)?|>?[ \t]*(?i:toc)[ \t]*)-?\}\}"
)
#: Its end, where it is a link's or a picture's address.
_TARGET = re.compile(r"\]\([ \t]{0,9}\{[{%][^()\n]{0,300}?[%}]\}[^()\n]{0,300}+\)")
_KRAMDOWN = re.compile(
    rf"\{{:(?:(?i:/?(?:no_?)?toc|/|:[a-z]{{1,20}}[^{{}}\n]{{0,99}}/?)|{_ATTRIBUTES})\}}"
)
_PANDOC = re.compile(rf"\{{{_ATTRIBUTES}\}}")
#: What has attributes: a link, a picture, code, a word in bold; a heading; a line.
_HAS_ATTRIBUTES = ")]`*"
_LONGEST_HEADING = 500
_LONE = re.compile(r"[ \t]*+\n|[ \t]*+$")
#: Lines that stand for a list of contents, or for what happens on paper.
_ALONE = re.compile(
    r"[ \t]*(?:(?i:\[\[?_?toc_?\]?\]|@\[toc\](?:\([^()]{0,99}\))?|\$\{toc\})"
    r"|\\(?:newpage|pagebreak|clearpage|cleardoublepage|tableofcontents|maketitle|noindent"
    r"|(?:big|med|small)skip|[hv]fill|centering|[hv]space\*?\{[^{}]{0,30}\}))[ \t]*"
)
#: What kramdown puts the list of contents in place of, and what says so below it.
_ENTRY = re.compile(r"[ \t]*[-*+1][.)]?[ \t]+\S")
_PLACE = re.compile(r"[ \t]*\{:[ \t]*toc\b", re.IGNORECASE)
_WORDS = r"[A-Za-z][\w-]{0,40}(?:\[(?P<title>[^\[\]]{1,200})\])?"
_BRACES = r"\{[^{}\n]{0,200}\}"
_BOX = re.compile(
    rf"[ \t]*:{{3,20}}[ \t]*(?:{_BRACES}"
    rf"|{_WORDS}(?:{_BRACES})?(?:[ \t]+(?P<words>[^:\n]{{1,200}}))?)?[ \t]*:*[ \t]*"
)
#: What lines begin with that stand for something else.
_FIRST = frozenset(":[@$\\-*+1")


_RAW = re.compile(r"\{%-?[ \t]*raw\b")
_END_OF_RAW = re.compile(r"\{%-?[ \t]*endraw\b")
#: What a shortcode says of a link: `href="https://…"`, `title="…"`, `btn https://…, words`.
_URL = re.compile(r"https?://[^\s\"'{}<>,|]{1,500}")
_NAMED = re.compile(r"\b(?:title|text|name|label)=(?:\"([^\"\n]{1,300})\"|'([^'\n]{1,300})')")
_LISTED = re.compile(r"[ \t]*,[ \t]*([^,{}%<>\n]{1,100})")
_NAME = re.compile(r"\{[{%][<%]?-?[ \t]*([A-Za-z][\w-]{0,40})")
_INSIDE = re.compile(
    r"(?P<words>[^\n{}\[\]<>]{1,200})\{[{%][<%]?[ \t]*/(?P<name>[\w-]{1,41})[^{}]{0,9}\}{1,2}"
)


class Shortcode(NamedTuple):
    """One of them: where it ends, whether words of its own go with it, and what stands for it."""

    end: int
    has_words: bool = False
    #: A link to the paper that it names.
    shown: str = ""
    #: Where another ends that shows all before it as typed.
    raw_to: int = 0


def at(text: str, place: int) -> Shortcode | None:
    """Return the shortcode that begins at a place, one of AHEAD."""
    if text[place] == "]":
        match = _TARGET.match(text, place)
    else:
        for begin, end in _COMMENTS:
            if begun := begin.match(text, place):
                ended = end.search(text, begun.end(), begun.end() + _LONGEST_COMMENT)
                if ended:
                    return Shortcode(ended.end(), has_words=True)
        if match := _CODE.match(text, place):
            return _read(text, match)
        match = _KRAMDOWN.match(text, place) or _attributes(text, place)
    return Shortcode(match.end()) if match else None


def _read(text: str, match: re.Match[str]) -> Shortcode:
    """Return a shortcode; one with a paper's address is a link, named by what it says or holds."""
    if _RAW.match(match[0]):
        end = _END_OF_RAW.search(text, match.end(), match.end() + _LONGEST_COMMENT)
        return Shortcode(match.end(), raw_to=end.start() if end else 0)
    url = _URL.search(match[0]) if "://" in match[0] else None
    if not url or not paper_of(url[0]):
        return Shortcode(match.end())
    name, inside = _NAME.match(match[0]), _INSIDE.match(text, match.end())
    if inside and name and inside["name"] == name[1]:
        return Shortcode(inside.end(), shown=f"[{inside['words'].strip()}]({url[0]})")
    named = _NAMED.search(match[0]) or _LISTED.match(match[0], url.end())
    words = next(filter(None, named.groups()), "") if named else ""
    return Shortcode(match.end(), shown=f"[{words.strip()}]({url[0]})")


def _attributes(text: str, place: int) -> re.Match[str] | None:
    """Return what stands in braces where attributes may: after a link, or a heading, or alone."""
    match = _PANDOC.match(text, place)
    if not match or text[place - 1 : place] in _HAS_ATTRIBUTES:
        return match
    start = text.rfind("\n", max(0, place - _LONGEST_HEADING), place) + 1
    before = text[start:place].lstrip()
    is_at_end = _LONE.match(text, match.end())
    is_heading = before.startswith("#") and not match[0].startswith("{#")  # blocks.py takes these
    return match if is_at_end and (not before or is_heading) else None


def lines_without(lines: Sequence[Line], code: Container[int]) -> Iterator[tuple[int, Line]]:
    """Yield each line that stands for something else, by its index, as what is left of it.

    `code` has the indices of lines in fences, which are left as they are.
    """
    for index, line in enumerate(lines):
        mark = line.text.lstrip(" \t")[:1]
        if mark not in _FIRST or index in code:
            continue
        if mark == ":":
            match = _BOX.fullmatch(line.text)
            words = (match["title"] or match["words"] or "").strip() if match else ""
            if match:
                yield index, line._replace(text=f"**{words}**" if words else "")
        elif _ALONE.fullmatch(line.text) or _is_place_of_contents(lines, index):
            yield index, line._replace(text="")


def _is_place_of_contents(lines: Sequence[Line], index: int) -> bool:
    """Return whether kramdown puts the list of contents in place of an entry."""
    below = lines[index + 1].text if index + 1 < len(lines) else ""
    return "{:" in below and bool(_PLACE.match(below) and _ENTRY.match(lines[index].text))
