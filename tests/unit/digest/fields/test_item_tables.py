"""Tables below an item's title: those of its text, and those of its links and details."""

import pytest

from publisher.model import Table, plain
from tests.support.parsed_digest import ZH, A, B, items, texts, titles

RESULTS = "| {} | {} |\n|---|---|\n| Base | 76.1 |\n| Ours | 79.8 |\n"


@pytest.mark.parametrize("names", [("Method", "Results"), ("Dataset", "Score"), ("Model", "Code")])
@pytest.mark.parametrize("above", [f"{ZH}\n\n", ""])
def test_labels_may_name_columns(names: tuple[str, str], above: str) -> None:
    """A table of results stays one, though its first cell is a label elsewhere."""
    table = RESULTS.format(*names)
    text = f"## One\n{A}\n\n{above}{table}\n## Two\n{B}\n\n{ZH}\n"
    [found] = [block for block in items(text)[0].body if isinstance(block, Table)]
    assert [*names] == [plain(cell.children) for cell in found.names]
    assert ["Ours", "79.8"] == [plain(cell.children) for cell in found.rows[1]]


def test_row_of_three_columns() -> None:
    """With or without bars at its ends; what stands below is read as ever."""
    for bar in ("", "|"):
        rows = ("Method | Top-1 | mAP", "---|---|---", "Base | 76.1 | 41.2")
        table = "\n".join(f"{bar}{row}{bar}" for row in rows)
        text = f"## One\n{A}\n\n{ZH}\n\n{table}\n\nAuthors: Ana Oak\n\n## Two\n{B}\n\n{ZH}\n"
        first = items(text)[0]
        assert Table in [type(block) for block in first.body]
        assert [ZH, "Method"] == texts(text)[0][:2]


def test_labels_and_values() -> None:
    """A table with a label in most rows is fields; what is no label elsewhere is one there."""
    text = f"## One\n{A}\n\n| Score | 9 |\n|---|---|\n| Novelty | 8 |\n| Rigour | 7 |\n\n{ZH}\n"
    [item] = items(text)
    assert ("9", ["Novelty", "8", "Rigour", "7", ZH]) == (item.metadata.score, texts(text)[0])


PAPER = "## {}\n\n| {} |\n|{}\n| {} |\n\n{}\n\n"


@pytest.mark.parametrize("link", ["[arXiv]({})", "[PDF]({})", "<{}>"])
def test_row_of_links_below_a_heading(link: str) -> None:
    """It is no item of its own: the heading is the title, and the text below the paper's."""
    text = ""
    for name, url, said in (("One", A, "We count."), ("Two", B, "We mend.")):
        row = f"{link.format(url)} | [GitHub](https://github.com/example/{name})"
        text += PAPER.format(name, "📄 Paper | 💻 Code", "---|---|", row, said)
    assert ["One", "Two"] == titles(text)
    assert [["We count."], ["We mend."]] == texts(text)
    assert [[A, "https://github.com/example/One"], [B, "https://github.com/example/Two"]] == [
        [each.url for each in item.links] for item in items(text)
    ]


def test_row_of_details_below_a_heading() -> None:
    """Its columns are the paper's metadata."""
    text = ""
    for name, url in (("One", A), ("Two", B)):
        row = f"2026-11-18 | CVPR 2026 | [arXiv]({url})"
        text += PAPER.format(name, "Date | Venue | Link", "---|---|---|", row, ZH)
    assert [("2026-11-18", "CVPR 2026")] * 2 == [
        (item.metadata.date, item.metadata.venue) for item in items(text)
    ]
    assert (["One", "Two"], [[ZH], [ZH]]) == (titles(text), texts(text))


def test_rows_of_links_alone_are_items() -> None:
    """Where nothing else may be a title, each row of a table is an item as before."""
    text = f"# T\n\n| Paper | Code |\n|---|---|\n| [arXiv]({A}) | c |\n| [arXiv]({B}) | d |\n"
    assert [A, B] == [item.links[0].url for item in items(text)]
