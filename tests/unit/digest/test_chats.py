"""Chats, as they are exported or copied: who wrote a message, and when, is no title."""

import pytest

from tests.support.parsed_digest import A, B, codes, outro, papers, texts, titles


@pytest.mark.parametrize(
    "head",
    [
        "ana  9:12 AM",
        "Ana Boa  10:12",
        "ana — Today at 9:12 AM",
        "ana — 03/10/2026 9:12 PM",
        "Ana, [18.11.2026 9:14]",
        "[11/18/2026 9:14 AM] ana",
    ],
)
def test_line_of_its_own(head: str) -> None:
    """A message's head begins an item, and is told of."""
    text = f"{head}\nCounting Boats\n{A}\nWe count.\n\n{head}\nMending Nets\n{B}\nWe mend.\n"
    assert ["Counting Boats", "Mending Nets"] == titles(text)
    assert [["We count."], ["We mend."]] == texts(text)
    assert [(1, "message"), (6, "message")] == codes(text)


@pytest.mark.parametrize(
    "head",
    ["[18.11.2026, 09:12:33] Ana: ", "11/18/26, 9:12 AM - Ana Boa: ", "18/11/2026, 21:12 - Ana: "],
)
def test_words_on_its_line(head: str) -> None:
    """The words of a message may begin right behind its head."""
    text = f"{head}Counting Boats\n{A}\nWe count.\n{head}Mending Nets\n{B}\nWe mend.\n{head}Bye!\n"
    assert ["Counting Boats", "Mending Nets"] == titles(text)
    assert [["We count."], ["We mend."]] == texts(text)
    assert ["Bye!"] == outro(text)
    assert [(1, "message"), (4, "message"), (7, "message")] == codes(text)


def test_titles_with_a_time() -> None:
    """A time at the end of a heading or a sentence is no message's."""
    text = f"## Lights Out at 9:30 PM\n{A}\n\nWe met at 9:30\n\n## Up at 10:12\n{B}\n\nWe rise.\n"
    assert ["Lights Out at 9:30 PM", "Up at 10:12"] == titles(text)
    assert ["1", "2"] == papers(text)
    assert [] == [code for _, code in codes(text) if code == "message"]
