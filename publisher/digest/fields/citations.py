"""Citations, as several fields write them: whose titles they are of, and by whom."""

from __future__ import annotations

import re
from typing import NamedTuple

from publisher.digest.fields import item_numbers

#: As engineers cite: A. Byron and B. Mou, "Title," in …
_CITED = re.compile(
    r"(?P<authors>[A-Z][^\"“\n\[\]]{4,200}?)[,.]?[ ]?"
    r"[\"“](?:\*\*)?(?P<title>[^\"”\n]{5,250}?)(?:\*\*)?[,.]?[\"”],?[.]?[ ]?"
)
#: As physicians cite: Byron A, Mou B. Title. Journal. 2026 …
_LISTED = re.compile(
    r"(?P<authors>(?:[A-Z][\w'’-]{1,30}[ ][A-Z]{1,3},[ ]){0,30}"
    r"[A-Z][\w'’-]{1,30}[ ][A-Z]{1,3})\.[ ]"
    r"(?P<title>\[?[A-Z][^.?!]{8,250}\]?[.?!])[ ]"
)
#: As psychologists and computer scientists cite: Byron, A., & Mou, B. (2026). *Title*. Journal …
_YEARED = re.compile(
    r"(?P<authors>[A-Z][^\n\[\]()]{3,300}?)[.]?[ ]\(?(?P<year>(?:19|20)[0-9]{2})[a-z]?\)?\.[ ]"
    r"(?P<mark>[*_]{0,2})(?P<title>[^*_\n]{8,250}?)(?:(?P=mark)(?<=[*_])|[.?!](?=[ ]|$))[.,]?[ ]?"
)
_INITIALS = re.compile(r"([A-Z][\w'’-]+), ((?:[A-Z]\.[ -]?)+)(?<! )")
_NAMED_BY = re.compile(r"\bet al\b|\b[A-Z]\.|,? and [A-Z]|^[A-Z]\w+ [A-Z]{1,3}[,.]")
#: `**Name**: "Title", …`, with or without the name.
_QUOTED = re.compile(
    r"(?:(?P<stress>\*\*|__)(?P<name>[^*_\n]{1,40})(?P=stress)[:：]?[ \t]*)?"
    r"[\"“](?P<title>[^\"”\n]{10,250})[\"”][,.]?"
)


class Citation(NamedTuple):
    """What a citation says of a paper, and where its title ends on the line."""

    title: str
    authors: str
    date: str
    end: int


def read(text: str) -> Citation | None:
    """Return the citation that a line begins with: a title in quotes, or one behind its authors."""
    authors = date = ""
    match = _QUOTED.match(text)
    if not match:
        match = _LISTED.match(text) or _CITED.match(text) or _YEARED.match(text)
        if not match or not _NAMED_BY.search(match["authors"] + "."):
            return None
        authors = _with_initials_first(match["authors"])
        date = match.groupdict().get("year") or ""
    name = (match.groupdict().get("name") or "").strip(" :：")
    title = match["title"].rstrip(",. ")
    title = f"{name}: {title}" if name and name not in title else title
    return Citation(title, authors, date, match.end())


def is_cited(text: str) -> bool:
    """Return whether a line begins a citation and does not reach the end of its title."""
    text = item_numbers.unnumbered(text)
    begins = re.match(r"(?:[A-Z][\w'’-]{1,30}[ ][A-Z]{1,3}(?:,[ ]|\.[ ])){1,30}", text)
    return bool(begins) and not _LISTED.match(f"{text} ")


def _with_initials_first(authors: str) -> str:
    """Return names with initials before surnames, where all have them behind: `Byron, A.`."""
    if not _INITIALS.match(f"{authors}."):
        return authors
    end = "." if re.search(r"[.,] ?[A-Z]$", authors) else ""
    return _INITIALS.sub(r"\2 \1", authors + end).replace(", & ", ", ")
