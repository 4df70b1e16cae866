"""Files, and fenced blocks, that are no text but records: YAML, JSON, JSON Lines, CSV."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence

from publisher.digest.fields.labels import label_of
from publisher.digest.fields.link_lines import line_links
from publisher.digest.markdown.autolink import paper_of
from publisher.digest.markdown.line_marks import closed_fences, heading
from publisher.digest.notations import records
from publisher.digest.notations.keys import Role, is_known, role_of
from publisher.digest.notations.page import Page, UnreadableError
from publisher.digest.notations.records import Collection
from publisher.digest.notations.tree import (
    Listing,
    Record,
    Tree,
    Words,
    of_json,
    of_json_lines,
    of_yaml,
)
from publisher.digest.source_text import Line, Report

_KINDS = frozenset(("", "yaml", "yml", "json", "jsonl", "ndjson", "csv", "tsv"))
#: What begins JSON, and no link or shortcode of Markdown.
_JSON = re.compile(r"\s*(?:\{\s*\"|\[\s*(?:\{|$))")
#: `papers:` with a list below it, or a list of records, as YAML has them and Markdown hardly.
_KEY = r"(?:[\w\u4e00-\u9fff -]{1,40}|\"[^\"\n]{1,40}\"|'[^'\n]{1,40}')"
_YAML = re.compile(
    rf"^{_KEY}:[ \t]*\n(?:[ \t]*\n){{0,3}}[ \t]*- (?:{_KEY}:[ \n]|\{{)"
    rf"|^- {_KEY}:[ \t].*\n  {_KEY}:(?:[ \t]|$)|^-[ \t]*\n  {_KEY}:(?:[ \t]|$)"
    rf"|^- \{{ ?{_KEY}: |\A---[ \t]*\n(?:- )?{_KEY}:[ \n]",
    re.MULTILINE,
)
#: What may stand above it.
_COMMENT = re.compile(r"[ \t]*(?:#.*)?$")
#: A value that YAML takes for a key and a value, where Markdown, and the writer, see a text.
_PLAIN = re.compile(rf"([ \t]*(?:- )*{_KEY}:[ \t]+)([^\s\"'\[{{|>&*!%@`#].*?)[ \t]*$")
_FIRST_KEY = re.compile(rf"[ \t]*(?:[-\[{{,][ \t]*){{0,3}}({_KEY})[ \t]*:")
_DELIMITERS = ",\t;"
_DELIMITER = re.compile(f"[{_DELIMITERS}]")
_FEWEST_KEYS = 2
#: What Excel writes above a table for itself.
_SEPARATOR = re.compile(rf"\"?sep=([{_DELIMITERS}])\"?[{_DELIMITERS}]*[ \t]*$")


def rewritten(lines: Sequence[Line], text: str, report: Report) -> Sequence[Line]:
    """Write the records of a file, or of its fenced blocks, as Markdown; else return the lines.

    `text` is that of the lines. Raises UnreadableError for what is sure to be records and is
    damaged.
    """
    start = next((n for n, line in enumerate(lines) if line.text.strip()), len(lines))
    if start == len(lines):
        return lines
    below = lines[start + 1].text.strip() if start + 1 < len(lines) else ""
    is_named = bool(below and _SEPARATOR.match(lines[start].text))
    whole = _whole(lines[start + is_named :], report)
    if whole:
        page = Page(list(lines[: len(lines) - whole[1]]))
        if is_named:
            page.leave_out("what parts the cells", [page.lines.pop().number])
        page.part()
        records.write(whole[0], 2, page, report)
        page.tell(report)
        return page.lines
    fenced = ("`" in text and "```" in text) or ("~" in text and "~~~" in text)
    return _fences(lines, report) if fenced else lines


def _whole(lines: Sequence[Line], report: Report) -> tuple[Collection, int] | None:
    """Return the records that all lines are, below comments, and how many lines they take."""
    first = lines[0].text
    if first[0] in " \t{[" and _JSON.match("\n".join(line.text for line in lines[:2])):
        collection = _json(lines, report)
        if not collection:
            what = "JSON without records of papers: each has a title, and a link or an abstract"
            raise UnreadableError(what, lines[0].number)
        return collection, len(lines)
    if first[0] != "#" and sum(map(is_known, _DELIMITER.split(first))) > 1:
        collection = _table(lines)
        return (collection, len(lines)) if collection else None
    begin = next((n for n, line in enumerate(lines) if not _COMMENT.match(line.text)), 0)
    if not _opens(lines[begin].text):
        return None
    source = "\n".join(line.text for line in lines[begin:])
    if not _YAML.search(source):
        return None
    collection = _yaml(lines[begin:], report, is_sure=_is_sure(lines[begin:]))
    return (collection, len(lines) - begin) if collection else None


def _opens(text: str) -> bool:
    return text.startswith(("- ", "---")) or text == "-" or re.match(rf"{_KEY}:", text) is not None


def _is_sure(lines: Sequence[Line]) -> bool:
    """Return whether lines are a paper's keys, and none have Markdown's headings or links."""
    is_markdown = any("](" in line.text or heading(line.text) for line in lines)
    return _has_keys(lines) and not is_markdown


def _has_keys(lines: Sequence[Line]) -> bool:
    keys = (match[1] for line in lines if (match := _FIRST_KEY.match(line.text)))
    named = {role_of(key.strip("\"'"))[0] for key in keys} - {None}
    return Role.title in named and len(named) >= _FEWEST_KEYS


def _fences(lines: Sequence[Line], report: Report) -> Sequence[Line]:
    """Write the records of fenced blocks that are no item's code.

    A single record among papers of other kinds is an example.
    """
    fences = closed_fences(lines)
    levels = dict(_levels(lines, fences))
    is_all = not _has_links(lines, fences)
    collections = {
        start: collection
        for start, end in fences.items()
        if levels[start] and (collection := _fenced(lines[start : end + 1], report))
        if is_all or all(map(records.is_paper, collection.records))
    }
    count = sum(len(list(collection.records)) for collection in collections.values())
    if count == 1 and 0 in levels.values():
        collections = {}
    fields = {start for start, end in fences.items() if _are_fields(lines, start, end)}
    if not collections and not fields:
        return lines
    page = Page()
    index = 0
    while index < len(lines):
        if index in collections:
            page.part()
            records.write(collections[index], levels[index], page, report)
        else:
            end = fences.get(index, index) + 1
            is_field = index in fields
            for line in lines[index + is_field : end - is_field]:
                page.keep(line)
        index = fences.get(index, index) + 1
    page.tell(report)
    return page.lines


def _are_fields(lines: Sequence[Line], start: int, end: int) -> bool:
    """Return whether a block right below a heading has nothing in it but labelled values."""
    above = next((line for line in reversed(lines[:start]) if line.text.strip()), None)
    kind = lines[start].text.strip("`~ \t").lower()
    if above is None or not heading(above.text) or kind not in ("", "yaml", "yml"):
        return False
    inside = [label_of(line.text) for line in lines[start + 1 : end] if line.text.strip()]
    return len(inside) >= _FEWEST_KEYS and all(label and label.is_known for label in inside)


def _has_links(lines: Sequence[Line], fences: Mapping[int, int]) -> bool:
    """Return whether there is an address outside the fenced blocks."""
    end = -1
    for index, line in enumerate(lines):
        end = fences.get(index, end)
        if index > end and ("](" in line.text or "http" in line.text):
            return True
    return False


def _levels(lines: Sequence[Line], fences: Mapping[int, int]) -> Iterator[tuple[int, int]]:
    """Yield each line's index and the level of a heading there; 0 in the text of an item."""
    level, end = 2, -1
    for index, line in enumerate(lines):
        end = fences.get(index, end)
        if index <= end:
            pass
        elif titled := heading(line.text):
            level = 0 if "](" in titled[1] or "http" in titled[1] else titled[0] + 1
        elif level and ("http" in line.text or "rxiv" in line.text):
            papers = (paper_of(link.url) for link in line_links(line.text))
            level = 0 if any(papers) else level
        yield index, level


