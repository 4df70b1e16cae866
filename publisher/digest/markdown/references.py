"""Links whose addresses stand elsewhere: `[words][name]`, and `[name]: https://…` on a line.

Mails in plain text have them by number: `Title [5]`, and below `[5] https://…`, or `5. https://…`
under the word "Links". Each mail of several in one file counts anew, so that a number is that of
the next such list.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from publisher.digest.fields import titles
from publisher.digest.markdown.autolink import safe_url
from publisher.digest.markdown.line_marks import BULLET, RULE, closed_fences, heading
from publisher.digest.source_text import Line, Report
from publisher.model import Level

_ADDRESS = r"<?(?P<url>[^\s<>]{1,2000})>?"
_NAME = r"(?:[^\[\]\\]{1,200}+|\\.){1,20}"
#: What stands in brackets may hold brackets, as a picture does, where a name follows it.
_WORDS = r"(?:[^\[\]\\]{1,500}+|\\.|\[[^\[\]]{0,200}\](?=[^\[\]]{0,500}\]\[)){1,50}"
_DEFINITION = re.compile(
    rf" {{0,3}}\[(?P<name>(?!\^){_NAME})\]:[ \t]*{_ADDRESS}"
    r"(?P<title>[ \t]+\"[^\"]{0,500}\")?[ \t]*$"
)
#: `[5] https://…`, and a footnote that is an address.
_NUMBERED = re.compile(
    r" {0,3}(?:[-*+•] )?(?:\[(?P<name>[0-9]{1,4})\](?::|：)?|\[(?P<note>\^[\w-]{1,40})\]:)"
    rf"[ \t]*{_ADDRESS}[ \t]*$"
)
#: `5. https://…`, where it stands below words like "Links".
_LISTED = re.compile(rf"[ \t]{{0,8}}\(?(?P<name>[0-9]{{1,4}})[.):：、][ \t]*{_ADDRESS}[ \t]*$")
_LABEL = re.compile(
    r"[#*_\s>-]*(?:visible |numbered )?(?:links?|urls?|references?|sources?|footnotes?|addresses"
    r"|(?:参考|相关|原文|文中)?(?:链接|来源|资料|文献|网址|地址)|脚注|引用|連結|鏈接)(?:列表)?[*_:：#\s]*",
    re.IGNORECASE,
)
#: `[words][name]`, `[name][]` or `[name]`; what is escaped or in code is not.
_USE = re.compile(
    r"\\.|`[^`]*`"
    r"|\[(?P<number>(?:\^[\w-]{1,40}|[0-9]{1,4}(?:[,，] ?[0-9]{1,4}){0,9}))\](?![(（])"
    rf"|\[(?P<words>{_WORDS})\]"
    rf"(?:\[(?P<name>(?:{_NAME})?)\](?![(（:])|(?![\[(（:]))"
)
#: `[3]Title`, as Lynx writes a page: the number stands before the words of its link.
_WHOLE = re.compile(
    r"(?P<margin>[ \t]*)\[(?P<name>[0-9]{1,4})\]"
    r"(?P<words>[^\W\d_][^\[\]\n]{1,200}[^\[\]\s.,;:])[ \t]*$"
)
_LAST = re.compile(r"\[[^\[\]]{0,100}\]$")
_LEFT_OUT = "links by number, which stand where they are referred to"


def may_be(text: str) -> bool:
    """Return whether a text may have such links."""
    return "]:" in text or not {part[:1] for part in text.split("[")}.isdisjoint("0123456789")


def inlined(lines: Sequence[Line], report: Report) -> Sequence[Line]:
    """Write each such link with its address, and leave out the lines that defined one.

    A definition that nothing refers to is text, as `[代码]: https://…` below a heading is.
    """
    code = {n for start, end in closed_fences(lines).items() for n in range(start, end + 1)}
    definitions = _Definitions(lines, code)
    changed = [
        line
        if index in code or index in definitions.places or "[" not in line.text
        else line._replace(text=definitions.written(line.text, index))
        for index, line in enumerate(lines)
    ]
    used = definitions.used | definitions.labels()
    if told := [lines[index].number for index in used & set(definitions.listed)]:
        report(min(told), 1, Level.info, "left-out", f"left out (line {min(told)}): {_LEFT_OUT}")
    return [line for index, line in enumerate(changed) if index not in used]


class _Definitions:
    def __init__(self, lines: Sequence[Line], code: set[int]) -> None:
        self.lines = lines
        #: Where a name is defined, in order, and the link's target there.
        self.targets: dict[str, list[tuple[int, str]]] = {}
        #: The lines that define something.
        self.places: set[int] = set()
        #: Words like "Links", and the lines they stand above.
        self.listed: dict[int, list[int]] = {}
        #: Lines drawn below such words, and the words' lines.
        self.underlines: dict[int, int] = {}
        self.used: set[int] = set()
        label = None
        for index, line in enumerate(lines):
            text = line.text
            if index in code:
                label = None
            elif self.define(index, text, label):
                if label is not None:
                    self.listed[label].append(index)
            elif label is not None and RULE.match(text):
                self.underlines[index] = label
            elif text.strip():
                label = index if _LABEL.fullmatch(text) else None
                if label is not None:
                    self.listed[label] = []

    def define(self, index: int, text: str, label: int | None) -> bool:
        """Take a line for a definition, if it is one."""
        if "://" not in text and "www." not in text and "]:" not in text:
            return False
        match = _DEFINITION.match(text) if "]:" in text else None
        name, title = (match["name"], match["title"] or "") if match else ("", "")
        if not match or name.isdigit():
            match = _NUMBERED.match(text) or (_LISTED.match(text) if label is not None else None)
            if not match or "://" not in match["url"]:
                return False
            name = match.groupdict().get("note") or str(int(match["name"]))
            if "]:" not in text and label is None and not self.stands_alone(index):
                return False
        if not safe_url(match["url"]):
            return False
        self.targets.setdefault(_key(name), []).append((index, f"<{match['url']}>{title}"))
        self.places.add(index)
        return True

    def stands_alone(self, index: int) -> bool:
        """Return whether no text stands right above or below `[5] https://…`, as an item's does."""
        for place in (index - 1, index + 1):
            text = self.lines[place].text if 0 <= place < len(self.lines) else ""
            if text.strip() and not _NUMBERED.match(text) and not RULE.match(text):
                return False
        return True

    def target(self, name: str, index: int) -> tuple[int, str] | None:
        """Return where a name in a line is defined, and as what; a number in the next list."""
        places = self.targets.get(_key(name))
        if not places:
            return None
        place = places[0]
        if name.isdigit() or name.startswith("^"):
            at = bisect_right(places, (index, ""))
            place = places[min(at, len(places) - 1)]
        return place

    def written(self, text: str, index: int) -> str:
        """Write a line's links."""
        whole = _WHOLE.match(text)
        if whole and (target := self.target(_number(whole["name"]), index)):
            self.used.add(target[0])
            return f"{whole['margin']}[{whole['words']}]({target[1]})"
        is_title = self.is_title(text, index)
        parts: list[str] = []
        done = place = 0
        while match := _USE.search(text, place):
            words, name = match["words"], match["name"]
            target = self.target(name or words, index) if words else None
            if words and not target:  # a name may be the words of the next, and words hold some
                place = match.start("words")
                continue
            parts.append(text[done : match.start()])
            if target:
                self.used.add(target[0])
                parts.append(f"[{words}]({target[1]})")
            elif match["number"]:
                parts.append(self.numbered(match, index, is_title=is_title))
            else:
                parts.append(match[0])
            done = place = match.end()
        return "".join(parts) + text[done:]

    def numbered(self, match: re.Match[str], index: int, *, is_title: bool) -> str:
        """Write a link by its number: at the end of a title, as the title's."""
        names = re.split("[,，] ?", match["number"])
        targets = [target for name in names if (target := self.target(_number(name), index))]
        if len(targets) < len(names):
            return match[0]
        self.used.update(place for place, _ in targets)
        text, start, end = match.string, match.start(), match.end()
        is_last = is_title and not text[end:].strip(" )）*_.,")
        is_first = is_title and not BULLET.sub("", text[:start], count=1).strip(" #*_")
        links = [
            f"[link {name.lstrip('^')}]({url})" if is_last or is_first else f"[[{name}]]({url})"
            for name, (_, url) in zip(names, targets, strict=True)
        ]
        before = " " if is_last and text[:start].strip() and not text[start - 1].isspace() else ""
        after = " " if is_first and text[end:].strip() and not text[end].isspace() else ""
        return f"{before}{', '.join(links)}{after}"

    def is_title(self, text: str, index: int) -> bool:
        """Return whether a line begins a paragraph or an entry, and is short and no sentence.

        A title may be broken to the width of a mail: its last line ends it.
        """
        above = self.lines[index - 1].text if index else ""
        begins = not above.strip() or BULLET.match(text) or heading(text) or RULE.match(above)
        if not begins and self.is_second(index):
            text, begins = f"{above} {text}", True
        return bool(begins) and titles.may_be_title(_LAST.sub("", text.strip()))

    def is_second(self, index: int) -> bool:
        """Return whether a line is the second and last of a paragraph."""
        around = [self.lines[n].text for n in (index - 2, index + 1) if 0 <= n < len(self.lines)]
        return index > 1 and not any(text.strip() for text in around)

    def labels(self) -> set[int]:
        """Return the lines that stand above definitions, all of which are used."""
        numbers = {n for n, below in self.listed.items() if below and self.used.issuperset(below)}
        return numbers | {n for n, label in self.underlines.items() if label in numbers}


def _number(name: str) -> str:
    return str(int(name)) if name.isdigit() else name


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()
