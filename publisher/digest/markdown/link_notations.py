"""Links as wikis, mail programs, letters and code write them, in Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from publisher.digest.markdown.line_marks import closed_fences
from publisher.digest.source_text import Line

_URL = r"https?://[^\s\[\]()<>]{1,2000}"
#: `[https://… words]` and `[words https://…]`, as Scrapbox and MediaWiki have them.
_WIKI = re.compile(
    rf"(?<![\[!\]])\[(?:(?P<first>{_URL})[ ](?P<words>[^\[\]\n]{{1,300}})"
    rf"|(?P<before>[^\[\]\n]{{1,300}}?)[ ](?P<last>{_URL}))\](?![(\[:])"
)
#: `Title [ https://… ]`, at the start of a line or behind a word like `Link`.
_LETTER = re.compile(rf"^(?P<words>[^\[\]\n]{{3,200}}?)[ ]\[[ ](?P<url>{_URL})[ ]\](?P<rest>.*)$")
#: `… words [ https://… ]`, in a sentence.
_SPACED = re.compile(rf"[ ]\[[ ](?P<url>{_URL})[ ]\]")
#: `[Source: [words](https://…)]`.
_BRACKETED = re.compile(
    r"^\[(?P<label>[^\W\d][^\[\]\n]{1,20}[:：][ ]?)"
    r"(?P<link>\[[^\[\]\n]{1,300}\]\([^()\s]{1,2000}\))\][ ]*$"
)
#: A paper's number at arXiv as code.
_NUMBER = re.compile(
    r"(?<!`)`(?P<words>(?:arxiv[:：][ ]?)?(?P<number>[0-9]{2}(?:0[1-9]|1[0-2])\.[0-9]{4,5}"
    r"(?:v[0-9]{1,2})?))`(?!`)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.!?。！？][ ]\S")


def may_be(text: str) -> bool:
    """Return whether a text may hold such a link."""
    return (
        "[http" in text or "[ http" in text or " http" in text or "[Source" in text or "])]" in text
        or _NUMBER.search(text) is not None
    )  # fmt: skip


def rewritten(lines: Sequence[Line]) -> Sequence[Line]:
    """Return lines with such links as Markdown has them; the same object where there are none."""
    changed = list(lines)
    is_changed = False
    fences: set[int] | None = None
    for index, line in enumerate(lines):
        text = _in_markdown(line.text) if "[" in line.text else line.text
        if "`" in text:
            text = _NUMBER.sub(r"[\g<words>](https://arxiv.org/abs/\g<number>)", text)
        if text == line.text:
            continue
        if fences is None:
            fences = {i for first, last in closed_fences(lines).items() for i in range(first, last)}
        if index not in fences:
            changed[index] = line._replace(text=text)
            is_changed = True
    return changed if is_changed else lines


def _in_markdown(text: str) -> str:
    if match := _BRACKETED.match(text):
        return match["label"] + match["link"]
    if "](" in text or "http" not in text:
        return text
    if (match := _LETTER.match(text)) and not _SENTENCE.search(match["words"]):
        return f"### [{match['words'].strip()}]({match['url']}){match['rest']}"
    text = _SPACED.sub(r" (<\g<url>>)", text)
    return _WIKI.sub(
        lambda m: f"[{(m['words'] or m['before']).strip()}]({m['first'] or m['last']})", text
    )
