r"""LaTeX in running text, as abstracts are pasted with it: accents, symbols, commands, formulas.

Only what is surely LaTeX is taken: prose has backslashes, dollars and tildes of its own.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

#: What an accent adds to a letter, by its command.
_ACCENTS = {
    "'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304",
    ".": "\u0307", "c": "\u0327", "v": "\u030c", "u": "\u0306", "H": "\u030b", "k": "\u0328",
    "r": "\u030a", "d": "\u0323", "b": "\u0331",
}  # fmt: skip
_SYMBOLS = {
    "ss": "ß", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ",
    "aa": "å", "AA": "Å", "i": "ı", "j": "ȷ", "dh": "ð", "DH": "Ð", "th": "þ", "TH": "Þ",
    "ldots": "…", "dots": "…", "textellipsis": "…", "textendash": "–", "textemdash": "—",
    "textquoteleft": "‘", "textquoteright": "’", "textquotedblleft": "“",
    "textquotedblright": "”", "textasciitilde": "~", "textasciicircum": "^",
    "textbackslash": "\\", "textbar": "|", "textless": "<", "textgreater": ">",
    "textunderscore": "_", "textbraceleft": "{", "textbraceright": "}", "textdegree": "°",
    "textpm": "±", "texttimes": "×", "textregistered": "®", "texttrademark": "™",
    "copyright": "©", "pounds": "£", "euro": "€", "LaTeX": "LaTeX", "TeX": "TeX",
    "quad": " ", "qquad": " ", "xspace": "", "noindent": "", "par": " ", "newline": " ",
}  # fmt: skip
#: `\'e`, `\"{o}`, `\^\i`, `\c{c}`, `\v s`: not `\"q`, which is a quotation mark escaped.
_ACCENT = re.compile(
    r"\\(?:(?P<mark>['`^\"~=.])|(?P<name>[cvuHkrdb])(?=[{ \\])[ ]?)"
    r"(?:\{\\?(?P<braced>[A-Za-z])[ ]?\}|\\(?P<dotless>[ij])(?![A-Za-z])(?:\{\})?"
    r"|(?P<letter>[A-Za-z]))"
)
#: What an apostrophe that was escaped begins: `it\'s`, `we\'re`.
_CONTRACTION = re.compile(r"\\'(?:s|t|re|ve|ll|d|m)(?![A-Za-z])")
#: A mark that was escaped and closes what another one opened: `\"a word\"`.
CLOSING = {mark: re.compile(rf"\\{mark}(?![A-Za-z{{\\])") for mark in "\"'`"}
_COMMAND = re.compile(r"\\(?P<name>[A-Za-z]{1,20})(?P<star>\*?)")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_LONGEST_ARGUMENT = 1_000
#: What is nested deeper is no argument: each level is parsed by itself.
_DEEPEST = 6
_OPTIONS = re.compile(r"(?:\[[^\[\]\n]{0,100}\]){0,2}")
#: Commands whose argument is shown, by how.
_STYLES = {
    "textbf": "strong", "mathbf": "strong", "bf": "strong", "emph": "emphasis",
    "textit": "emphasis", "textsl": "emphasis", "em": "emphasis", "it": "emphasis",
    "texttt": "code", "tt": "code", "textsc": "", "textrm": "", "textsf": "", "textnormal": "",
    "textup": "", "textmd": "", "text": "", "mbox": "", "underline": "", "uline": "", "sc": "",
    "textsuperscript": "", "textsubscript": "", "url": "link", "href": "link", "textcolor": "",
}  # fmt: skip
#: Commands whose second argument is shown.
_SECOND = ("href", "textcolor")
#: Commands that lead to what is not there: references and marks.
_DROPPED = re.compile(r"[cC]ite[a-zA-Z]*|[a-zA-Z]{0,6}ref|label|index|vspace|hspace|thanks|color")
_ENVIRONMENT = re.compile(
    r"\\begin\{(?P<name>(?:equation|align|gather|multline|eqnarray|displaymath|math|flalign)\*?)\}"
)
_LONGEST_FORMULA = 2_000
_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}")
_MATHEMATICAL = re.compile(r"\\[A-Za-z]|[\^_=+<>|{}]")
#: What running text has and no formula: a price may stand before it, and a formula behind.
_CITED = re.compile(
    r"\\(?:[cC]ite[a-zA-Z]{0,12}|[a-zA-Z]{0,6}ref)\*?(?:\[[^\[\]\n]{0,100}\]){0,2}\{[^{}\n]{0,200}\}"
)
_FEWEST_WORDS = 2


class Command(NamedTuple):
    """A command in running text."""

    #: Where it ends.
    end: int
    #: `text`, `words`, `strong`, `emphasis`, `code`, `link` or `dropped`; empty where its braces
    #: are not closed.
    kind: str
    #: What is shown, in LaTeX still unless `kind` is `text`.
    words: str
    #: Where a link leads.
    address: str = ""


class Accent(NamedTuple):
    """A letter with an accent."""

    #: Where it begins and ends, with its braces.
    start: int
    end: int
    letter: str
    #: What may be a quotation mark instead; empty where it is none.
    mark: str


def accent(text: str, start: int) -> Accent | None:
    """Return the accented letter that a backslash begins."""
    match = _ACCENT.match(text, start)
    if not match or (match["mark"] == "'" and _is_apostrophe(text, start)):
        return None
    letter = match["braced"] or match["dotless"] or match["letter"]
    accented = unicodedata.normalize("NFC", letter + _ACCENTS[match["mark"] or match["name"]])
    if len(accented) > 1 and not (match["braced"] or match["name"]):
        return None
    mark = "" if match["braced"] else match["mark"] or ""
    end = match.end()
    if text[start - 1 : start] == "{" and text[end : end + 1] == "}":
        return Accent(start - 1, end + 1, accented, "")
    return Accent(start, end, accented, mark)


def _is_apostrophe(text: str, start: int) -> bool:
    return text[start - 1 : start].isalpha() and _CONTRACTION.match(text, start) is not None


def command(text: str, start: int) -> Command | None:
    r"""Return the command that a backslash begins, such as `\textbf{…}`, `\cite{…}` or `\ldots`."""
    match = _COMMAND.match(text, start)
    if not match:
        return None
    name = match["name"]
    if name in _SYMBOLS:
        end = match.end("name")
        return Command(_after_symbol(text, end), "text", _SYMBOLS[name])
    if name not in _STYLES and not _DROPPED.fullmatch(name):
        return None
    options = _OPTIONS.match(text, match.end())
    opening = options.end() if options else match.end()
    if text[opening : opening + 1] != "{":
        return None
    end = _closing(text, opening)
    if not end:
        return Command(opening, "", "")
    kind = _STYLES[name] or "words" if name in _STYLES else "dropped"
    first = words = text[opening + 1 : end - 1]
    if name in _SECOND and text[end : end + 1] == "{" and (last := _closing(text, end)):
        words, end = text[end + 1 : last - 1], last
    return Command(end, kind, words, first.strip() if kind == "link" else "")


#: `{\em words}`, as LaTeX was written once.
_STYLED = re.compile(
    r"\{\\(?P<name>em|bf|it|tt|sl|sc|rm|sf|bfseries|itshape|ttfamily|scshape)(?![A-Za-z])[ ]?"
)
_OLD_STYLES = {
    "bf": "strong", "bfseries": "strong", "em": "emphasis", "it": "emphasis", "sl": "emphasis",
    "itshape": "emphasis", "tt": "code", "ttfamily": "code",
}  # fmt: skip


def styled(text: str, start: int) -> Command | None:
    r"""Return the words that a brace and a style begin, such as `{\em words}`."""
    match = _STYLED.match(text, start)
    if not match:
        return None
    end = _closing(text, start)
    if not end:
        return Command(match.end(), "", "")
    kind = _OLD_STYLES.get(match["name"], "words")
    return Command(end, kind, text[match.end() : end - 1].removesuffix("\\/").strip())


def _closing(text: str, opening: int) -> int:
    """Return the place after the brace that closes the one at `opening`; 0 where none near does."""
    depth = 0
    for brace in _BRACE.finditer(text, opening, opening + _LONGEST_ARGUMENT):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if not depth:
            return brace.end()
        if depth > _DEEPEST:
            break
    return 0


def _after_symbol(text: str, end: int) -> int:
    """Return where a symbol's command ends: with `{}`, or with the space that ends its name."""
    if text.startswith("{}", end):
        return end + 2
    is_in_word = text[end : end + 1] == " " and text[end + 1 : end + 2].isalpha()
    return end + 1 if is_in_word else end


def environment(text: str, start: int) -> tuple[int, str] | None:
    r"""Return where a formula ends that `\begin{equation}` or the like begins, and its source."""
    match = _ENVIRONMENT.match(text, start)
    if not match:
        return None
    closer = f"\\end{{{match['name']}}}"
    end = text.find(closer, match.end(), match.end() + _LONGEST_FORMULA)
    if end < 0:
        return None
    source = " ".join(text[match.end() : end].split())
    if not match["name"].startswith(("equation", "displaymath", "math")):
        source = rf"\begin{{split}}{source}\end{{split}}"
    return end + len(closer), source


def is_formula(source: str) -> bool:
    """Return whether what stands between two dollars is a formula, and not words between prices."""
    if "\\" in source:
        source = _CITED.sub("", source)
    if _MATHEMATICAL.search(source):
        return True
    if source[0].isdigit() and any(map(str.isspace, source)):
        return False
    return len(_WORD.findall(source)) < _FEWEST_WORDS
