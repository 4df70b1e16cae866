"""What holds of every digest, however it is written."""

import os
import re
from collections.abc import Iterator, Sequence
from datetime import UTC

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from rapidfuzz.distance import Indel

from publisher.digest.misplaced import THRESHOLD, Tokens
from publisher.digest.parser import ParsedDigest, read
from publisher.model import (
    Block,
    Issue,
    Level,
    Link,
    Paragraph,
    Text,
    links_in,
    paragraphs,
    plain,
)
from tests.support.digest_shapes import A, digests
from tests.support.time_bounds import within

ADDRESS = r"https?://[a-z0-9]{1,9}\.(com|org|io)(/[A-Za-z0-9._~-]{0,5}[A-Za-z0-9/])?"


def reading(data: bytes) -> ParsedDigest:
    """Read a digest."""
    return read(data, "1.txt", languages=("en", "zh-CN"), zone=UTC)


def inside(issue: Issue) -> Iterator[str]:
    """Yield all that readers see of an issue."""
    yield issue.title or ""
    yield from issue.tags
    yield from shown(issue.intro)
    for item in issue.items:
        yield item.title.text
        yield item.translation.text if item.translation else ""
        if item.section:
            yield item.section.full_heading.text
            yield from shown(item.section.intro)
        for link in item.links:
            yield plain([link])
            yield link.url
        yield from shown(item.body)
    yield from shown(issue.outro)


def shown(blocks: Sequence[Block]) -> Iterator[str]:
    """Yield the words and addresses of blocks."""
    for run in paragraphs(blocks):
        yield plain(run)
        yield from (link.url for link in links_in(run))


def links(issue: Issue) -> Iterator[Link]:
    """Yield all links of an issue."""
    for run in paragraphs(issue.outro):
        yield from links_in(run)
    for item in issue.items:
        yield from item.links
        for blocks in (issue.intro, item.body, item.section.intro if item.section else ()):
            for run in paragraphs(blocks):
                yield from links_in(run)


@given(st.binary(max_size=400))
@example("# a\n[b](https://[)\n".encode("utf-16-le"))
def test_arbitrary_bytes_never_raise(data: bytes) -> None:
    """Whatever a file holds, there is an issue or an error."""
    found = reading(data)
    errors = [each for each in found.diagnostics if each.level is Level.error]
    assert (found.issue is None) == bool(errors)


@given(st.text(alphabet="#*_`~[]()<>{}!|$\\-+.:/=1 　\n\t一。，a@'\"", max_size=300))
def test_arbitrary_marks_never_raise(text: str) -> None:
    """However marks are mixed, reading ends, and the same bytes give the same issue."""
    data = f"# t\n[u]({A})\n\n{text}".encode()
    assert reading(data) == reading(data)


@given(digests())
@example(
    "# zq1000 词1001\n# zq1002 词1003\n`zq1004` ``zq1005`zq1006``\n> zq1007\n> > 词1008\n"
    "> - zq1009\n## zq1010: zq1011 zq1012\n"
    "- [zq1013](https://arxiv.org/abs/2408.00004) 词1014。\n"
    "- [zq1015](https://arxiv.org/abs/2408.00004) 词1016。\n"
)
def test_nothing_is_lost(text: str) -> None:
    """Each word of a digest is in the issue, or a remark quotes it or names its line."""
    found = reading(text.encode())
    told = {each.line for each in found.diagnostics}
    for each in found.diagnostics:
        if to := re.search(r"left out to line (\d+)", each.message):
            told.update(range(each.line, int(to[1]) + 1))
    seen = "\n".join(each.message for each in found.diagnostics)
    if found.issue is None:
        assert any(each.level is Level.error for each in found.diagnostics)
        return
    seen += "\n".join(inside(found.issue))
    lines = text.replace("\r", "\n").split("\n")
    lost = [
        word
        for number, line in enumerate(lines, 1)
        for word in re.findall(r"(?:zq|词)\d+", line)
        if word not in seen and number not in told
    ]
    assert [] == lost


@given(digests())
def test_addresses_are_safe(text: str) -> None:
    """Every address is plain ASCII without spaces, and http(s) or mailto."""
    issue = reading(text.encode()).issue
    for link in links(issue) if issue else ():
        assert re.fullmatch(r"(?:https?://[^/?#]+|mailto:)[!-~]*", link.url)
        if plain([link]).startswith(("http:", "https:")):
            assert plain([link]).isascii()


@given(digests(), st.sampled_from(["\r\n", "\r"]))
def test_line_ends_make_no_difference(text: str, end: str) -> None:
    """A digest reads the same with any system's line ends."""
    assert reading(text.encode()) == reading(text.replace("\n", end).encode())


@given(
    st.text(alphabet="abc XYZ089 中文大模型，。、；：（）“”《》！？…—,;!?%()+=&'\"- ", min_size=1)
)
def test_plain_paragraph_is_kept(words: str) -> None:
    """The text of a paragraph without marks comes out as it went in."""
    assume("&ac;" not in words)  # the one entity of these letters
    words = f"文{words}".strip()
    issue = reading(f"# t\n[一]({A})\n\n{words}\n".encode()).issue
    assert issue
    [paragraph] = issue.items[0].body
    assert isinstance(paragraph, Paragraph)
    assert (Text(words),) == paragraph.children


