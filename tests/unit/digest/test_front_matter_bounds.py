"""Front matter that would take much of the machine: one error each, soon and in little memory."""

from __future__ import annotations

import tracemalloc
from datetime import UTC

import pytest

from publisher.digest.parser import ParsedDigest, read
from publisher.model import Level
from tests.support.time_bounds import within

BODY = "# One\n[一](https://arxiv.org/abs/2408.05211)\n\n文字。\n"
#: Each of nine lists holds the list before it nine times: 9 to the 9th texts in 500 bytes.
BOMB = "a0: &a0 [x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)


def reading(front: str, mark: str = "---") -> ParsedDigest:
    """Read a digest with this front matter."""
    text = f"{mark}\n{front}\n{mark}\n{BODY}"
    return read(text.encode(), "7.md", languages=("en", "zh-CN"), zone=UTC)


def errors(front: str, mark: str = "---") -> list[str]:
    """Return the errors on a front matter, which must take less than 20 MB and two seconds."""
    reading("title: a")  # imports what reads YAML
    tracemalloc.start()
    try:
        with within(2):
            found = reading(front, mark)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20_000_000
    return [f"{d.line}: {d.message}" for d in found.diagnostics if d.level is Level.error]


@pytest.mark.parametrize("key", ["title", "date", "intro", "draft", "tags", "subject", "x"])
def test_aliases_are_refused(key: str) -> None:
    """An alias is an error where it first stands, whichever key would have had what it repeats."""
    alias = "an alias (*name) is not followed; write the text out, or put it in quotes"
    assert [f"3: not YAML: {alias}"] == errors(f"{BOMB}{key}: *a9")
    assert [f"3: not YAML: {alias}"] == errors(f"x: &a [y]\n{key}: *a")
    assert [f"3: not YAML: {alias}"] == errors(f"x: &a {{y: z}}\n<<: *a\n{key}: a")


def test_a_text_that_looks_like_an_alias_may_be_quoted() -> None:
    """Stars in a title are an alias to YAML; in quotes they are stars."""
    issue = reading('title: "*new* models"').issue
    assert issue
    assert "*new* models" == issue.title


@pytest.mark.parametrize(
    ("front", "mark"),
    [
        ("title: " + "[" * 19_000, "---"),
        ("title: " + "[" * 9_000 + "]" * 9_000, "---"),
        ("tags: " + "{a: " * 90 + "b" + "}" * 90, "---"),
        ("tags:\n " + "- " * 9_000 + "a", "---"),
        ("x: y\n" + "? " * 9_000 + "a", "---"),
        ("title = " + "[" * 9_000 + "]" * 9_000, "+++"),
        ("title = " + "{a = " * 3_000 + "1" + "}" * 3_000, "+++"),
    ],
)
def test_deep_nesting_is_one_error(front: str, mark: str) -> None:
    """However lists and tables nest, there is one error, which says so."""
    [error] = errors(front, mark)
    assert "nested " in error


@pytest.mark.parametrize("key", ["title", "subject", "preheader", "tags", "intro", "date", "x"])
@pytest.mark.parametrize("value", ["a." * 9_000 + "b = 1", "a = {" + "a = {" * 90 + "}" * 91])
def test_deep_toml_keys_are_one_error_or_none(key: str, value: str) -> None:
    """A dotted key of thousands of parts, or what it leads to, is no text: one error."""
    found = errors(f"{key}.{value}", "+++")
    assert (key != "x" or value.endswith("1")) == bool(found)
    assert len(found) < 2


def test_a_text_of_many_dots_in_toml_is_read() -> None:
    """Dots in a text are no key."""
    text = "v1.2.3 " * 100 + "." * 200
    issue = reading(f'title = "{text}"', "+++").issue
    assert issue
    assert text == issue.title


@pytest.mark.parametrize("key", ["title", "subject", "tags", "intro", "draft"])
@pytest.mark.parametrize("number", ["9" * 9_000, "0x" + "f" * 9_000, "0b" + "1" * 19_000])
def test_a_huge_number_in_toml_is_one_error(key: str, number: str) -> None:
    """Python writes no number of more than 4,300 digits."""
    value = f"[{number}]" if key == "tags" else number
    [error] = errors(f"{key} = {value}", "+++")
    assert len(error) < 200


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        ("title: !!python/object/apply:os.system [x]", "2: title wants text"),
        ("title: a\n--- b", "3: not YAML: but found another document"),
        ("title: " + "a" * 20_000, "2: longer than 20000 characters"),
        ("subject: [a]", "2: subject wants text"),
        ("date: !!timestamp 99999-01-01", "date wants a date"),
    ],
)
def test_what_yaml_offers_beyond_texts_is_an_error(front: str, expected: str) -> None:
    """No type is made of a tag, and there is one document."""
    [error] = errors(front)
    assert expected in error


@pytest.mark.parametrize("value", ["1_000", "0x" + "f" * 5_000, "190:20:30", "!!int 12", "!!x a"])
def test_a_number_in_yaml_stays_text(value: str) -> None:
    """Numbers of bases 16 and 60 are not computed, and tags are left aside."""
    issue = reading(f"title: {value}").issue
    assert issue
    assert value.rsplit(maxsplit=1)[-1] == issue.title


def test_tags_have_bounds() -> None:
    """Each tag has a feed: more than 50 tags, or a very long one, are an error."""
    assert [] == errors(f"tags: [{', '.join(f't{n}' for n in range(50))}]")
    many = ", ".join(f"t{n}" for n in range(2_500))
    assert ["2: tags has 2500 tags; at most 50"] == errors(f"tags: [{many}]")
    assert ["2: tags has 2500 tags; at most 50"] == errors(f"tags: {many}")
    [error] = errors(f"tags: [{'a' * 101}]")
    assert "has a tag of 101 characters" in error
