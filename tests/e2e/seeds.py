"""The repository's digests, read in the plainest way: what must be found in every artefact."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path

import lxml.html
from lxml import etree

SEEDS = Path(__file__).parents[2] / "seeds"
_HEADING = re.compile(r"#{1,2} (.+)")
_TRANSLATION = re.compile(r"\[(.+)\]\(https://arxiv\.org/abs/([\d.]+)\)")
_MARKED = re.compile(r"\[([^\]]+)\]\((https?://[^)]+)\)")
_URL = re.compile(r"https?://[\w./~-]*[\w/~-]", re.ASCII)
#: As one of the digests has an address.
_WITHOUT_SCHEME = re.compile(r"github\.com/[\w./~-]*[\w/~-]", re.ASCII)
#: They stand under LLaVA-NeXT-Interleave (001), and repeat the texts of other papers.
_STRAYS = (
    "本文探讨了提升大语言模型 (LLMs) 数学推理",
    "我们已在构建基础视频扩散模型方面取得显著进展",
)


@dataclass(frozen=True, slots=True)
class Paper:
    """What a digest says of one paper."""

    slug: str
    id: str
    title: str
    translation: str
    #: Its abstract, squeezed.
    abstract: str
    #: Those in the abstract.
    links: tuple[str, ...]

    @property
    def url(self) -> str:
        """Return its arXiv link."""
        return f"https://arxiv.org/abs/{self.id}"


def papers() -> list[Paper]:
    """Read all papers of all seeds, in order."""
    found: list[Paper] = []
    for path in sorted(SEEDS.glob("*.txt")):
        title, lines = "", list[str]()
        for line in [*path.read_text(encoding="utf-8").splitlines(), "# the end"]:
            heading = _HEADING.fullmatch(line.strip())
            if heading:
                if title:
                    found.append(_paper(path.name[:3], title, lines))
                title, lines = heading[1], []
            elif line.strip():
                lines.append(line.strip())
    return found


def _paper(slug: str, title: str, lines: list[str]) -> Paper:
    translation = _TRANSLATION.fullmatch(lines[0])
    assert translation is not None, lines[0]
    text = "\n".join(line for line in lines[1:] if not line.startswith(_STRAYS))
    links = [link for _, link in _MARKED.findall(text)]
    bare = _MARKED.sub(r"\1", text)
    links += _URL.findall(bare)
    # One link of 000 is followed by itself in braces, LaTeX's way: the second says nothing.
    shown = re.sub(r"\{https://[^}]+\}", "", bare)
    return Paper(slug, translation[2], title, translation[1], squeezed(shown), tuple(links))


def squeezed(text: str) -> str:
    """Return text without what wrapping and markup may change: white space and addresses."""
    return re.sub(r"\s|<>", "", _WITHOUT_SCHEME.sub("", _URL.sub("", text)))


@dataclass(frozen=True, slots=True)
class Shown:
    """What a reader sees in an artefact."""

    #: Squeezed.
    text: str
    links: frozenset[str]


@functools.cache
def shown_html(html: str | bytes) -> Shown:
    """Read a page, or the HTML in a feed."""
    tree = lxml.html.fromstring(html)
    links = frozenset(str(each.get("href")) for each in tree.iter("a"))
    for link in tree.iter("a"):
        if link.text and link.get("href") == f"https://{link.text}":
            link.text = ""  # an address, as browsers show it
    etree.strip_elements(tree, "head", "style", "script", with_tail=False)
    return Shown(squeezed("".join(map(str, tree.itertext()))), links)


@functools.cache
def shown_text(text: str) -> Shown:
    """Read a plain text mail: addresses stand between < and >, and [3] in a text names one."""
    return Shown(
        squeezed(re.sub(r"\[\d{1,3}\]", "", text)),
        frozenset(re.findall(r"<(https?://[^>]+)>", text)),
    )
