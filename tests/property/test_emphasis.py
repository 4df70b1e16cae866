"""Emphasis in Latin text is what CommonMark says: markdown-it-py agrees about all but two rules."""

from __future__ import annotations

import re

from hypothesis import assume, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from publisher.digest.markdown import inline
from publisher.model import Emphasis, Inline, Strong, Text

JUDGE = MarkdownIt("commonmark")
PIECES = ("a", "b", " ", "*", "**", "***", "_", "__", ".", "(", ")", ":", "1")
#: Ours: a star inside a word or number is a star (`3*4`), and a longer run of marks decoration.
STAR_INSIDE = re.compile(r"(?<=[a-z0-9_])\*(?=[a-z0-9_])")
DECORATION = re.compile(r"\*{13}|_{13}")


def html(node: Inline) -> str:
    """Write a node as markdown-it-py does."""
    match node:
        case Text(value):
            return value
        case Emphasis(children):
            return f"<em>{''.join(map(html, children))}</em>"
        case Strong(children):
            return f"<strong>{''.join(map(html, children))}</strong>"
    raise AssertionError(node)


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=14))
def test_emphasis_as_commonmark_has_it(pieces: list[str]) -> None:
    """Whatever marks stand among words, the same of them are emphasis."""
    text = "".join(pieces).strip()
    assume(text and not STAR_INSIDE.search(text) and not DECORATION.search(text))
    ours = "".join(map(html, inline.parse(text, lambda *_: None)))
    assert JUDGE.renderInline(text) == ours
