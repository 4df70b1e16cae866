"""What is judged: the mails and pages of the seeds, and of issues that are put together."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Self

from publisher.model import Issue, IssueRecord
from publisher.render.site import Renderer
from publisher.render.templating.environment import MJML, Templates
from tests.bench.corpus import Corpus
from tests.support.newsletter_folder import NOW, Newsroom

HERE = Path(__file__).parent
SEEDS = HERE.parents[1] / "seeds"
MODULES = HERE / "node_modules"
LEAVE = "https://news.example.org/unsubscribe/a?b=1&c=2"
#: An issue of mixed shapes, one whose abstracts fold, one of nothing but titles.
PUT_TOGETHER = {"005": "shapes", "006": "folded", "007": "compact"}
SLUGS = ("000", "001", "003", "004", *PUT_TOGETHER)
_SHAPES = """---
title: 第五期 "quoted" & <angled>
tags: [vision, 视频]
intro: |
  Welcome. **欢迎**，见 https://example.org/a?b=1&c=2。
---
# 视频
本节两篇。

## VITA: Towards `Open-Source` LLM
[VITA：迈向开源](https://arxiv.org/abs/2408.05211)

> 引用的*一段*话。

- 第一 https://github.com/a/b
  1. one
  2. two

```
a < b && c
```

| a | b |
|---|---|
| 1 | 2 |

## 只有中文题目
https://doi.org/10.1145/3292500.3330701

代码见 https://example.org/{x}。

# Audio

## A title without a colon, and without a translation
https://example.org/paper

---

That's all for this *week*: see https://example.org/a?b=1&c=2.

- 下周见 <"&">
"""


class Listening(Templates):
    """Templates that remember the MJML they have made."""

    source = ""

    def render(self, name: str, **context: object) -> str:
        """Fill in a template, and remember what a mail was before it was HTML."""
        made = super().render(name, **context)
        if name.endswith(MJML):
            self.source = made
        return made


@dataclass(frozen=True)
class Specimen:
    """One issue in all it is made into."""

    issue: Issue
    record: IssueRecord
    templates: Listening
    renderer: Renderer

    @classmethod
    def of(cls, issue: Issue, record: IssueRecord, room: Newsroom) -> Self:
        """Make one, with the settings of a newsletter."""
        settings = room.settings
        templates = Listening(interface_language=settings.newsletter.interface_language)
        zone = settings.schedule.timezone
        return cls(
            issue, record, templates, Renderer(settings.newsletter, zone, templates, "N <n@n.org>")
        )

    @cached_property
    def mail(self) -> str:
        """Return the HTML of its mail."""
        return self.renderer.email(self.issue, self.record, LEAVE).html

    @property
    def mjml(self) -> str:
        """Return the MJML that its mail was made of."""
        self.renderer.email(self.issue, self.record, LEAVE)
        return self.templates.source

    @property
    def page(self) -> str:
        """Return its page."""
        files = self.renderer.issue_files(
            self.issue, self.record, newer=None, older=None, appearances={}, own=()
        )
        return files[f"issues/{self.issue.slug}/index.html"].decode()


def fill(room: Newsroom, now: datetime = NOW) -> None:
    """Publish the seeds and the other issues."""
    corpus = Corpus(SEEDS)
    for path in SEEDS.glob("*.txt"):
        room.drop(path.name, path.read_text(encoding="utf-8"), now)
    for slug, kind in PUT_TOGETHER.items():
        digests = {"shapes": 0, "folded": 4, "compact": 16}[kind]
        text = "\n\n".join(each.text() for each in corpus.first(digests)) or _SHAPES
        room.drop(f"{slug}.txt", text, now)
    room.build(now)


def specimens(room: Newsroom) -> dict[str, Specimen]:
    """Return the published issues by slug."""
    found = {}
    for slug, record in room.records().items():
        issue = room.published(record)
        assert issue is not None
        found[slug] = Specimen.of(issue, record, room)
    return found


def specimen(text: str, room: Newsroom) -> Specimen | None:
    """Make an issue of a digest that is never published; None when there is nothing in it."""
    issue = room.parse("999.txt", text)
    if issue is None:
        return None
    items = len(issue.items)
    record = IssueRecord(
        slug="999", headline="", source="999.txt", published=NOW, updated=NOW, items=items
    )
    return Specimen.of(issue, record, room)


class Judge:
    """npm's mjml and html-validate, at work in one process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def faults(self, kind: str, source: str) -> list[str]:
        """Return what is wrong with a `mail`, a `page` or some `mjml`."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"kind": kind, "source": source}) + "\n")
        self._process.stdin.flush()
        found: list[str] = json.loads(self._process.stdout.readline())
        return found


@contextmanager
def judge() -> Iterator[Judge]:
    """Let the judge sit."""
    command = [shutil.which("node") or "node", str(HERE / "judge.mjs")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        yield Judge(process)
        assert process.stdin
        process.stdin.close()
