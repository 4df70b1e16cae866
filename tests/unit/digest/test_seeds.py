"""What the four untidy digests in seeds/ must come out as."""

import re
from collections import Counter
from datetime import UTC
from functools import cache
from pathlib import Path

import pytest

from publisher.digest.parser import ParsedDigest, read
from publisher.model import Item, Paragraph, links_in, paragraphs, plain

SEEDS = Path(__file__).parents[3] / "seeds"
NAMES = sorted(path.name for path in SEEDS.glob("*.txt"))


@cache
def seed(name: str) -> ParsedDigest:
    """Read a seed by the start of its name."""
    [path] = SEEDS.glob(f"{name[:3]}_*.txt")
    return read(path.read_bytes(), path.name, languages=("en", "zh-CN"), zone=UTC)


def items(name: str) -> tuple[Item, ...]:
    """Return the items of a seed."""
    issue = seed(name).issue
    assert issue
    return issue.items


def item(name: str, title: str) -> Item:
    """Return the item of a seed whose title begins so."""
    [found] = [each for each in items(name) if each.title.text.startswith(title)]
    return found


def text(found: Item) -> str:
    """Return all words of an item's text."""
    return "\n".join(plain(run) for run in paragraphs(found.body))


def test_sixty_papers() -> None:
    """The seeds hold 14, 13, 16 and 17 papers, each with two titles, an identity and a text."""
    found = {name: items(name) for name in ("000", "001", "003", "004")}
    assert [14, 13, 16, 17] == [len(each) for each in found.values()]
    every = [each for some in found.values() for each in some]
    assert 60 == len({each.paper for each in every if each.paper})
    assert {"en"} == {each.title.lang for each in every}
    translated = [each.translation for each in every if each.translation]
    assert ["Imagen 3"] == [each.text for each in translated if each.lang != "zh-CN"]
    assert 60 == sum(1 for each in every if each.translation and each.body)
    assert {"arxiv.org"} == {(each.url or "").split("/")[2] for each in every}
    assert {1} == {len(each.links) for each in every}


@pytest.mark.parametrize("name", NAMES)
def test_no_date_no_title_no_introduction(name: str) -> None:
    """Nothing is made up that a seed does not say."""
    issue = seed(name).issue
    assert issue
    assert (name[:3], None, None, (), False) == (
        issue.slug, issue.title, issue.date, issue.intro, issue.draft,
    )  # fmt: skip


def test_paragraphs_belong_to_their_paper() -> None:
    """Abstracts have one, two or three paragraphs, and keep them."""
    every = [each for name in ("000", "001", "003", "004") for each in items(name)]
    assert {1: 58, 3: 2} == Counter(len(each.body) for each in every)
    assert all(isinstance(block, Paragraph) for each in every for block in each.body)
    assert 3 == len(item("001", "FunAudioLLM").body)
    assert 3 == len(item("001", "Multimodal Self-Instruct").body)


def test_strays_of_001() -> None:
    """The two other translations after LLaVA-NeXT-Interleave are left out and told of."""
    assert ["2407.07895", "2407.08348", "2407.08737"] == [
        each.paper.value for each in items("001")[9:12] if each.paper
    ]
    found = item("001", "LLaVA-NeXT-Interleave")
    assert 1 == len(found.body)
    assert "我们认为，现代 LLMs 的数学" not in text(found)
    told = [(d.line, d.code) for d in seed("001").diagnostics]
    assert [(43, "stray-paragraph"), (45, "stray-paragraph")] == told
    assert ["Skywork-Math", "Video Diffusion Alignment"] == [
        re.findall(r'repeats the text of "(Skywork-Math|Video Diffusion Alignment)', d.message)[0]
        for d in seed("001").diagnostics
    ]


def test_cut_abstract_of_004() -> None:
    """RecurrentGemma stops mid-sentence: it is published, and the only remark is on that."""
    assert text(item("004", "RecurrentGemma")).endswith("仍与 Gemma-2")
    [cut] = seed("004").diagnostics
    assert (74, "cut-off") == (cut.line, cut.code)
    assert "RecurrentGemma" in cut.message


@pytest.mark.parametrize("name", ["000", "003"])
def test_other_seeds_have_no_remarks(name: str) -> None:
    """Untidy is not wrong."""
    assert () == seed(name).diagnostics


@pytest.mark.parametrize(
    ("name", "title", "urls"),
    [
        ("000", "VITA", ["https://vita-home.github.io"]),
        (
            "000",
            "Gemma Scope",
            [
                "https://huggingface.co/google/gemma-scope",
                "https://www.neuronpedia.org/gemma-scope",
            ],
        ),
        ("000", "The AI Scientist", ["https://github.com/SakanaAI/AI-Scientist"]),
        ("000", "Med42-v2", ["https://huggingface.co/m42-health"]),
        ("001", "LLaMAX", ["https://github.com/CONE-MT/LLaMAX/", "https://huggingface.co/LLaMAX/"]),
        ("001", "Video Diffusion", ["https://vader-vid.github.io"]),
        (
            "001",
            "Multimodal Self-Instruct",
            ["https://github.com/zwq2018/Multi-modal-Self-instruct"],
        ),
        ("003", "RAFT", ["https://github.com/ShishirPatil/gorilla"]),
    ],
)
def test_addresses_come_out_right(name: str, title: str, urls: list[str]) -> None:
    """Glued, bare, doubled and bracketed addresses all become the right link."""
    runs = paragraphs(item(name, title).body)
    assert urls == [link.url for run in runs for link in links_in(run)]


@pytest.mark.parametrize("name", NAMES)
def test_every_address_is_a_link(name: str) -> None:
    """No address of a seed is left as text, and none is bent."""
    raw = (SEEDS / name).read_text("utf-8")
    written = set(
        re.findall(r"(?:https?://|(?<![\w/.])github\.com/)[A-Za-z0-9./_-]*[A-Za-z0-9/]", raw)
    )
    found = {
        link.url
        for each in items(name[:3])
        for run in (each.links, *paragraphs(each.body))
        for link in links_in(run)
    }
    strays_only = {"https://vader-vid.github.io"} - found
    assert {w if "://" in w else f"https://{w}" for w in written} - strays_only == found
    texts = "".join(text(each) for each in items(name[:3]))
    assert not re.search(r"[{}]http|\]\(|http[^\s，。]*[\u4e00-\u9fff]*\{", texts)
