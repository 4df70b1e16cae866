"""Print, for each case of `shapes`, which aspects are wrong and what items there are.

`python -m tests.golden.shapes_score [NAME …]`; a name stands for all cases that hold it.
"""

import sys
from collections.abc import Iterator

from publisher.model import Issue
from tests.golden.shape_cases import ASPECTS, Case, cases, verdict, words
from tests.golden.shape_losses import losses


def faults(case: Case) -> Iterator[tuple[str, str]]:
    """Yield each thing that is wrong with a case, and the aspect it belongs to."""
    reading = case.reading()
    yield from (("verdict", fault) for fault in verdict(case, reading))
    issue = reading.issue
    if case.expected.error is not False or issue is None:
        return
    for name, aspect in ASPECTS.items():
        yield from ((name, fault) for fault in aspect(case, issue))
    yield from (("losses", fault) for fault in losses(case, issue, reading))


def rows(issue: Issue) -> Iterator[str]:
    """Yield each item: title, translation, paper, section, and how its text begins."""
    for item in issue.items:
        translation = item.translation and item.translation.text
        section = item.section and item.section.heading.text
        text = " ".join(words(item.body).split())[:60]
        paper = item.paper.key if item.paper else item.url
        yield f"{item.title.text} | {translation} | {paper} | {section} | {text}"


def report(names: list[str]) -> Iterator[str]:
    """Yield the lines of the report on all cases that are asked for."""
    chosen = [case for case in cases() if not names or any(name in case.name for name in names)]
    right = 0
    for case in chosen:
        wrong = list(faults(case))
        right += not wrong
        aspects = dict.fromkeys(aspect for aspect, _ in wrong)
        yield f"== {case.name}: {', '.join(aspects) or 'right'}"
        yield from (f"   {aspect}: {fault}" for aspect, fault in wrong)
        if wrong and (issue := case.reading().issue):
            yield from (f"   - {row}" for row in rows(issue))
    yield f"{right} of {len(chosen)} right"


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in report(sys.argv[1:]))
