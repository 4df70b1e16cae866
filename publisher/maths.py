"""Mathematics in LaTeX: as MathML for pages, and as a line of Unicode for mail and titles."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from xml.etree import ElementTree as ET

#: Braces nested deeper than in any formula that somebody writes: the converter is recursive.
_DEEPEST = 20
#: Formulas that are kept converted: an issue repeats its own.
_KEPT = 4096
#: What the converter does not know, or gets wrong, as what it knows.
_SPELLINGS = (
    (re.compile(r"\\operatorname\*"), r"\\operatorname"),
    (re.compile(r"\\arg ?(max|min)(?![A-Za-z])"), r"\\operatorname{arg\1}"),
    (re.compile(r"\\arg(?![A-Za-z])"), r"\\operatorname{arg}"),
    (re.compile(r"\\(?:bm|boldsymbol|mathbold)(?![A-Za-z])"), r"\\mathbf"),
    (re.compile(r"\\mathscr(?![A-Za-z])"), r"\\mathcal"),
    (re.compile(r"\\(?:textrm|textnormal|mbox|hbox)(?![A-Za-z])"), r"\\text"),
    (re.compile(r"\\(?:label|eqref|ref|cite[a-z]*)[ ]?\{[^{}]{0,200}\}"), ""),
    (
        re.compile(
            r"\\(begin|end)\{(?:aligned|align\*?|gather(?:ed|\*)?|eqnarray\*?|multline\*?)\}"
        ),
        r"\\\1{split}",
    ),
    (re.compile(r"\\(?:nonumber|notag|displaystyle|textstyle|limits|xspace)(?![A-Za-z])"), ""),
)
_SUPERSCRIPTS = dict(
    zip(
        "0123456789+-−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWαβγδεθφ∗*′⊤",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵅᵝᵞᵟᵋᶿᵠ**′ᵀ",
        strict=True,
    )
)
_SUBSCRIPTS = dict(
    zip(
        "0123456789+-−=()aehijklmnoprstuvxβγρφχ",
        "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ",
        strict=True,
    )
)
_ELEMENTS = frozenset({
    "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "msup", "msub", "msubsup", "mfrac",
    "msqrt", "mroot", "mover", "munder", "munderover", "mtable", "mtr", "mtd", "mstyle",
    "mpadded", "mphantom",
})  # fmt: skip
_ATTRIBUTES = frozenset({
    "accent", "accentunder", "columnalign", "columnspacing", "displaystyle", "fence", "form",
    "largeop", "linethickness", "lspace", "mathvariant", "maxsize", "minsize", "movablelimits",
    "rowspacing", "rspace", "scriptlevel", "separator", "stretchy", "symmetric", "width",
})  # fmt: skip
#: Accents, by the operator that MathML has for them.
_ACCENTS = {
    "^": "\u0302", "~": "\u0303", "¯": "\u0304", "‾": "\u0304", "_": "\u0304", "˙": "\u0307",
    "¨": "\u0308", "→": "\u20d7", "ˇ": "\u030c", "˘": "\u0306", "´": "\u0301", "`": "\u0300",
    "ˆ": "\u0302", "˜": "\u0303", "―": "\u0304",
}  # fmt: skip
#: Operators with a space on either side.
_RELATIONS = frozenset("=<>≤≥≪≫≈≠≡∼≃≅∝∈∉⊂⊆⊃⊇→←↔⇒⇐⇔↦⟶⟹⟺:≔∣")
_STYLED = re.compile("[\U0001d400-\U0001d7ff]+")
#: What is followed by what it is of.
_LARGE = frozenset("∑∏∐∫∬∮⋃⋂⨁⨂")
_ATOM = re.compile(r"[^\W_]+(?:\.[0-9]+)?|.")


@lru_cache(_KEPT)
def mathml(source: str, *, is_display: bool = False) -> str | None:
    """Return LaTeX, without its delimiters, as a `math` element; None if it is not understood.

    Its `alttext` is what `words` returns. It holds no other elements and attributes than those
    named here: LaTeX can name addresses and styles.
    """
    element = _element(source)
    if element is None:
        return None
    element.set("alttext", words(source) or "")
    if is_display:
        element.set("display", "block")
    return ET.tostring(element, encoding="unicode")


@lru_cache(_KEPT)
def words(source: str) -> str | None:
    """Return LaTeX, without its delimiters, as a line of Unicode; None if it is not understood."""
    element = _element(source)
    if element is None:
        return None
    # Bold and script letters beyond the first plane are in few fonts of mail programs.
    line = _STYLED.sub(lambda match: unicodedata.normalize("NFKC", match[0]), _line(element))
    return unicodedata.normalize("NFC", " ".join(line.split()).replace("^∘", "°"))


def _element(source: str) -> ET.Element | None:
    depth = deepest = 0
    for mark in re.findall(r"(?<!\\)[{}]", source):
        depth += 1 if mark == "{" else -1
        deepest = max(deepest, depth)
    if depth or deepest > _DEEPEST:
        return None
    from latex2mathml.converter import convert  # noqa: PLC0415  (30 ms; few digests have any)

    for pattern, spelling in _SPELLINGS:
        source = pattern.sub(spelling, source)
    try:
        element = ET.fromstring(convert(source.strip(), xmlns=""))  # noqa: S314  (declares nothing)
    except Exception:  # noqa: BLE001  (of some twenty kinds, IndexError among them)
        return None
    for node in element.iter():
        if node.tag not in _ELEMENTS or "\\" in (node.text or ""):
            return None  # what it does not know comes out as it is, with the backslash
        for name in node.attrib.keys() - _ATTRIBUTES:
            del node.attrib[name]
    return element


def _line(node: ET.Element) -> str:
    tag = node.tag
    if tag in ("mi", "mn", "mo", "mtext"):
        return _token(tag, node.text or "")
    if tag == "mspace":
        return " "
    parts = [_line(child) for child in node]
    write = _WRITERS.get(tag)
    return write(parts) if write else _row(node, parts)


def _token(tag: str, text: str) -> str:
    if tag == "mo" and text in _RELATIONS:
        return f" {text} "
    if (tag != "mtext" and len(text) > 1 and text.isalpha()) or text in ("⋅", "·"):  # log, sin …
        return f" {text} "
    return text


def _row(node: ET.Element, parts: Sequence[str]) -> str:
    if node.tag == "mtr":
        # Columns of equations that are set below each other are one equation.
        sides = {cell.get("columnalign") for cell in node}
        joint = " " if sides == {"right", "left"} else ", "
        return joint.join(part.strip() for part in parts).strip()
    if node.tag == "mtable":
        return "; ".join(parts)
    line = "".join(parts)
    # A function stands right before its bracket, and a bracket right before what it holds.
    return re.sub(r"(?<=[(\[{|‖]) (?=\S)| (?=[(\[⟨)\]}])(?<=\w )", "", line)


def _is_atom(text: str) -> bool:
    return _ATOM.fullmatch(text) is not None


def _grouped(text: str) -> str:
    text = text.strip()
    return text if _is_atom(text) else f"({text})"


def _script(text: str, mark: str, raised: dict[str, str]) -> str:
    text = re.sub(r" ?([-+=−∗*]) ?", r"\1", text.strip())
    if text and all(character in raised for character in text):
        return "".join(raised[character] for character in text)
    return f"{mark}{text if _is_atom(text) else f'({text})'}" if text else ""


def _with_scripts(base: str, below: str, above: str) -> str:
    bare = base.strip()
    scripts = _script(below, "_", _SUBSCRIPTS) + _script(above, "^", _SUPERSCRIPTS)
    # `max` and the like, which have a space on either side, and sums.
    is_apart = bare in _LARGE or (len(bare) > 1 and base.endswith(" "))
    return f"{base.rstrip() or base}{scripts}{' ' if is_apart else ''}"


def _over(base: str, mark: str) -> str:
    base, mark = base.strip(), mark.strip()
    accent = _ACCENTS.get(mark)
    if accent and len(base) == 1:
        return base + accent
    return _with_scripts(base, "", mark) if accent is None else f"{_grouped(base)}{mark}"


_WRITERS: dict[str, Callable[[list[str]], str]] = {
    "msup": lambda parts: _with_scripts(parts[0], "", parts[1]),
    "msub": lambda parts: _with_scripts(parts[0], parts[1], ""),
    "munder": lambda parts: _with_scripts(parts[0], parts[1], "") + " ",
    "msubsup": lambda parts: _with_scripts(*parts[:3]),
    "munderover": lambda parts: _with_scripts(*parts[:3]) + " ",
    "mover": lambda parts: _over(parts[0], parts[1]),
    "mfrac": lambda parts: f"{_grouped(parts[0])}/{_grouped(parts[1])}",
    "msqrt": lambda parts: f"√{_grouped(''.join(parts))}",
    "mroot": lambda parts: f"{_script(parts[1], '', _SUPERSCRIPTS)}√{_grouped(parts[0])}",
    "mphantom": lambda _: "",
}
