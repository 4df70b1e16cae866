r"""What LaTeX has marks for in running text: `\'e`, `\emph{…}`, `$…$`, `Sec.~3`, `25{,}605`."""

from __future__ import annotations

import html
import re
import sys
from abc import ABC, abstractmethod

from publisher import maths
from publisher.digest.markdown import emphasis, latex
from publisher.digest.markdown.autolink import safe_url
from publisher.digest.markdown.latex import Accent, Command
from publisher.model import Code, Emphasis, Inline, Math, Strong, Text

#: Between words: `3~5` and `A~Z` are ranges.
_TIED = re.compile(r"(?:[A-Za-z\u00c0-\u024f]{3}|[a-z]['’]s)~[A-Za-z0-9\u00c0-\u024f]")
#: What Markdown escapes by a backslash.
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
MATH = re.compile(r"(\$\$?)([^\s$](?:[^$\n]{0,300}?[^\s$\\])?)\1(?![0-9$])")
#: `$\sim$5`, `$<$10`: after a sign, or a command and no number before it, a digit is no price.
_BEFORE_NUMBER = re.compile(
    r"(\$)([-+=<>±≈≤≥×]{1,2}|(?!\s)[^$\d\\\n]{0,20}\\[A-Za-z][^$\n]{0,100}?)\1(?=[0-9])"
)
#: `\(…\)` and `\[…\]` are LaTeX's when there is LaTeX in them, else brackets escaped.
_LATEX_CLOSERS = {"(": re.compile(r"\\\)"), "[": re.compile(r"\\\]")}
_LATEX_MATH = re.compile(r"\\[A-Za-z]|[=^]|(?<!\\)_")
_DOLLARS = re.compile(r"\$\$")
_LONGEST_MATH = 1000
#: Commands whose braces nothing closes that are looked at in one text.
_MOST_ENDLESS = 50
_DASHES = {2: "–", 3: "—"}
#: LaTeX's spaces; Markdown has no use for these escapes.
_THIN_SPACES = (",", ";", ":")
_NARROW = "\u202f"


