"""Records in JSON, YAML and CSV: keys are those that programs write and sites publish."""

import json
import re
from datetime import UTC

import pytest

from publisher.digest.parser import read
from tests.support.notations import errors, markdown, numbered, reported, told

A, B = "https://arxiv.org/abs/2602.90001", "https://arxiv.org/abs/2602.90002"
LINK, LONG = f"**Link**: {A}", "a" * 41
YAML = f"""date: 2026-02-12
papers:
  - title: Slow Dough
    title_zh: 慢面团
    authors: [A. Ash, B. Birch]
    url: {A}
    relevanceScore: 7.5
    abstract: |
      We wait.

      # It rises.
    摘要: 我们等。
  - arxiv_id: 2602.90002
    title: "Fast: Dough"
    code:
"""


def test_yaml() -> None:
    """Each record is a paper: title, other title, links, other values, texts, at their lines."""
    assert [
        (1, "**Date**: 2026-02-12"),
        (3, "## Slow Dough"),
        (4, "**中文标题**: 慢面团"),
        (6, f"**Link**: {A}"),
        (5, "**Authors**: A. Ash, B. Birch"),
        (7, "**Relevance score**: 7.5"),
        (9, "We wait."),
        (11, "**It rises.**"),
        (12, "我们等。"),
        (14, "## Fast: Dough"),
        (13, f"**Link**: {B}"),
    ] == numbered(YAML)
    assert [] == told(YAML)


def test_json() -> None:
    """The same in JSON, on one line or on several, with escapes of halves of characters."""
    paper = {"title": "Slow 😀", "pdfUrl": "https://a.org/b.pdf", "summary": "We\nwait."}
    text = json.dumps([paper, {**paper, "title": "Fast"}], indent=1)
    assert [
        (3, "## Slow 😀"),
        (4, "**PDF**: https://a.org/b.pdf"),
        (5, "We"),
        (5, "wait."),
        (8, "## Fast"),
    ] == numbered(text)[:5]
    assert markdown(text) == markdown(json.dumps([paper, {**paper, "title": "Fast"}]))


def test_json_lines() -> None:
    """A record a line."""
    text = f'{{"title": "Slow", "url": "{A}"}}\n\n{{"title": "Fast", "url": "{B}"}}\n'
    assert [(1, "## Slow"), (1, f"**Link**: {A}"), (3, "## Fast"), (3, f"**Link**: {B}")] == (
        numbered(text)
    )


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv(delimiter: str) -> None:
    """A table whose first row names its columns; a cell in quotes may have several lines."""
    rows = [
        ["title", "url", "abstract"],
        ["Slow", A, f'"We{delimiter}so\n""wait"""'],
        ["Fast", B, "We run"],
    ]
    text = "".join(delimiter.join(row) + "\n" for row in rows)
    assert [
        (2, "## Slow"),
        (2, f"**Link**: {A}"),
        (2, f"We{delimiter}so"),
        (2, '"wait"'),
        (4, "## Fast"),
        (4, f"**Link**: {B}"),
        (4, "We run"),
    ] == numbered(text)


@pytest.mark.parametrize(
    ("members", "shown"),
    [
        ({"id": f"{A}v1"}, [f"**Link**: {A}v1"]),
        ({"arxivId": "2602.90001"}, [LINK]),
        ({"url": A, "arxiv_id": "2602.90001v2"}, [LINK]),
        ({"doi": "10.9999/x"}, ["**Link**: https://doi.org/10.9999/x"]),
        ({"url": A, "doi": "10.9999/x"}, [LINK, "**DOI**: 10.9999/x"]),
        ({"links": {"abs": A, "pdf": "https://a.org/b"}}, [LINK, "**PDF**: https://a.org/b"]),
        ({"url": A, "code": "soon"}, [LINK, "**Code**: soon"]),
        ({"url": A, "code": None, "tags": []}, [LINK]),
        ({"paper": "https://a.org"}, ["**Paper**: https://a.org"]),
        ({"链接": A, "一句话总结": "好"}, [LINK, "**一句话总结**: 好"]),
        ({"url": A, "AI": {"tldr": "x", "why": "y"}}, [LINK, "**TL;DR**: x", "**Why**: y"]),
        (
            {"url": A, "authors": [{"name": "A", "affiliation": "M", "hidden": False}]},
            [LINK, "**Authors**: A (M)"],
        ),
        ({"url": A, "abstract": "a", "summary_zh": "摘"}, [LINK, "**Summary**: 摘", "a"]),
        ({"url": A, "points": [LONG, "b"]}, [LINK, "**Points**:", f"- {LONG}", "- b"]),
        ({"paper": {"title": "T", "id": "2602.90001"}, "upvotes": 3}, [LINK, "**Upvotes**: 3"]),
        ({"url": A, "_id": "7"}, [LINK]),
        ({"url": A, "venue": {"name": "V", "url": B}}, [LINK, f"**Venue**: [V](<{B}>)"]),
    ],
)
def test_keys(members: dict[str, object], shown: list[str]) -> None:
    """Keys in English and Chinese, in any case; values that are lists or tables."""
    record = {"title": "T", **members}
    assert ["## T", *shown] * 2 == markdown(json.dumps([record, record]))


