"""Numbers of titles: `1.`, `（一）`, `【1】`, `①`, `No. 1`, `第1篇`, `#1`."""

from __future__ import annotations

import re

_NUMERAL = r"(?:[0-9]{1,3}|[一二三四五六七八九十]{1,3})"
_SPACE = r"[ \t\u3000]"
#: A number at the start of a line or title.
NUMBER = re.compile(
    r"(?:[0-9]{1,3}\\[.)][ \t]+|[0-9]{1,2}/(?:[0-9]{1,2})?[ \t]+"
    rf"|[0-9]{{1,3}}(?:[.)．）](?:{_SPACE}+"
    r"|(?=[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3《「“]|[A-Z][a-z]))"
    r"|、[ \t]*|\ufe0f?\u20e3[ \t]*|[:：|｜][ \t]+)"
    rf"|[\[(（【][ ]?(?:[A-Z]|(?:No\.?|Paper|论文|論文)[ ]?|第)?{_NUMERAL}[篇条]?[ ]?"
    rf"[\])）】]{_SPACE}*(?![(（])"
    rf"|[一二三四五六七八九十]{{1,3}}[、.．]{_SPACE}*"
    rf"|[\u2460-\u2487\u2776-\u277f\u3220-\u3229]{_SPACE}*"
    rf"|(?:No\.?|Paper|Item|论文|論文)[ ]?{_NUMERAL}[ ]?[.:：、)）|]{_SPACE}*"
    rf"|第{_NUMERAL}[篇条个][ ]?[.:：、)）|]{_SPACE}*"
    r"|[0-9]{1,3}[ \t]+(?=\[)|[0-9]{1,3},[ ]+(?=title:)"
    r"|[🥇🥈🥉🏅][ \t]*"
    r"|#[0-9]{1,3}(?:[.:：、)）][ \t]*|[ \t]+))(?=.)",
    re.IGNORECASE,
)
#: `3.1 ` of a chapter's section, where several have one.
DECIMAL = re.compile(r"[0-9]{1,2}(?:\.[0-9]{1,2}){1,3}[.、]?[ \t\u3000]+(?=\D)")
#: An emoji or another symbol before a number.
_SYMBOLS = re.compile(r"[^\w\s\[\](){}（）【】《》「」“”\"'<>$`*#@&+~.,:;!?|/\\-]{1,4}[ \t]*")
_COUNTED = re.compile(
    r".{0,30}\b(?:paper|item|no\.?|article|entry|section|session|day|week|talk)[ ]?#?[0-9]{1,3}\W*"
    r"(?:[0-9.v/-]+\W*)?",
    re.IGNORECASE,
)


def unnumbered(title: str) -> str:
    """Return a title without its number, which the item has anyway."""
    number = NUMBER.match(title)
    if not number and (symbols := _SYMBOLS.match(title)):
        number = NUMBER.match(title, symbols.end())
    return title[number.end() :] if number else title


def letters_of(title: str) -> str:
    """Return the letters and digits of a title without its number, in lower case."""
    return "".join(filter(str.isalnum, unnumbered(title))).casefold()


def is_counted(words: str) -> bool:
    """Return whether a heading only counts: `Model A Paper 1:`."""
    return _COUNTED.fullmatch(words) is not None
