"""Digests in the shapes that people publish are read as their readers would want it.

One test an aspect, so that a failure says what is wrong. `python -m tests.golden.shapes_score`
says it of all cases at once, with the items there are.
"""

from collections.abc import Callable, Iterator

import pytest

from publisher.digest.parser import ParsedDigest
from publisher.model import Issue
from tests.golden.shape_cases import ASPECTS, Case, cases, verdict
from tests.golden.shape_losses import losses

CASES = list(cases())
READABLE = [case for case in CASES if case.expected.error is False]


def named(case: Case) -> str:
    """Return what a case is called in the report."""
    return case.name


def issue_of(reading: ParsedDigest) -> Issue:
    """Return the issue of a reading, which there has to be."""
    assert reading.issue, "\n".join(map(str, reading.diagnostics))
    return reading.issue


@pytest.mark.parametrize("case", CASES, ids=named)
def test_what_cannot_be_assigned_is_an_error_and_nothing_else(case: Case) -> None:
    """A digest is an error where one is right, at the line that is right, and nowhere else."""
    assert [] == list(verdict(case, case.reading()))


@pytest.mark.parametrize("aspect", ASPECTS.values(), ids=ASPECTS)
@pytest.mark.parametrize("case", READABLE, ids=named)
def test_what_a_digest_says_stands_where_it_belongs(
    case: Case, aspect: Callable[[Case, Issue], Iterator[str]]
) -> None:
    """Items, titles, identities, texts, metadata and all around them are right."""
    assert [] == list(aspect(case, issue_of(case.reading())))


@pytest.mark.parametrize("case", READABLE, ids=named)
def test_no_word_is_lost_without_a_remark(case: Case) -> None:
    """Each word that a digest shows stands in an output, or in lines that a remark names."""
    reading = case.reading()
    assert [] == list(losses(case, issue_of(reading), reading))