def test_name_of_a_page() -> None:
    """What is no paper has a name and an address."""
    text = json.dumps([{"name": "T", "标题": "", "url": "https://a.org"}])
    assert ["## T", "**Link**: https://a.org"] == markdown(text)


@pytest.mark.parametrize(
    ("data", "headings"),
    [
        ({"title": "News", "items": [1]}, ["# News", "## T"]),
        ({"cs.AI": [1], "cs_LG": [1]}, ["## cs.AI", "### T", "## cs LG", "### T"]),
        ({"data": {"papers": [1]}}, ["## T"]),
        ({"2602.90001": 1, "2602.90002": 1}, ["## T", "## T"]),
        ([1], ["## T"]),
        (1, ["## T"]),
    ],
)
def test_where_records_stand(data: object, headings: list[str]) -> None:
    """In a list, under a name, by their subject, or by their number."""
    record = '{"title": "T", "abstract": "a", "links": {"pdf": "https://a.org"}}'
    text = re.sub(r"(?<=[\[ ])1|^1$", record, json.dumps(data))
    assert headings == [line for line in markdown(text) if line.startswith("#")]


def test_fences() -> None:
    """Blocks of records in a digest, below sections and between words."""
    block = f"```yaml\n- title: T\n  url: {A}\n  authors: A\n```\n"
    text = f"# 周报\n\n大家好。\n\n## Ovens\n\n{block}\n## Salt\n\n{block}\n再见。\n"
    assert ["# 周报", "大家好。", "## Ovens", "### T"] == markdown(text)[:4]
    assert (8, "### T") in numbered(text)
    assert "再见。" == markdown(text)[-1]


@pytest.mark.parametrize("key", ["title", "name"])
def test_fenced_record_on_one_line(key: str) -> None:
    """A record may take one line of a fence."""
    records = f'[\n  {{"{key}": "Slow Dough", "url": "{A}", "abstract": "We wait."}}\n]'
    assert ["## Slow Dough", LINK, "We wait."] == markdown(f"# News\n\n```json\n{records}\n```\n")[
        1:
    ]


@pytest.mark.parametrize(("above", "is_read"), [("Today:", True), (f"See {B}.", False)])
def test_fenced_records_without_links(above: str, *, is_read: bool) -> None:
    """They are papers where the digest has no address, and an example where it has one."""
    records = json.dumps([{"title": "Slow Dough", "abstract": "We wait."}], indent=1)
    lines = markdown(f"{above}\n\n```json\n{records}\n```\n")
    assert is_read == ("## Slow Dough" in lines)


def test_record_without_title_and_link() -> None:
    """It is left out with its lines, as what is no record is."""
    first, last = (json.dumps({"title": t, "url": url}) for t, url in (("T", A), ("U", B)))
    text = f'[{first},\n{{"note": "x",\n"score": 1}},\n7,\n{last}]'
    assert ["## T", "## U"] == [line for line in markdown(text) if line.startswith("#")]
    assert [
        (2, "no-record", "left out (lines 2–3): a record with neither a title nor a link"),
        (4, "no-record", "left out (line 4): it is no record"),
    ] == told(text)


