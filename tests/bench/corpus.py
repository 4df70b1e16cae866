"""Digests for the benchmark: the seed digests taken apart and put together anew.

Digest number N is a pure function of the seeds and N, so archives of any size
share their first digests and none has to be held in memory.
"""

import os
import random
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

PAPERS_A_DIGEST = 15
SENTENCES_AN_ABSTRACT = (5, 10)  # gives about 20 KB a digest, as the seeds have
TWO_PARAGRAPHS = 0.1  # the share of abstracts that have them
DESCRIPTION = 200  # characters for search engines, as on our pages
PAPERS_A_MONTH = 1500  # arXiv numbers start again each month

_HEADING = re.compile(
    r"^#{1,2} +(?P<title>.+?) *\n\[(?P<translation>.+)\]\(\S+\) *\n", re.MULTILINE
)
_SENTENCE = re.compile(r"[^。\n]+。")
_PAIRS = (("(", ")"), ("[", "]"), ("（", "）"), ("“", "”"))


@dataclass(frozen=True, kw_only=True)
class Paper:
    """One heading's worth of a digest."""

    arxiv_id: str
    title: str
    translation: str
    abstract: str

    @property
    def url(self) -> str:
        """The paper's address at arXiv."""
        return f"https://arxiv.org/abs/{self.arxiv_id}"


@dataclass(frozen=True, kw_only=True)
class Digest:
    """One digest: a number, a file name and its papers."""

    number: int
    name: str
    papers: tuple[Paper, ...]

    @property
    def slug(self) -> str:
        """The issue's number as it stands in addresses."""
        return f"{self.number:05}"

    @property
    def title(self) -> str:
        """What the publisher calls the issue: its first papers' names."""
        names = [re.split("[:：]", paper.title)[0] for paper in self.papers[:3]]
        return f"{', '.join(names)} and {len(self.papers) - len(names)} more"

    @property
    def date(self) -> str:
        """An ISO date for the peers, which want one to sort by."""
        return (datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=self.number)).isoformat()

    def text(self) -> str:
        """Write the digest the way the seeds are written."""
        return "\n\n".join(
            f"## {paper.title}\n[{paper.translation}]({paper.url})\n\n{paper.abstract}"
            for paper in self.papers
        )


class Corpus:
    """An endless row of digests made of the sentences of the seed digests."""

    def __init__(self, seeds: Path, *, seed: int = 2024) -> None:
        """Take the digests in the folder `seeds` apart."""
        text = "\n\n".join(path.read_text("utf-8") for path in sorted(seeds.glob("*.txt")))
        headings = [match.groupdict() for match in _HEADING.finditer(text)]
        self._titles = [_halves(heading["title"]) for heading in headings]
        self._translations = [_halves(heading["translation"]) for heading in headings]
        sentences = [
            sentence.strip()
            for sentence in _SENTENCE.findall(_HEADING.sub("\n", text))
            if _stands_alone(sentence)
        ]
        self._linking = [sentence for sentence in sentences if "http" in sentence]
        self._plain = [sentence for sentence in sentences if "http" not in sentence]
        self._seed = seed
        if not (headings and self._linking and self._plain):
            raise FileNotFoundError(f"{seeds}: no digests to recombine")

    def digest(self, number: int) -> Digest:
        """Make digest `number`, always the same one."""
        chance = random.Random(f"{self._seed}/{number}")  # noqa: S311  # nothing here is secret
        first = number * PAPERS_A_DIGEST
        papers = tuple(self._paper(first + place, chance) for place in range(PAPERS_A_DIGEST))
        name = f"{number:05}_{chance.getrandbits(64):016x}.txt"
        return Digest(number=number, name=name, papers=papers)

    def first(self, count: int) -> Iterator[Digest]:
        """Make the first `count` digests, numbered from 1."""
        return map(self.digest, range(1, count + 1))

    def write(self, folder: Path, numbers: range) -> None:
        """Write digests into `folder`, as if they had come in an hour ago."""
        folder.mkdir(parents=True, exist_ok=True)
        an_hour_ago = time.time() - 3600
        for number in numbers:
            digest = self.digest(number)
            path = folder / digest.name
            path.write_text(digest.text(), "utf-8")
            os.utime(path, (an_hour_ago, an_hour_ago))

    def _paper(self, index: int, chance: random.Random) -> Paper:
        month, place = divmod(index, PAPERS_A_MONTH)
        years, month = divmod(month, 12)
        which = chance.randrange(len(self._titles))
        subtitle = chance.randrange(len(self._titles))
        return Paper(
            arxiv_id=f"{15 + years:02}{month + 1:02}.{place * 11 + 1:05}",
            title=f"{self._titles[which][0]}-{index}: {self._titles[subtitle][1]}",
            translation=f"{self._translations[which][0]}-{index}：{self._translations[subtitle][1]}",
            abstract=self._abstract(chance),
        )

    def _abstract(self, chance: random.Random) -> str:
        sentences = chance.sample(self._plain, chance.randint(*SENTENCES_AN_ABSTRACT))
        if chance.random() < len(self._linking) / len(self._titles):
            sentences.append(chance.choice(self._linking))
        if chance.random() < TWO_PARAGRAPHS:
            sentences.insert(len(sentences) // 2, "\n\n")
        return "".join(sentences)


def in_rows(digests: Iterable[Digest]) -> Iterator[tuple[Digest | None, Digest, Digest | None]]:
    """Yield digests, each between the one before and the one after."""
    before, digest = None, None
    for after in digests:
        if digest:
            yield before, digest, after
        before, digest = digest, after
    if digest:
        yield before, digest, None


def _halves(title: str) -> tuple[str, str]:
    """Split a title into the name and what follows its colon, if it has one."""
    name, _, rest = re.sub(r"[:：] *", "\0", title, count=1).partition("\0")
    return (name, rest) if rest else (title.split(maxsplit=1)[0], title)


def _stands_alone(sentence: str) -> bool:
    """Return whether a sentence was not cut out of a bracket, a link or a list."""
    balanced = all(sentence.count(left) == sentence.count(right) for left, right in _PAIRS)
    return balanced and not re.match(r"\s*[-*+#>\d]", sentence)
