"""Links as wikis, mail programs and letters write them."""

import pytest

from publisher.digest.markdown.link_notations import may_be, rewritten
from publisher.digest.source_text import Line

URL = "https://arxiv.org/abs/2408.00001"


def in_markdown(text: str) -> str:
    """Return lines with their links in Markdown."""
    lines = [Line(number, line) for number, line in enumerate(text.split("\n"), 1)]
    return "\n".join(line.text for line in rewritten(lines))


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (f"[{URL} A Study of Soup]", f"[A Study of Soup]({URL})"),
        (f"see [A Study of Soup {URL}].", f"see [A Study of Soup]({URL})."),
        (f"A Study of Soup [ {URL} ] - 2026-03-01", f"### [A Study of Soup]({URL}) - 2026-03-01"),
        (f"We stir. The spoon [ {URL} ] held.", f"We stir. The spoon (<{URL}>) held."),
        (f"[Source: [arXiv]({URL})]", f"Source: [arXiv]({URL})"),
        (f"[words]({URL})", f"[words]({URL})"),
        (f"[[words {URL}]]", f"[[words {URL}]]"),
        (f"![picture {URL}]", f"![picture {URL}]"),
        (f"[words {URL}]: {URL}", f"[words {URL}]: {URL}"),
        (f"```\n[{URL} words]\n```", f"```\n[{URL} words]\n```"),
    ],
)
def test_links(typed: str, shown: str) -> None:
    """The words are on the link; what is Markdown, or code, stays as it is."""
    assert shown == in_markdown(typed)


def test_text_without_such_a_link_is_the_same_object() -> None:
    """Nothing is made anew for it."""
    lines = [Line(1, f"## Soup\n[PDF]({URL})")]
    assert not may_be(lines[0].text)
    assert rewritten(lines) is lines
