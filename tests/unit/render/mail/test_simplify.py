"""Blocks as mail programs can show them."""

from __future__ import annotations

from publisher.digest.language import Languages
from publisher.digest.markdown.blocks import parse
from publisher.digest.source_text import Line
from publisher.model import Block, Table
from publisher.render.html import blocks_html, feed_html
from publisher.render.mail.simplify import simplify_blocks


def blocks(text: str) -> list[Block]:
    """Parse a text."""
    lines = [Line(number, line) for number, line in enumerate(text.split("\n"), 1)]
    return [placed.block for placed in parse(lines, Languages(("en",)), print)]


def html(text: str) -> str:
    """Return a text as a mail has it."""
    return blocks_html(simplify_blocks(blocks(text)), "en").replace("\n", "")


def test_formula() -> None:
    """A formula is a line of Unicode, wherever it stands; one that is not understood is code."""
    assert "<p>a <strong>xᵢ²</strong> b</p>" == html("a **$x_i^2$** b")
    assert '<ul><li><a href="https://a.org">k</a></li></ul>' == html("- [$k$](https://a.org)")
    assert r"<p><code>$\norm{x}$</code></p>" == html(r"$\norm{x}$")


def test_formula_in_feeds() -> None:
    """In feeds it is the same: readers drop MathML."""
    page = blocks_html(blocks(r"a $x < \frac{1}{2}$ b"), "en")
    assert "<math " in page
    assert "<p>a x &lt; 1/2 b</p>\n" == feed_html(page)


def test_narrow_table() -> None:
    """A table that fits on a phone stays one."""
    narrow = blocks("| a | b |\n|---|---|\n| 1 | $x^2$ |")
    [table] = simplify_blocks(narrow)
    assert isinstance(table, Table)
    assert "<td>x²</td>" in blocks_html([table], "en")


def test_wide_table() -> None:
    """Of one that does not, each row is an entry of a list, its cells behind their names."""
    long = "It is the best of all models in the world"
    assert (
        "<ul><li><strong>Model</strong>: Ours<br><strong>Text</strong>: "
        f"{long}<br>7B</li><li><strong>Model</strong>: Theirs</li></ul>"
    ) == html(f"| Model | Text | |\n|---|---|---|\n| Ours | {long} | 7B |\n| Theirs | | |")


def test_table_in_feeds() -> None:
    """In feeds a table has no frame to scroll in."""
    page = blocks_html(blocks("| a |\n|---|\n| b |"), "en")
    assert '<div class="table" tabindex="0">' in page
    feed = feed_html(page).replace("\n", "")
    head = '<table><thead><tr><th scope="col">a</th></tr></thead>'
    assert f"{head}<tbody><tr><td>b</td></tr></tbody></table>" == feed
