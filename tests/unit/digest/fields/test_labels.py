"""Labels of fields, and what becomes of their values."""

import pytest

from publisher.digest.fields.labels import Role, role_of
from publisher.model import DefinitionList, plain
from tests.support.parsed_digest import ZH, A, items, texts

PAPER = f"## Counting Boats\n- Link: {A}\n"


@pytest.mark.parametrize(
    ("label", "role"),
    [
        ("中文題目", Role.translation),
        ("發表單位", Role.affiliations),
        ("論文出處", Role.venue),
        ("原始連結", Role.link),
        ("程式碼連結", Role.link),
        ("專案頁面", Role.link),
        ("關鍵詞", Role.tags),
        ("推薦理由", Role.other),
        ("推荐星级", Role.score),
        ("译", Role.translation),
    ],
)
def test_traditional_characters_have_the_roles_of_simplified_ones(label: str, role: Role) -> None:
    """A label of Taiwan or Hong Kong is looked up as the table has it."""
    assert role_of(label) == role


def test_a_doi_beside_an_arxiv_number_is_a_link() -> None:
    """What a label of a link has is not taken for the item's own link, which is another."""
    [item] = items(f"{PAPER}- **DOI:** 10.1093/mnras/stz1234\n- Abstract: {ZH}\n")
    assert [link.url for link in item.links] == [A, "https://doi.org/10.1093/mnras/stz1234"]


def test_an_unknown_label_of_a_bare_address_is_the_name_of_the_link() -> None:
    """It is no title that the item does not have, and the address no text."""
    part = "## A Boat {0}\n- 去處：https://arxiv.org/abs/2408.0000{0}\n- Abstract: We row.\n\n"
    text = part.format(1) + part.format(2)
    assert [["We row."], ["We row."]] == texts(text)
    assert ["去處", "去處"] == [plain(item.links[0].children) for item in items(text)]


def test_what_a_link_leads_to_keeps_its_label() -> None:
    """`Dataset: [BoatBank](…)` tells what BoatBank is; `Paper: [its title](…)` tells nothing."""
    [item] = items(f"{PAPER}- Dataset: [BoatBank](https://example.org/bank)\n- Abstract: {ZH}\n")
    assert ["Link", "Dataset: BoatBank"] == [plain(link.children) for link in item.links]


@pytest.mark.parametrize("label", ["【译】", "译："])
def test_a_short_label_before_a_translated_title(label: str) -> None:
    """The label is no part of the title."""
    [item] = items(f"## Counting Boats\n{label}数船\n链接：{A}\n摘要：{ZH}\n")
    assert item.translation
    assert item.translation.text == "数船"


def test_a_translated_abstract_is_no_title() -> None:
    """The same label stands before what an abstract says in the other language."""
    [item] = items(f"## Counting Boats\n链接：{A}\n摘要：We count boats.\n译：{ZH}\n")
    assert item.translation is None
    assert not any(isinstance(block, DefinitionList) for block in item.body)


@pytest.mark.parametrize("number", ["【論文一】", "[Paper 1]", "【第1篇】", "(No. 1)"])
def test_a_number_in_brackets_is_no_tag(number: str) -> None:
    """It only counts items."""
    text = "".join(
        f"## {number.translate({0x4E00: n, 0x31: d})}A Boat {d}\nhttps://arxiv.org/abs/2408.0000{d}\n\nRow.\n\n"
        for n, d in (("一", "1"), ("二", "2"))
    )
    assert ["A Boat 1", "A Boat 2"] == [item.title.text for item in items(text)]
    assert all(not item.metadata.tags for item in items(text))


def test_a_label_between_a_number_and_a_title() -> None:
    """`1. Title: …` in bold is announced by its label, which is no part of it."""
    [item] = items(f"**1. Title: Knots in Rope**\n**Authors**: Ana Oak\n**PDF**: {A}\n\n{ZH}\n")
    assert item.title.text == "Knots in Rope"


def test_a_paper_of_a_session() -> None:
    """A heading that counts and dates is no title, and a title no translation of one."""
    part = (
        "## Session {0}: 2026-06-0{0}\n"
        "- Paper: [Time Flies Like {0}](https://arxiv.org/abs/2408.0000{0})\n- Notes: ok\n\n"
    )
    found = items(part.format(1) + part.format(2))
    assert [("Time Flies Like 1", None), ("Time Flies Like 2", None)] == [
        (item.title.text, item.translation) for item in found
    ]


@pytest.mark.parametrize("label", ["Abstract", "ABSTRACT", "摘要"])
def test_a_label_alone_above_an_abstract(label: str) -> None:
    """The word is no paragraph of the abstract."""
    assert [["We row.", "We row on."]] == texts(
        f"## A Boat\n{A}\n\n{label}\n\nWe row.\n\nWe row on.\n"
    )