@given(
    st.from_regex(ADDRESS, fullmatch=True),
    st.sampled_from([*"，。）》”、！…", "获取", " 上", "；见", ". ", ", ", ") "]),
    st.sampled_from([*"在：（《“ (", "见 "]),
)
def test_address_in_chinese_is_bounded(url: str, after: str, before: str) -> None:
    """An address run into Chinese on both sides leads where it says, to the letter."""
    issue = reading(f"# t\n[一]({A})\n\n正文。{before}{url}{after}\n".encode()).issue
    assert issue
    [link] = [link for run in paragraphs(issue.items[0].body) for link in links_in(run)]
    assert (url, url) == (link.url, plain([link]))
    assert f"正文。{before}{url}{after}".strip() == plain(
        next(iter(paragraphs(issue.items[0].body)))
    )


@given(st.text(max_size=60), st.lists(st.text(max_size=60), max_size=3), st.integers(0, 60))
def test_no_likeness_is_missed(text: str, others: list[str], cut: int) -> None:
    """Comparing by low bytes first loses nothing that comparing characters finds."""
    others = [*others, text[cut:] + text[:cut], text]
    scores = [(Indel.normalized_similarity(text, other), n) for n, other in enumerate(others)]
    alike = {(score, n) for score, n in scores if score >= THRESHOLD}
    assert alike == set(Tokens([]).alike(text, others))


# --- Size ---------------------------------------------------------------------------------

#: Bytes; a million with `make test-properties`.
SIZE = int(os.environ.get("PUBLISHER_TEST_BYTES", "40000"))
MANY = f"{'word ' * 40}\n\n" * (SIZE // 125)


def filled(pattern: str, size: int = SIZE) -> str:
    """Repeat a pattern up to a size in bytes."""
    return pattern * (size // len(pattern.encode()))


@pytest.mark.parametrize(
    "pattern",
    [
        "[", "`", "*", "_", "$", "(", "\\", "!", "<", "|", "> > >", "**a", "*a **b ", "[a](",
        "[[a]", "![", "](", "`a``b", "$a$ ", "https://", "https:// ", "ahttps://a", "www.", ".com/",
        "a.a", "\\url{", "<http", "<a href='", "\\(a^", "\\[=", "&amp;", "&a", "“*", "能力。",
        "word ", " ", "\t", "\u3000", "\0", "a  \n", ">>> a\n", "```\n", "|a|\n", "---\n", "\n",
        "- ", "arXiv:", "[a](javascript:a) ", "<!--", "<!-- a --> ", "<!--\n", "`<!--", "<!-->a\n",
        "<!--\n```\n-->\n",
    ],
)  # fmt: skip
def test_much_of_one_pattern_ends(pattern: str) -> None:
    """No pattern makes reading quadratic or exhausts the stack."""
    assert_ends(f"# t\n[u]({A})\n\n{filled(pattern)}\nz")


@pytest.mark.parametrize(
    "text",
    [
        "[" * SIZE,
        "\n" * SIZE,
        filled("---\n"),
        "a" + " " * SIZE + "b",
        "[a](" + " " * SIZE,
        "# a" + " " * SIZE + "b",
        "# " + "#" * SIZE + "b",
        "https://a/" + ")" * SIZE,
        filled("_a ", SIZE // 2) + filled("a* ", SIZE // 2),
        filled("**a ", SIZE // 2) + filled(" a**", SIZE // 2),
        "\n".join("`" * n for n in range(int((4 * SIZE) ** 0.5), 2, -1)),
        filled("- a\n", SIZE // 2),
        filled("# a\n", SIZE // 2),
        filled("a\n=\n", SIZE // 4),
        "\n".join(f"{n}. a" for n in range(SIZE // 10)),
        "".join(f"{' ' * (n % 60)}- a\n" for n in range(SIZE // 16)),
        filled(f"title\n{A}\ntext。\n"),
        filled(f"- {A} a\n"),
        filled(f"# a\n{A}\n\n{'word ' * 40}\n\n{'thing ' * 40}\n\n", 2 * SIZE),
        f"# a\n{A}\n\n{filled('word text ')}\n\nx\n\n# b\n{A}\n\n{filled('word text ')}",
        f"# a\n{A}\n\n{MANY}# b\n{A}\n\n{MANY}",
        "---\n" + filled("a: b\n") + "---\n",
        "---\ntitle: " + filled("[") + "\n---\n",
        "+++\n" + "".join(f"a{n} = 1\n" for n in range(SIZE // 10)) + "+++\n",
    ],
    ids=lambda text: repr(text[:12]) + repr(text[-12:]),
)  # fmt: skip
def test_large_digest_of_one_kind_ends(text: str) -> None:
    """The same for what is not one pattern."""
    assert_ends(text)


def test_thousands_of_papers(request: pytest.FixtureRequest) -> None:
    """A digest of thousands of papers is read whole."""
    seeds = sorted((request.config.rootpath / "seeds").glob("*.txt"))
    text = "\n\n".join(path.read_text("utf-8") for path in seeds) + "\n\n"
    found = assert_ends(filled(text, 10 * SIZE))
    assert found.issue
    assert 60 * (10 * SIZE // len(text.encode())) == len(found.issue.items)


def assert_ends(text: str) -> ParsedDigest:
    """Read a text and see that it took no more than six times what the slowest needs."""
    with within(SIZE / 12_000):
        return reading(text.encode())