def _fenced(block: Sequence[Line], report: Report) -> Collection | None:
    kind = block[0].text.strip().strip("`~").strip().lower().split(" ")[0].strip("{}.")
    inside = block[1:-1]
    first = next((line.text for line in inside if line.text.strip()), "")
    if kind not in _KINDS or not first:
        return None
    collection: Collection | None = None
    if kind in ("csv", "tsv"):
        collection = _table(inside)
    elif not _has_keys(inside) and not (_JSON.match(first) and _names_title(inside)):
        return None
    elif kind.endswith(("json", "jsonl")) or (not kind and _JSON.match(first)):
        collection = _json(inside, report)
    elif kind:
        collection = _yaml(inside, report, is_sure=True)
    return collection


def _names_title(lines: Sequence[Line]) -> bool:
    return any('"title' in line.text or '"name"' in line.text for line in lines)


def _json(lines: Sequence[Line], report: Report) -> Collection | None:
    source = "\n".join(line.text for line in lines)
    first = lines[0].number
    filled = [line.text.strip() for line in lines if line.text.strip()]
    if len(filled) > 1 and all(text[0] == "{" and text[-1] == "}" for text in filled):
        tree: Tree = of_json_lines(source, first, report)
    else:
        tree = of_json(source, first, report)
    return records.collected([tree])


