"""Whatever a text is made of: its cuts weigh what they are counted to, and grow."""

from hypothesis import given
from hypothesis import strategies as st

from publisher.model import (
    Block,
    Code,
    CodeBlock,
    Emphasis,
    Inline,
    LineBreak,
    Link,
    ListBlock,
    Paragraph,
    Quote,
    Strong,
    Subheading,
    Text,
)
from publisher.render.contexts import NewsletterView, Words
from publisher.render.html import blocks_html
from publisher.render.mail.size_budget import byte_size
from publisher.render.mail.truncatable import Foldable
from publisher.render.templating.environment import Templates
from publisher.render.text import Links
from publisher.render.url_delimiters import delimit_blocks
from tests.support.issue_mail import RENDERER

TEMPLATES = Templates()
WORDS = st.lists(
    st.sampled_from(
        (
            "A word. ",
            "Two! ",
            "中文。",
            "与 https://a.example/b。",
            "& < ",
            "et al. ",
            "x " * 60,
            " ",
        )
    ),
    max_size=6,
).map("".join)
LANGS = st.sampled_from(("en", "zh-Hans"))
NODES: st.SearchStrategy[Inline] = st.one_of(
    WORDS.map(Text),
    WORDS.map(Text),
    WORDS.map(Code),
    st.just(LineBreak()),
    WORDS.map(lambda words: Emphasis((Text(words),))),
    WORDS.map(lambda words: Strong((Text(words),))),
    WORDS.map(lambda words: Link("https://a.example/?b&c", (Text(words),))),
)
RUNS = st.lists(NODES, max_size=4).map(tuple)
PARAGRAPHS = st.builds(Paragraph, RUNS, LANGS)
BLOCKS: st.SearchStrategy[Block] = st.recursive(
    st.one_of(PARAGRAPHS, PARAGRAPHS, st.builds(Subheading, RUNS, LANGS), WORDS.map(CodeBlock)),
    lambda blocks: st.one_of(
        st.lists(blocks, max_size=3).map(lambda children: Quote(tuple(children))),
        st.builds(
            ListBlock,
            st.lists(st.lists(blocks, max_size=2).map(tuple), max_size=3).map(tuple),
            st.sampled_from((None, 1, 7)),
        ),
    ),
    max_leaves=5,
)


@given(st.lists(BLOCKS, max_size=6))
def test_cuts_weigh_what_they_are_counted_to(blocks: list[Block]) -> None:
    """To the byte, each more than the one before; and the plain text has each of them."""
    text = foldable(tuple(blocks))
    sizes = list(text.sizes)
    assert sizes == [byte_size(text.html_at(at)) for at in range(len(sizes))]
    assert sizes == sorted(set(sizes))
    for at in range(len(sizes)):
        text.text_at(at, Links())


def foldable(blocks: tuple[Block, ...]) -> Foldable:
    """Return a text that may fold."""
    return Foldable(
        templates=TEMPLATES,
        newsletter=NEWSLETTER,
        blocks=blocks,
        delimited=delimit_blocks(blocks),
        html=blocks_html(delimit_blocks(blocks), level=3),
        url="https://news.example.org/papers/2408.05211/",
        name=Words(text="VITA", lang="en"),
        level=3,
    )


NEWSLETTER: NewsletterView = RENDERER._newsletter
