"""What an inbox shows of a mail before it is opened: its subject, and the line after it."""

from __future__ import annotations

from collections.abc import Callable

from publisher.model import Issue
from publisher.render.titles import excerpt, one_line, short_title, shorten
from publisher.render.url_delimiters import delimit_text
from publisher.text_width import SUBJECT, shown_columns

#: Digits of a day and a minute; a longer number would leave the names no room.
_LONGEST_NUMBER = 12
#: Characters of an automatic preheader.
_PREHEADER = 140
#: Columns a wide inbox shows of the text after the subject.
_SHOWN = 200
#: As wide as a space, and no space that a mail program would take for the end of the text or
#: fold with its neighbours (U+200C ZERO WIDTH NON-JOINER, U+00A0 NO-BREAK SPACE): 5 bytes.
_BLANK = "\u200c\u00a0"
_ELLIPSES = ("…", "...")


def subject(issue: Issue) -> str:
    """Return the Subject of an issue's mail, in at most 60 columns unless its digest gives another.

    That is its number and its title, or `#000: VITA, Gemma Scope, mPLUG-Owl3 +11`: the names of
    its papers, in order, as many as fit. Without words of any language, and ASCII where names
    are, so that a log shows it as an inbox does.
    """
    if issue.subject:
        return delimit_text(issue.subject)
    number = f"#{issue.slug}" if issue.slug.isdigit() else ""
    if len(number) > 1 + _LONGEST_NUMBER:
        number = ""
    start = f"{number}: " if number else ""
    room = SUBJECT - len(start)
    name = (
        shorten(delimit_text(one_line(issue.title)), room) if issue.title else _names(issue, room)
    )
    return start + name if name else number or shorten(issue.slug, SUBJECT)


def _names(issue: Issue, room: int) -> str:
    """Name what an issue is about: whole names first, for no reader is drawn in by half of one."""
    titles: dict[str, str] = {}
    for item in issue.items:
        if name := delimit_text(short_title(item)):
            titles.setdefault(name, delimit_text(one_line(item.title.text)))
    shown: list[str] = []
    for name in titles:
        if name.endswith(_ELLIPSES):
            continue  # "…," would follow
        if shown_columns(_listed([*shown, name], len(titles))) <= room:
            shown.append(name)
    if not titles:
        return ""
    title = titles[shown[0]] if shown else next(iter(titles.values()))
    if shown and (title.isupper() or not "".join(shown).isupper()):
        return _listed(shown, len(titles))
    # Capitals alone say little, and spam shouts like that: the first title is whole.
    for count in range(len(shown), 0, -1):
        listed = _listed([title, *shown[1:count]], len(titles))
        if shown_columns(listed) <= room:
            return listed
    more = _more(len(titles) - 1)
    return shorten(title, room - len(more)) + more


def _listed(shown: list[str], among: int) -> str:
    return ", ".join(shown) + _more(among - len(shown))


def _more(count: int) -> str:
    return f" +{count}" if count else ""


def preheader(issue: Issue) -> str:
    """Return the line that mail programs show after the subject: how the issue begins.

    The digest may give another. What the subject says already is passed over.
    """
    words = issue.preheader or beginning(issue, lambda sentence: _repeats(sentence, issue))
    return delimit_text(words)


def beginning(issue: Issue, known: Callable[[str], bool] | None = None) -> str:
    """Return the first sentences of an issue's text that are not `known`."""
    for blocks in (issue.intro, *(item.body for item in issue.items)):
        text = excerpt(blocks, _PREHEADER, known)
        if text:
            return text
    return ""


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _repeats(sentence: str, issue: Issue) -> bool:
    """Return whether a sentence says no more than the subject, or little more than the title."""
    letters = _letters(sentence)
    if not (issue.subject or issue.title) and shown_columns(letters) > SUBJECT:
        return False  # longer than names can be: most begin so, and it saves 50 µs an issue
    letters, title = letters.casefold(), _letters(issue.title or "").casefold()
    little_more = title in letters and len(letters) < 2 * len(title)
    return little_more or letters in _letters(subject(issue)).casefold()


def padding(preheader: str) -> str:
    """Return blanks to fill up what an inbox shows after the subject.

    Without them it goes on with what stands next in the mail, its date and list of contents.
    At most 1,000 bytes, of 90,000; a preheader of Chinese needs fewer, and none needs none.
    """
    return _BLANK * (_SHOWN - shown_columns(preheader)) if preheader else ""
