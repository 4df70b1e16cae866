"""Which folder is the newsletter that a database is marked with."""

from dataclasses import replace

import pytest

from publisher.storage.ownership import Mark, is_same

MARK = Mark(id="a" * 32, path="/srv/news", title="Papers", base_url="https://news.example.org/")
ELSEWHERE, RENAMED, REHOSTED = (
    {"path": "/srv/other"},
    {"title": "Other Papers"},
    {"base_url": "https://other.example.org/"},
)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, True),
        (ELSEWHERE, True),
        (RENAMED, True),
        (REHOSTED, True),
        (ELSEWHERE | RENAMED, True),
        (ELSEWHERE | REHOSTED, True),
        (RENAMED | REHOSTED, True),
        (ELSEWHERE | RENAMED | REHOSTED, False),
    ],
)
def test_a_folder_with_the_id(changed: dict[str, str], expected: bool) -> None:  # noqa: FBT001
    """It is the newsletter as long as its place, its title or its address is as it was."""
    assert expected is is_same(replace(MARK, **changed), MARK)


@pytest.mark.parametrize(
    ("changed", "expected"), [({}, True), (ELSEWHERE, False), (RENAMED, False), (REHOSTED, False)]
)
def test_a_folder_without_an_id(changed: dict[str, str], expected: bool) -> None:  # noqa: FBT001
    """It is the newsletter only where all is as it was."""
    assert expected is is_same(replace(MARK, id="", **changed), MARK)


def test_a_folder_with_another_id() -> None:
    """It is another newsletter, whatever is the same."""
    assert not is_same(replace(MARK, id="b" * 32), MARK)