def _yaml(lines: Sequence[Line], report: Report, *, is_sure: bool) -> Collection | None:
    """Read YAML; where a text with a colon in it is not quoted, as if it were."""
    first = lines[0].number
    source = "\n".join(line.text for line in lines)
    try:
        return records.collected(of_yaml(source, first, report))
    except UnreadableError as error:
        try:
            return records.collected(of_yaml(_quoted(lines), first, report))
        except UnreadableError:
            if is_sure:
                raise error from None
            return None


def _quoted(lines: Sequence[Line]) -> str:
    """Put texts with colons in quotes, except where a text of several lines has them."""
    parts: list[str] = []
    indent = -1  # that of the key whose text the lines are
    for line in lines:
        text = line.text
        margin = len(text) - len(text.lstrip(" -"))
        if text.strip() and margin <= indent:
            indent = -1
        match = _PLAIN.match(text) if indent < 0 else None
        if match and (": " in match[2] or match[2].endswith(":")):
            text = f"{match[1]}'{match[2].replace(chr(39), chr(39) * 2)}'"
        elif indent < 0 and text.rstrip().endswith(("|", ">", "|-", ">-", "|+", ">+")):
            indent = margin
        parts.append(text)
    return "\n".join(parts)


def _fit(columns: Sequence[str], rows: Sequence[tuple[int, list[str]]]) -> bool:
    """Return whether no row has more cells than there are names.

    Raises UnreadableError for one that has, if most have a cell for each name.
    """
    for _, row in rows:  # some programs end each row with a delimiter
        while len(row) > len(columns) and not row[-1].strip():
            del row[-1]
    long = next(((line, len(row)) for line, row in rows if len(row) > len(columns)), None)
    fitting = sum(1 for _, row in rows if len(row) == len(columns))
    if long and 2 * fitting >= len(rows) and not any(name[:1].isspace() for name in columns):
        what = f"a row of {long[1]} cells, and {len(columns)} columns have names"
        raise UnreadableError(f"{what}; put a text with a delimiter in it in quotes", long[0])
    return not long


def _table(lines: Sequence[Line]) -> Collection | None:
    """Read a table whose first row names its columns (RFC 4180, or with tabs or semicolons)."""
    texts = [line.text for line in lines]
    names = texts[0]
    delimiter = max(_DELIMITERS, key=names.count)
    known = [role_of(cell.strip(' "'))[0] for cell in names.split(delimiter)]
    if not ({Role.title, Role.name} & set(known)) or known.count(None) == len(known):
        return None
    if len(known) < _FEWEST_KEYS or len(set(known) - {None}) < _FEWEST_KEYS:
        return None
    rows: list[tuple[int, list[str]]] = []
    reader = csv.reader((f"{text}\n" for text in texts), delimiter=delimiter, strict=True)
    line = 0
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((lines[line].number, row))
            line = reader.line_num
    except csv.Error as error:
        raise UnreadableError(
            f"not CSV: {error}", lines[min(line, len(lines) - 1)].number
        ) from None
    (number, columns), *rest = rows
    if not rest or not _fit(columns, rest):
        return None
    keys = [" ".join(name.split()) for name in columns]
    listing = Listing(number)
    for own, row in rest:
        cells = zip(keys, row, strict=False)
        members: list[tuple[Words, Tree]] = [
            (Words(own, key), Words(own, cell)) for key, cell in cells
        ]
        listing.entries.append(Record(own, members))
    return records.collected([listing])