def test_colon_that_is_not_quoted() -> None:
    """YAML takes a colon in a text for a key's; the text is meant, but not in a block of text."""
    text = f"- title: CLIP: it's bread\n  url: {A}\n  abstract: |\n    Method: a: b\n"
    assert ["## CLIP: it's bread", f"**Link**: {A}", "Method: a: b"] == markdown(text)


def test_comment_of_yaml_is_told() -> None:
    """What follows ` #` is lost to YAML, and may have been meant as text."""
    text = f"- title: Bread # 7\n  url: {A}\n"
    [(line, code, message)] = told(text)
    assert (1, "yaml-comment") == (line, code)
    assert "not read: # 7" in message


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (f'[{{"title": "T", "url": "{A}"}},\n]', 2, "not JSON: Expecting value"),
        (f'[{{"title": "T",\n"title": "U", "url": "{A}"}}]', 2, '"title" stands twice'),
        ('[{"title": "T", "score": NaN}]', 1, "not JSON: NaN is no number"),
        ('{"a": ' * 20_000, 1, "not JSON: nested too deeply"),
        ('{"version": 3}', 1, "JSON without records of papers"),
        (f"papers:\n- title: 'T\n  url: {A}\n", 2, "not YAML: "),
        (f"papers:\n- title: &a T\n  url: *a\n  abs: {A}\n", 3, "an alias (*name)"),
        (f'title,url\n"T,{A}\n', 2, "not CSV: unexpected end of data"),
        (f'## a\n\n```json\n[{{\n"title": "T",\n"url": "{A}"\n]\n```\n', 7, "not JSON: Expecting"),
    ],
)
def test_damaged(text: str, line: int, message: str) -> None:
    """What is sure to be records, and cannot be read, is one error at its line."""
    [(where, what)] = errors(text)
    assert line == where
    assert message in what


def test_very_many() -> None:
    """More records than an issue may have items are an error before they are written."""
    text = f'{{"title": "T", "url": "{A}"}}\n' * 10_001
    assert [(1, "10001 records; an issue has at most 10000 items")] == errors(text)


def test_what_is_read() -> None:
    """The papers reach the issue."""
    issue = read(YAML.encode(), "1.txt", languages=("en", "zh-CN"), zone=UTC).issue
    assert issue
    assert [("Slow Dough", A), ("Fast: Dough", B)] == [
        (item.title.text, item.url) for item in issue.items
    ]


def test_row_of_more_cells_than_names() -> None:
    """A text whose comma is not in quotes would move the cells after it: it is an error."""
    rows = f"Title,URL,Notes\nSlow,{A},a\nFast,{B},b, c\n"
    message = "a row of 4 cells, and 3 columns have names; put a text with a delimiter in it in"
    assert [(3, f"{message} quotes")] == errors(rows)
    assert ["## Slow", LINK, "**Notes**: a", "## Fast"] == markdown(rows.replace(", c", ",,"))[:4]


def test_line_that_names_the_delimiter() -> None:
    """Excel reads it, and nobody else."""
    text = f"sep=;\nTitle;URL\nSlow, slower;{A}\n"
    assert [(3, "## Slow, slower"), (3, LINK)] == numbered(text)
    assert [(1, "left-out", "left out (line 1): what parts the cells")] == told(text)
    assert ["sep=;", "Title;URL"] == markdown("sep=;\n\nTitle;URL\n")


def test_key_of_a_date_that_says_whether() -> None:
    """`published: true` is no date."""
    text = f"- title: Slow\n  url: {A}\n  published: true\n  summary: We wait.\n"
    assert ["## Slow", LINK, "We wait."] == markdown(text)
    assert [(3, "left-out")] == [(line, code) for line, code, _ in told(text)]


@pytest.mark.parametrize("mark", [">-\n    ", "", "'"])
def test_paragraphs_of_a_folded_text(mark: str) -> None:
    """A blank line parts paragraphs, and a line end none."""
    summary = f"{mark}We\n    wait.\n\n    It\n    rises.{mark if mark == chr(39) else ''}"
    found, _ = reported(f"- title: Slow\n  url: {A}\n  summary: {summary}\n")
    assert found
    assert ["We wait.", "", "It rises."] == [line.text for line in found][-3:]
