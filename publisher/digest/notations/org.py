"""Org mode: `* headings`, `#+KEYWORDS:`, drawers, blocks, `[[url][words]]`, `- term :: text`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from publisher.digest.markdown.line_marks import closed_fences
from publisher.digest.notations.keys import Role, role_of
from publisher.digest.notations.org_marks import marked
from publisher.digest.notations.page import Page
from publisher.digest.notations.values import address_of
from publisher.digest.source_text import Line, Report
from publisher.model import Level

_STARS = re.compile(r"(\*{1,20})[ \t]+(?=\S)")
_KEYWORD = re.compile(r"[ \t]*#\+([A-Za-z_-]{1,40})(?:\[[^\]\n]{0,100}\])?:[ \t]*(.*)$")
_BLOCK = re.compile(r"[ \t]*#\+begin_(\w{1,40})(?:[ \t]+(.*))?$", re.IGNORECASE)
_DRAWER = re.compile(r"[ \t]*:([\w-]{1,40}):[ \t]*$")
_PROPERTY = re.compile(r"[ \t]*:([^\s:]{1,60}):[ \t]*(.*)$")
_PLANNED = re.compile(r"\b(SCHEDULED|DEADLINE|CLOSED):[ \t]*[<\[]([^<>\[\]\n]{1,60})[>\]]")
_LINK = re.compile(r"\[\[[a-z]{2,8}:[^\[\]\n]{1,2000}\]\[[^\n]{1,500}?\]\]")
_WORD = re.compile(
    r"(TODO|DONE|NEXT|WAIT(?:ING)?|HOLD|CANCELL?ED|STARTED|DOING|READ|READING|TOREAD|SOMEDAY|LATER"
    r"|IDEA|KILL|STRT|PROJ)[ \t]+"
)
_PRIORITY = re.compile(r"\[#([A-Z0-9])\][ \t]*")
_TAGS = re.compile(r"[ \t]:([\w@#%:]{1,300}):[ \t]*$")
_STAMP = r"[<\[]([0-9]{4}-[0-9]{2}-[0-9]{2}[^<>\[\]\n]{0,40})[>\]]"
_STAMPED = re.compile(rf"^{_STAMP}[ \t]*(?:[-–][ \t]+)?|[ \t]{{0,9}}{_STAMP}$")
_COOKIE = re.compile(r"\[(\d{0,5}/\d{0,5}|\d{0,3}%)\]")
_TERM = re.compile(r"([ \t]*[-+][ \t]+)(\S.{0,300}?)[ \t]+::(?:[ \t]+|$)")
_RULE = re.compile(r"[ \t]*\|[-+|]+[ \t]*$")
_ALIGNED = re.compile(r"[ \t]*\|(?:[ \t]*(?:<[lcr]?\d{0,3}>)?[ \t]*\|)+[ \t]*$")
_NOTE = re.compile(r"\[fn:([\w-]{1,40})\][ \t]+(\S.*)$")
_ENVIRONMENT = re.compile(r"[ \t]*\\begin\{([a-z]{1,20}\*?)\}")
#: Lines that a formula may have.
_LONGEST = 60
_DASHES = re.compile(r"-{5,}[ \t]*$")
#: What a file says of itself to its readers; of other keywords, what only Org uses.
_SAID = {"date", "author", "filetags", "description", "subtitle", "keywords", "email", "summary"}
_SHOWN = {"caption"}
#: Properties that only programs read.
_NOTED = {"id", "custom_id", "created", "visibility", "category", "roam_aliases"}
_CODE = {"src", "example"}
_QUOTES = {"quote", "verse"}
_UNREAD = {"comment", "export"}
#: What Emacs writes for itself; the text of other drawers is exported.
_LOGS = {"logbook", "clock"}
_SETTINGS = "settings, comments and drawers of Org mode"
_ATX = re.compile(r"#{2,6} ")


def is_notation_of(lines: Sequence[Line], text: str) -> bool:
    """Return whether a file is in Org: it says so, or has what no other notation has.

    A list in Markdown, with entries that begin `* `, is none.
    """
    code = {n for start, end in closed_fences(lines).items() for n in range(start, end + 1)}
    outside = [line.text for n, line in enumerate(lines) if n not in code]
    if any(text[:1] == "#" and _ATX.match(text) for text in outside):
        return False
    if any(text[:2] == "#+" and (_BLOCK.match(text) or _KEYWORD.match(text)) for text in outside):
        return True
    if "][" in text and any("][" in text and _LINK.search(text) for text in outside):
        return True
    stars = [n for n, text in enumerate(outside) if text[:1] == "*" and _STARS.match(text)]
    if stars and ":END:" in text and any(map(_DRAWER.match, outside)):
        return True
    deep = [n for n in stars if outside[n].startswith("**")]
    filled = sum(1 for n in deep if n + 1 < len(outside) and _is_text(outside[n + 1]))
    return 0 < len(deep) < len(stars) and 2 * filled >= len(deep)


def _is_text(text: str) -> bool:
    return bool(text.strip()) and text[0] not in "*- \t"


def rewritten(lines: Sequence[Line], report: Report) -> Sequence[Line]:
    """Write a file in Org as Markdown."""
    return _Reader(lines, report).run()


class _Reader:
    def __init__(self, lines: Sequence[Line], report: Report) -> None:
        self.lines = lines
        self.report = report
        self.page = Page()
        #: The level of a heading with one star.
        self.top = 1
        #: Lines of links that lead into files.
        self.lost: list[int] = []
        #: Those of a subtree that is not exported: how many stars its heading has.
        self.hidden = 0
        #: Where blocks end whose text is as any other.
        self.closing: set[int] = set()
        #: Where blocks and drawers may end, by the words that end them, the last first.
        self.ends: dict[str, list[int]] = {}
        for index in reversed(range(len(lines))):
            words = lines[index].text.strip().lower()
            if words.startswith("#+end_") or words == ":end:":
                self.ends.setdefault(words, []).append(index)

    def run(self) -> Sequence[Line]:
        self.title()
        index = 0
        while index < len(self.lines):
            index = self.take(index)
        if self.lost:
            lines = len(self.lost)
            what = f"{lines} line(s) with links into other files or notes: only the words are kept"
            self.report(self.lost[0], 1, Level.info, "lost-link", what)
        self.page.tell(self.report)
        return self.page.lines

    def title(self) -> None:
        """Write the file's title first: in Org it may stand below other keywords."""
        titles = [
            (line.number, match[2].strip())
            for line in self.lines
            if line.text[:2] == "#+"
            and (match := _KEYWORD.match(line.text))
            and match[1].lower() == "title"
        ]
        if words := " ".join(title for _, title in titles).strip():
            self.page.heading(titles[0][0], 1, self.text(titles[0][0], words))
            self.top = 2

    def text(self, number: int, text: str) -> str:
        shown, lost = marked(text)
        if lost:
            self.lost.append(number)
        return shown

    def take(self, index: int) -> int:
        """Take the line at `index`; return the index of the next."""
        number, text, column = self.lines[index]
        stars = _STARS.match(text) if text[:1] == "*" else None
        if self.hidden and not (stars and len(stars[1]) <= self.hidden):
            self.page.leave_out("subtrees that Org does not export", [number])
            return index + 1
        if index in self.closing:
            self.page.part()
            return index + 1
        taker = _TAKERS.get(text.lstrip()[:1])
        after = taker(self, index) if taker else None
        if after is None:
            self.page.add(number, self.text(number, text), column)
        return after or index + 1

    def entry(self, index: int) -> int | None:
        """Take a rule, or an entry that is a term and its text."""
        number, text, _ = self.lines[index]
        if _DASHES.match(text):
            self.page.block(number, "---")
            return index + 1
        term = _TERM.match(text)
        if not term:
            return None
        self.page.add(number, self.text(number, f"{term[1]}**{term[2]}**: {text[term.end() :]}"))
        return index + 1

    def note(self, index: int) -> int | None:
        number, text, _ = self.lines[index]
        note = _NOTE.match(text)
        if not note:
            return None
        self.page.block(number, f"[^{note[1]}]: {self.text(number, note[2])}")
        return index + 1

    def planned(self, index: int) -> int | None:
        number, text, _ = self.lines[index]
        if _PLANNED.sub("", text).strip():
            return None
        for planned in _PLANNED.finditer(text):
            self.page.field(number, planned[1].capitalize(), planned[2])
        self.page.part()
        return index + 1

    def environment(self, index: int) -> int | None:
        """Take a formula on lines of its own as it is."""
        begin = _ENVIRONMENT.match(self.lines[index].text)
        if not begin:
            return None
        for end in range(index, min(index + _LONGEST, len(self.lines))):
            if f"\\end{{{begin[1]}}}" in self.lines[end].text:
                self.page.lines += self.lines[index : end + 1]
                return end + 1
        return None

    # --- Headings -------------------------------------------------------------------------

    def heading(self, index: int) -> int | None:
        line = self.lines[index]
        stars = _STARS.match(line.text)
        if not stars:
            return None
        self.hidden = 0
        words = line.text[stars.end() :].strip()
        fields: list[tuple[str, str]] = []
        if tags := _TAGS.search(words):
            words = words[: tags.start()].rstrip()
            fields.append(("Tags", ", ".join(tags[1].split(":"))))
        if state := _WORD.match(words):
            words = words[state.end() :]
            fields.append(("Status", state[1]))
        if priority := _PRIORITY.match(words):
            words = words[priority.end() :]
            fields.append(("Priority", priority[1]))
        if (stamp := _STAMPED.search(words)) and stamp.span() != (0, len(words)):
            words = words[: stamp.start()] + words[stamp.end() :]
            fields.append(("Date", stamp[1] or stamp[2]))
        if cookie := _COOKIE.search(words):
            words = (words[: cookie.start()] + words[cookie.end() :]).strip() or words
            fields.append(("Progress", cookie[1]))
        if words.startswith("COMMENT ") or (tags and "noexport" in tags[1].split(":")):
            self.hidden = len(stars[1])
            self.page.leave_out("subtrees that Org does not export", [line.number])
            return index + 1
        level = self.top + len(stars[1]) - 1
        self.page.heading(line.number, level, self.text(line.number, words))
        for label, value in fields:
            self.page.field(line.number, label, value)
        self.page.part()
        return index + 1

    # --- Keywords and blocks --------------------------------------------------------------

    def keyword(self, index: int) -> int | None:
        """Take a keyword, a block or a comment; return the index after it."""
        number, text, _ = self.lines[index]
        if block := _BLOCK.match(text):
            return self.block(index, block[1].lower(), (block[2] or "").strip())
        key = _KEYWORD.match(text)
        if not key:
            bare = text.strip()
            if bare != "#" and not bare.startswith(("# ", "#+")):
                return None  # a tag: `#agents`
            self.page.leave_out(_SETTINGS, [number])
            return index + 1
        name, value = key[1].lower(), key[2].strip()
        if name in _SAID and value:
            value = ", ".join(filter(None, value.split(":"))) if name == "filetags" else value
            label = "Tags" if name == "filetags" else name.capitalize()
            self.page.field(number, label, self.text(number, value))
        elif name in _SHOWN:
            self.page.block(number, self.text(number, value))
        elif name == "include":
            what = f"the file that is included here is not read: {value[:80]}"
            self.report(number, 1, Level.warning, "include", what)
        elif name != "title":
            self.page.leave_out(_SETTINGS, [number])
        return index + 1

    def end(self, index: int, words: str) -> int | None:
        """Return where a block or drawer ends that `index` begins; None where it does not."""
        ends = self.ends.get(words, [])
        while ends and ends[-1] <= index:
            del ends[-1]
        return ends[-1] if ends else None

    def block(self, index: int, kind: str, arguments: str) -> int:
        first = self.lines[index]
        end = self.end(index, f"#+end_{kind}")
        if end is None:
            what = f"no #+end_{kind} closes this block; it is read as if it were not there"
            self.report(first.number, 1, Level.warning, "open-block", what)
            self.page.part()
            return index + 1
        self.page.part()
        if kind not in (*_CODE, *_UNREAD, *_QUOTES):
            self.closing.add(end)
            return index + 1
        inside = self.lines[index + 1 : end]
        if kind in _CODE:
            self.page.fenced(
                first.number, arguments.partition(" ")[0] if kind == "src" else "", inside
            )
        elif kind in _UNREAD:
            self.page.leave_out(_SETTINGS, range(first.number, self.lines[end].number + 1))
        else:
            for line in inside:
                ends = line is inside[-1] or not line.text.strip()
                hard = "\\" if kind == "verse" and not ends else ""
                self.page.add(line.number, f"> {self.text(line.number, line.text.strip())}{hard}")
        self.page.part()
        return end + 1

    def drawer(self, index: int) -> int | None:
        """Take a drawer: its properties are fields, except those that only Org uses."""
        first = self.lines[index]
        fixed = first.text.strip()
        if fixed == ":" or fixed.startswith(": "):
            return self.fixed(index)
        drawer = _DRAWER.match(first.text)
        end = self.end(index, ":end:") if drawer else None
        if not drawer or end is None:
            return None
        for n in range(index + 1, end):
            if _DRAWER.match(self.lines[n].text) or _STARS.match(self.lines[n].text):
                return None
        inside = self.lines[index + 1 : end]
        if drawer[1].lower() in _LOGS:
            self.page.leave_out(_SETTINGS, range(first.number, self.lines[end].number + 1))
            return end + 1
        self.page.part()
        if drawer[1].lower() != "properties":
            self.closing.add(end)
            return index + 1
        self.properties(inside)
        return end + 1

    def properties(self, inside: Sequence[Line]) -> None:
        seen: set[str] = set()
        for line in inside:
            match = _PROPERTY.match(line.text)
            value = match[2].strip() if match else ""
            url = address_of(match[1], value) if match else ""
            if not match:
                self.page.add(line.number, self.text(line.number, line.text))
            elif not value:
                self.page.leave_out(_SETTINGS, [line.number])
            elif url not in seen:
                self.property(line.number, match[1], url or value)
            seen |= {url} - {""}
        self.page.part()

    def property(self, number: int, key: str, value: str) -> None:
        role, label = role_of(key)
        if address_of(key, value):
            self.page.field(number, "Link" if role is Role.identity else label, value)
        elif key.lower() in _NOTED:
            self.page.leave_out(_SETTINGS, [number])
        elif key.lower() == "roam_refs":
            self.page.field(number, "Link", value)
        else:
            label = "Title" if role is Role.title else label
            label = label.capitalize() if label.isupper() and len(label) > len("DOIX") else label
            self.page.field(number, label.replace("_", " "), self.text(number, value))

    def fixed(self, index: int) -> int:
        """Take lines that begin with a colon and a space: they are shown to the letter."""
        end = index
        inside = []
        while end < len(self.lines) and (text := self.lines[end].text.strip())[:2] in (":", ": "):
            inside.append(Line(self.lines[end].number, text[2:]))
            end += 1
        self.page.fenced(self.lines[index].number, "", inside)
        return end

    # --- Tables ---------------------------------------------------------------------------

    def table(self, index: int) -> int:
        """Take a table; without a line below its first row its columns have no names."""
        end = index
        while end < len(self.lines) and self.lines[end].text.lstrip()[:1] == "|":
            end += 1
        rows = [
            line
            for line in self.lines[index:end]
            if _RULE.match(line.text) or not _ALIGNED.match(line.text)
        ]
        while rows and _RULE.match(rows[0].text):
            del rows[0]
        named = len(rows) > 1 and _RULE.match(rows[1].text)
        self.page.part()
        for place, row in enumerate(rows):
            if _RULE.match(row.text):
                continue
            shown = self.text(row.number, row.text.strip())
            shown = shown if shown.endswith("|") else f"{shown} |"
            if place == 0:
                columns = shown.count("|") - 1
                names = shown if named else "| " * columns + "|"
                self.page.add(row.number, names)
                self.page.add(row.number, "|" + "---|" * columns)
                if named:
                    continue
            self.page.add(row.number, shown)
        self.page.part()
        return end


#: What takes a line, by the first character that is not blank.
_TAKERS: dict[str, Callable[[_Reader, int], int | None]] = {
    "*": _Reader.heading,
    "#": _Reader.keyword,
    ":": _Reader.drawer,
    "|": _Reader.table,
    "-": _Reader.entry,
    "+": _Reader.entry,
    "[": _Reader.note,
    "\\": _Reader.environment,
    "S": _Reader.planned,
    "D": _Reader.planned,
    "C": _Reader.planned,
}