class LatexMarks(ABC):
    """Takes them; each taker gives the position after what it took, or None."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.nodes: list[Inline | emphasis.Run] = []
        self.done = 0  # the text before this position is in the nodes
        self.known: dict[re.Pattern[str], tuple[int, int]] = {}
        self.endless_commands = 0  # whose braces nothing closes

    def add(self, start: int, end: int, node: Inline | emphasis.Run | None = None) -> int:
        """Append the text before `start` and a node that stands for `start` to `end`."""
        if start > self.done:
            self.nodes.append(Text(self.text[self.done : start]))
        if node is not None:
            self.nodes.append(node)
        self.done = end
        return end

    def ahead(self, pattern: re.Pattern[str], position: int) -> tuple[int, int]:
        """Return where a pattern is first at or after a position, looked for once."""
        known = self.known.get(pattern)
        if known is None or known[0] < position:
            match = pattern.search(self.text, position)
            known = self.known[pattern] = match.span() if match else (sys.maxsize, sys.maxsize)
        return known

    @abstractmethod
    def link(self, start: int, end: int, url: str, children: tuple[Inline, ...]) -> int:
        """Append a link."""

    @abstractmethod
    def parsed(self, start: int, words: str, *, links: bool) -> tuple[Inline, ...]:
        """Parse a part of the text."""

    @property
    @abstractmethod
    def has_links(self) -> bool:
        """Return whether addresses are links here."""

    def latex(self, start: int) -> int | None:
        """Take what LaTeX has a backslash for, but for escapes that Markdown has, too."""
        text, following = self.text, self.text[start + 1 : start + 2]
        closer = _LATEX_CLOSERS.get(following)
        if closer and (end := self.formula(start, closer)):
            return end
        accent = latex.accent(text, start)
        if accent and not self.is_quotation(accent):
            return self.add(accent.start, accent.end, Text(accent.letter))
        if following in _THIN_SPACES:
            return self.add(start, start + 2, Text(_NARROW))
        if formula := latex.environment(text, start):
            end, source = formula
            return self.add(start, end, _math(source, text[start:end], is_display=True))
        command = self.command_at(start)
        return self.command(start, command) if command else None

    def is_quotation(self, accent: Accent) -> bool:
        r"""Return whether marks that were escaped stand around words: `\"a word\"`."""
        closing = latex.CLOSING.get(accent.mark)
        return closing is not None and self.ahead(closing, accent.end)[0] < sys.maxsize

    def command_at(self, start: int) -> Command | None:
        """Return LaTeX's command at a place; none any more where many have no end."""
        if self.endless_commands > _MOST_ENDLESS:
            return None
        command = latex.command(self.text, start)
        if command is not None and not command.kind:
            self.endless_commands += 1
            return None
        return command

    def command(self, start: int, command: Command) -> int:
        """Append what a command of LaTeX shows; what leads nowhere goes with the space before."""
        if command.kind == "dropped":
            while start > self.done and self.text[start - 1] in " ~\xa0":
                start -= 1
            return self.add(start, command.end)
        if command.kind == "text":
            end = command.end
            if (
                start > self.done
                and self.text[start - 1] == "{"
                and self.text[end : end + 1] == "}"
            ):
                start, end = start - 1, end + 1  # `stra{\ss}e`
            return self.add(start, end, Text(command.words))
        if command.kind == "code":
            return self.add(start, command.end, Code(ESCAPED.sub(r"\1", command.words)))
        if command.address and (url := safe_url(command.address)):
            is_named = command.words.strip() not in ("", command.address)
            words = command.words if is_named else ""
            shown = self.parsed(start, words, links=False) or (Text(command.address),)
            return self.link(start, command.end, url, shown)
        inside = self.parsed(start, command.words, links=self.has_links)
        if command.kind in ("words", "link"):
            self.add(start, command.end)
            self.nodes += inside
            return command.end
        node = Strong(inside) if command.kind == "strong" else Emphasis(inside)
        return self.add(start, command.end, node)

    def math(self, start: int, _: int) -> int | None:
        """Take a formula before Markdown sees its marks; a dollar that is money is text."""
        if self.text.startswith("$$", start) and (end := self.formula(start, _DOLLARS)):
            return end
        match = MATH.match(self.text, start)
        number = None if match else _BEFORE_NUMBER.match(self.text, start)
        match = match or number
        if not match or not (number or latex.is_formula(match[2])):
            return match.end(1) if match else None
        node = _math(match[2], match[0], is_display=len(match[1]) > 1)
        return self.add(start, match.end(), node)

    def formula(self, start: int, closer: re.Pattern[str]) -> int | None:
        """Take a formula up to its closer, over several lines too."""
        inside = start + 2
        last, end = self.ahead(closer, inside)
        if end > start + _LONGEST_MATH or self.ahead(_LATEX_MATH, inside)[1] > last:
            return None
        source, typed = self.text[inside:last], self.text[start:end]
        node = _math(source, typed, is_display=closer is not _LATEX_CLOSERS["("])
        return self.add(start, end, node)

    def tie(self, start: int, end: int) -> int | None:
        """Take LaTeX's space that no line ends at, as in `Sec.~3`."""
        before, after = self.text[start - 1 : start], self.text[end : end + 1]
        command = self.command_at(end) if after == "\\" else None
        if command and command.kind == "dropped":
            return None
        is_tied = (before == "." and after.isalnum()) or (before.isalnum() and after in ("\\", "$"))
        if is_tied or _TIED.match(self.text, max(start - 3, 0)):
            return self.add(start, end, Text("\xa0"))
        return None

    def dash(self, start: int, end: int) -> int:
        """Take LaTeX's dashes: between words, and the long one between spaces, too."""
        while self.text[end : end + 1] == "-":
            end += 1
        before, after = self.text[start - 1 : start], self.text[end : end + 1]
        shown = _DASHES.get(end - start, "")
        is_apart = before == " " == after and shown == _DASHES[3]
        if not shown or not (is_apart or (before.isalnum() and after.isalnum())):
            return end
        return self.add(start, end, Text(shown))

    def brace(self, start: int, end: int) -> int | None:
        r"""Take the comma of `25{,}605`, and words with a style inside: `{\em words}`."""
        if self.text[end - 1] == "}":
            return self.add(start, end, Text(","))
        if self.endless_commands > _MOST_ENDLESS:
            return None
        styled = latex.styled(self.text, start)
        if styled is None or not styled.kind:
            self.endless_commands += styled is not None
            return None
        return self.command(start, styled)


def _math(source: str, typed: str, *, is_display: bool) -> Math:
    source = html.unescape(source)
    words = maths.words(source) or " ".join(typed.split())
    return Math(source.strip(), words, is_display)
