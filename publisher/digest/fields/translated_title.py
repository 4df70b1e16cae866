"""An item's title in the other language, on a line or a link below the first."""

from __future__ import annotations

import re
from collections.abc import Sequence

from publisher.digest.fields import item_numbers, link_names, titles
from publisher.digest.fields.draft_item import DraftItem
from publisher.digest.fields.labels import Role, label_of
from publisher.digest.fields.link_lines import line_links
from publisher.digest.markdown.autolink import paper_of
from publisher.digest.markdown.line_marks import BULLET, is_field
from publisher.digest.source_text import Line
from publisher.model import Link, links_in, plain

#: What stands before a remark: `→ 提升 3 倍`.
_ARROW = re.compile(r"[ \t]*(?:[\u2190-\u21ff\u27f0-\u27ff\u2900-\u297f➔-➾]|[-=]>)")
#: What stands in a sentence and hardly in a title.
_PROSE = re.compile(r"[，。；,;|]|\. ")


def is_other_title(lines: Sequence[Line], index: int, draft: DraftItem) -> bool:
    """Return whether a line without links alone is the title in the other language.

    It is when it looks like one, is in the other script, and more follows: a short text that
    stands alone is the item's text, as a heading or a line of tags is.
    """
    line = lines[index]
    text = titles.unbulleted(line.text)
    is_title = titles.may_be_title(text) and not is_field(text) and text.rstrip()[-1] not in ":："
    is_title = is_title and not _ARROW.match(text)
    if draft.other_title or not draft.heading or not is_title:
        return False
    if not titles.translates(text, draft.heading) or text.startswith(("#", ">")):
        return False
    if (label := label_of(text)) and label.is_known:
        return False
    nodes = titles.inlines(text)
    is_plain = not titles.is_odd_title(titles.title_of(nodes)) and not list(links_in(nodes))
    more = any(below.text.strip() for below in lines[index + 1 :])
    return is_plain and more and _is_in_place(lines, index, draft, text)


def _is_in_place(lines: Sequence[Line], index: int, draft: DraftItem, text: str) -> bool:
    """Return whether a translation may stand on a line: near the title, or by itself."""
    if BULLET.match(lines[index].text):
        return index == 0 and not _PROSE.search(text)
    below = lines[index + 1].text if index + 1 < len(lines) else ""
    label = label_of(titles.unbulleted(below))
    around = (*lines[max(index - 1, 0) : index], *lines[index + 1 : index + 2])
    return (
        lines[index].number == draft.line + 1
        or (index > 0 and lines[index - 1].text.strip() != "")
        or text.startswith(("**", "__"))
        or bool(label and label.is_known)
        or lines[index].text.endswith("  ")  # a line break
        or any(line_links(below.text) for below in lines[index + 1 : index + 4])
        or not (_PROSE.search(text) or any(line.text.strip() for line in around))
    )


def title_in(links: Sequence[Link], draft: DraftItem) -> str:
    """Return the title that one of an item's links has for its text.

    Beside a paper's link no other says what the paper is called; without one, a title is told
    from words like `Video` by its script.
    """
    for link in links:
        text = plain(link.children).strip()
        if (
            text in link.url
            or link_names.is_image(link)
            or link_names.names_a_link(text)
            or titles.is_odd_title(text)
        ):
            continue
        if ":" in text or "：" in text:
            label = label_of(text)
            if label and label.is_known and label.role is not Role.title:
                continue
        is_other = not draft.heading or titles.translates(text, draft.heading)
        if (is_other and len(draft.links) == 1) or paper_of(link.url):
            return item_numbers.unnumbered(text)
        if is_other and not any(paper_of(link.url) for link in draft.links):
            return item_numbers.unnumbered(text)
    return ""


def fuller_title(links: Sequence[Link], draft: DraftItem) -> str:
    """Return the words of a paper's link that have all of an item's title and more; or nothing."""
    short = _letters(draft.heading)
    for link in links:
        words = plain(link.children).strip()
        if short and paper_of(link.url) and not link_names.names_itself(link):
            letters = _letters(words)
            if letters.startswith(short) and letters != short:
                return words
    return ""


def names_another(links: Sequence[Link], draft: DraftItem) -> bool:
    """Return whether the words of a paper's link are a title that an item does not have."""
    known = _letters(draft.heading + draft.other_title)
    return any(
        paper_of(link.url)
        and not link_names.names_itself(link)
        and not (label_of(words := plain(link.children)) or titles.is_odd_title(words))
        and _letters(words) not in known
        and _letters(draft.heading) not in _letters(words)
        for link in links
    )


def _letters(words: str) -> str:
    return "".join(filter(str.isalnum, words)).casefold()
