"""Marks beside titles and texts that are part of neither: hashtags, stars, numbers, brackets."""

from __future__ import annotations

import re
from collections.abc import Sequence

from publisher.digest.fields.draft_item import DraftItem
from publisher.digest.fields.item_numbers import DECIMAL
from publisher.digest.markdown.line_marks import closed_fences

_TAGGED = re.compile(r"[\[【](?P<tag>[^\[\]【】!][^\[\]【】]{0,23})[\]】][ \t]*(?P<rest>\S.*)")
_RATING = re.compile(r"[0-9]{1,2}\.[0-9]{1,2}")
_EMOJI = re.compile(
    r"(?:[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff]\ufe0f?[ \t]*){1,3}(?=\S)"
)
#: `A.`, `II.` and `01 —`: a title may begin so, unless all have one and they count.
_ORDINAL = re.compile(
    r"(?:(?P<ordinal>[A-Z]|[IVX]{1,5})[.)][ \t]+"
    r"|0?(?P<number>[0-9]{1,3})(?:[ \t]+[|—–-][ \t]+|[ \t]*｜[ \t]*))(?=\S)"
)
#: Several before another title are a score already.
_STARS = re.compile(r"(?:[⭐★🌟]\ufe0f?){1,10}[ ]*")
_HASHTAGS = re.compile(r"[ \t]*(?:[#＃][^\W\d][\w/-]{0,40}[ \t]*){1,20}")
_LETTERS = list("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_ROMAN = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"]


def take_tags(drafts: Sequence[DraftItem]) -> None:
    """Take lines of hashtags, and what all titles begin with: a number, an emoji, a tag."""
    for draft in drafts:
        _take_hashtags(draft)
    if len(drafts) > 1:
        _take_stars(drafts)
        _take_numbers(drafts)
        _take_bracketed(drafts)


def _take_hashtags(draft: DraftItem) -> None:
    """Take the lines of an item's text that are hashtags alone, outside of code."""
    for part in draft.body:
        tagged = [] if part.term else [i for i, x in enumerate(part.lines) if _is_hashtags(x.text)]
        if not tagged:
            continue
        code = {i for a, z in closed_fences(part.lines).items() for i in range(a, z + 1)}
        for index in tagged:
            if index not in code:
                draft.note("tags", part.lines[index].text.strip().lstrip("#＃"))
                part.lines[index] = part.lines[index]._replace(text="")


def _is_hashtags(text: str) -> bool:
    return text.lstrip()[:1] in ("#", "＃") and _HASHTAGS.fullmatch(text) is not None


def _take_stars(drafts: Sequence[DraftItem]) -> None:
    """Take one star before a title for a score, where other titles have several."""
    if any(_STARS.fullmatch(score) for draft in drafts for score in draft.values.get("score", ())):
        for draft in drafts:
            if star := _STARS.match(draft.heading):
                draft.note("score", star[0].strip())
                draft.heading = draft.heading[star.end() :]


def _take_numbers(drafts: Sequence[DraftItem]) -> None:
    """Take off numbers and emoji that all titles begin with."""
    for mark in (DECIMAL, _EMOJI):
        if all(mark.match(draft.heading) for draft in drafts):
            for draft in drafts:
                draft.heading = mark.sub("", draft.heading, count=1)
    for draft, end in zip(drafts, _ordinals([draft.heading for draft in drafts]), strict=False):
        draft.heading = draft.heading[end:]
    for draft, end in zip(drafts, _ordinals([draft.other_title for draft in drafts]), strict=False):
        draft.other_title = draft.other_title[end:]


def _ordinals(titles: Sequence[str]) -> list[int]:
    """Return where the number ends that each title begins with; nothing if they do not count."""
    ordinals = [match for title in titles if (match := _ORDINAL.match(title))]
    counted = [match["ordinal"] or match["number"] for match in ordinals]
    numbers = [str(number) for number in range(1, len(titles) + 1)]
    counts = (_LETTERS[: len(titles)], _ROMAN[: len(titles)], numbers)
    return [match.end() for match in ordinals] if counted in counts else []


def _take_bracketed(drafts: Sequence[DraftItem]) -> None:
    """Take words in brackets that all titles begin with for tags, and numbers for scores."""
    tagged = [match for draft in drafts if (match := _TAGGED.fullmatch(draft.heading))]
    if len(tagged) == len(drafts):
        for draft, match in zip(drafts, tagged, strict=True):
            draft.note("score" if _RATING.fullmatch(match["tag"]) else "tags", match["tag"])
            draft.heading = match["rest"]
