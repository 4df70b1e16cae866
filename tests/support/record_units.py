"""The lines of records, in every unit that people repeat once a paper.

Only what a reader can tell is written. So there is no text without a label between fields; no
title of the issue on the level of its papers; no rule right below words, of which it makes a
heading; no translation and no second text on the one line of an entry; no sign-off in words that
could go on the last paper's text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from tests.support.record_fields import LABELS, Fields, fields, written
from tests.support.records import Record


@dataclass(slots=True, kw_only=True)
class Blocks:
    """The lines of each record, and what stands around them."""

    records: list[list[str]]
    #: Lines above the record of that index: headings of sections, a table's names.
    above: dict[int, list[str]]
    #: What parts records.
    gap: str = "\n\n"
    has_titles: bool = True
    fields: Sequence[str] = ()
    end: str = ""


# --- Titles -------------------------------------------------------------------------------


def titled(record: Record, how: Fields, *, form: str = "{}") -> list[str]:
    """Return the lines of a title, with its translation where that has no label."""
    if not record.translation or how.translation in ("label", "words"):
        return [form.format(record.title)]
    if how.translation == "beside":
        return [form.format(f"{record.title} — {record.translation}")]
    return [form.format(record.title), record.translation]


# --- Units --------------------------------------------------------------------------------


def headings(draw: st.DrawFn, made: Sequence[Record]) -> Blocks:
    """Write a heading of any level each, with a title above all, and sections one level above.

    Not drawn: a title of the issue on the level of its papers, and a section above them without
    one: the first heading of a file is the issue's title.
    """
    how = draw(fields())
    level = draw(st.integers(1, 6))
    has_title = level > 1 and draw(st.booleans())
    has_sections = has_title and level > 2 and draw(st.booleans())
    number = draw(st.sampled_from(["", "", "{}. ", "{}、", "[{}] ", "📄 {}. "]))
    form = draw(st.sampled_from(["{}", "{}", "**{}**", "[{}](@)"]))
    is_tight = draw(st.booleans())
    above: dict[int, list[str]] = {}
    if has_title:
        above[0] = ["# 每周论文 Weekly", ""]
    if has_sections:
        half = len(made) // 2
        for at, name in ((0, "Vision"), (half, "语言 Language")):
            above[at] = [*above.get(at, ()), f"{'#' * (level - 1)} {name}", ""]
    lines = []
    for n, record in enumerate(made, 1):
        its = form.replace("@", record.url)
        head, *other = titled(record, how, form=its)
        head = f"{'#' * level} {number.format(n)}{head}"
        lines.append(
            [head, *([] if is_tight else [""]), *other, *_gap(other), *written(record, how)]
        )
    return Blocks(records=lines, above=above, fields=how.order)


def _gap(lines: Sequence[str]) -> list[str]:
    return [""] if lines else []


def entries(draw: st.DrawFn, made: Sequence[Record]) -> Blocks:
    """Write an entry of a list each, its fields on lines of their own."""
    how = draw(fields(is_inline=True))
    bullet = draw(
        st.sampled_from(["- ", "* ", "+ ", "1. ", "1) ", "1、", "• ", "- [ ] ", "- [x] "])
    )
    form = draw(st.sampled_from(["[{}](@)", "**{}**", "**[{}](@)**", "{}"]))
    margin = " " * (3 if bullet[0] == "1" else 2)
    lines = []
    for n, record in enumerate(made, 1):
        its = form.replace("@", record.url)
        head, *other = titled(record, how, form=its)
        below = [f"{other[0]}  ", *written(record, how)] if other else written(record, how)
        first = bullet.replace("1", str(n)) + head + ("" if how.is_spread else how.trailing)
        gap = [""] if how.is_spread else []
        lines.append([first, *gap, *(margin + line if line else "" for line in below)])
    return Blocks(
        records=lines, above={}, fields=how.order, gap=draw(st.sampled_from(["\n", "\n\n"]))
    )


def short_entries(draw: st.DrawFn, made: Sequence[Record]) -> Blocks:
    """Write an entry of a list each, on one line: a title, its link and a text.

    Titles have no translation, and texts are in one language: two on a line are one text.
    """
    bullet = draw(st.sampled_from(["- ", "* ", "1. ", "1、", "• ", "- [ ] "]))
    form = draw(st.sampled_from([
        "[{title}]({url}){gap}{text}", "**[{title}]({url})**{gap}{text}",
        "**{title}** ([PDF]({url})){gap}{text}", "**{title}** [[论文]({url})]{gap}{text}",
        "**{title}**{gap}{text} [PDF]({url})", "[[PDF]({url})] **{title}**{gap}{text}",
    ]))  # fmt: skip
    gap = draw(st.sampled_from([" - ", ": ", " — ", "：", " "]))
    lines = [
        [
            bullet.replace("1", str(n))
            + form.format(title=record.title, url=record.url, gap=gap, text=record.texts[0].line)
        ]
        for n, record in enumerate(made, 1)
    ]
    return Blocks(records=lines, above={}, gap=draw(st.sampled_from(["\n", "\n\n"])))


def nested_entries(draw: st.DrawFn, made: Sequence[Record]) -> Blocks:
    """Write an entry each for the title, with one below it for each field and text."""
    how = draw(fields(is_inline=True))
    bullet = draw(st.sampled_from(["- ", "* ", "1. ", "1) "]))
    form = draw(st.sampled_from(["[{}](@)", "**{}**", "**[{}](@)**", "{}"]))
    margin = " " * draw(st.integers(3 if bullet[0] == "1" else 2, 4))
    inner = draw(st.sampled_from(["- ", "* "]))
    lines = []
    for n, record in enumerate(made, 1):
        one = replace(how, is_spread=False, trailing="")
        joined = replace(
            record, texts=tuple(replace(t, paragraphs=(t.line,)) for t in record.texts)
        )
        head, *other = titled(record, how, form=form.replace("@", record.url))
        below = [*other, *(line for line in written(joined, one) if line)]
        lines.append(
            [bullet.replace("1", str(n)) + head, *(margin + inner + line for line in below)]
        )
    return Blocks(
        records=lines, above={}, fields=how.order, gap=draw(st.sampled_from(["\n", "\n\n"]))
    )


def rows(draw: st.DrawFn, made: Sequence[Record]) -> Blocks:
    """Write a row of a table each; columns stand in any order, under names of either language."""
    tongue, choice = draw(st.integers(0, 1)), draw(st.integers(0, 5))
    some = draw(st.sets(st.sampled_from(["authors", "date", "venue", "code", "number"])))
    is_linked = draw(st.booleans())
    link = draw(st.sampled_from(["[PDF]({url})", "[论文]({url})", "{url}", "[{key}]({url})"]))
    langs = [text.lang for text in made[0].texts]
    columns = [*sorted(some), "title", *langs, *([] if is_linked else ["link"])]
    if any(record.translation for record in made):
        columns.append("translation")
    columns = draw(st.permutations(columns))
    outer = draw(st.booleans())

    def row(cells: Sequence[str]) -> str:
        joined = " | ".join(cells)
        # Without bars at its ends a row cannot begin or end with an empty cell.
        return f"| {joined} |" if outer or not (cells[0] and cells[-1]) else joined

    def cell(name: str, n: int, record: Record) -> str:
        if name in langs:
            return record.texts[langs.index(name)].line
        return {
            "number": str(n),
            "title": f"[{record.title}]({record.url})" if is_linked else record.title,
            "translation": record.translation,
            "authors": ", ".join(record.authors),
            "date": record.date,
            "venue": record.venue,
            "code": f"[GitHub]({record.code})",
            "link": link.format(url=record.url, key=record.key),
        }[name]

    names = {name: labels[tongue][choice % len(labels[tongue])] for name, labels in LABELS.items()}
    names["number"] = ("#", "序号")[tongue]
    if langs == ["en", "zh"] and names["en"] == names["zh"]:
        names["zh"] = "中文摘要"
    head = [row([names[name] for name in columns]), row(["---"] * len(columns))]
    lines = [[row([cell(name, n, record) for name in columns])] for n, record in enumerate(made, 1)]
    return Blocks(records=lines, above={0: head}, gap="\n", fields=columns)


def numbered(draw: st.DrawFn, made: Sequence[Record]) -> Blocks:
    """Write a numbered line each, with fields below it at the margin."""
    how = draw(fields())
    number = draw(
        st.sampled_from(["1. ", "1、", "[1] ", "（一）", "【1】", "①", "① ", "No. 1: ", "(1) "])
    )
    form = draw(st.sampled_from(["{}", "{}", "**{}**", "[{}](@)"]))
    lines = []
    for n, record in enumerate(made, 1):
        mark = (
            number.replace("1", str(n))
            .replace("一", "一二三四五六七八"[n - 1])
            .replace("①", chr(0x245F + n))
        )
        head, *other = titled(record, how, form=form.replace("@", record.url))
        gap = [""] if how.is_spread else []
        lines.append(
            [
                mark + head + how.trailing,
                *gap,
                *other,
                *(gap if other else []),
                *written(record, how),
            ]
        )
    return Blocks(records=lines, above={}, fields=how.order)


def label_blocks(draw: st.DrawFn, made: Sequence[Record]) -> Blocks:
    """Write a block of labelled fields each, the title's first."""
    how = draw(fields(is_labelled=True))
    lines = []
    for record in made:
        gap = [""] if how.is_spread else []
        title = how.bullet + how.label("title", record.title) + how.trailing
        lines.append([title, *gap, *written(record, how)])
    return Blocks(records=lines, above={}, fields=how.order)


def bold_lines(draw: st.DrawFn, made: Sequence[Record]) -> Blocks:
    """Write a line in strong words each, for a heading."""
    how = draw(fields())
    number = draw(st.sampled_from(["", "", "{}. "]))
    stress = draw(st.sampled_from(["**", "__"]))
    is_tight = draw(st.booleans())
    lines = []
    for n, record in enumerate(made, 1):
        head, *other = titled(record, how)
        gap = [] if is_tight else [""]
        lines.append([
            f"{stress}{number.format(n)}{head}{stress}{how.trailing}",
            *gap, *other, *_gap(other), *written(record, how),
        ])  # fmt: skip
    return Blocks(records=lines, above={}, fields=how.order)


def ruled(draw: st.DrawFn, made: Sequence[Record]) -> Blocks:
    """Write a block between rules each, its title on the first line.

    There are blank lines around a rule: below a line of words it makes that a heading.
    """
    how = draw(fields())
    rule = draw(
        st.sampled_from(["---", "***", "* * *", "━━━━━━━━━━", "___", "==========", "——————"])
    )
    form = draw(st.sampled_from(["{}", "**{}**", "[{}](@)"]))
    lines = []
    for record in made:
        head, *other = titled(record, how, form=form.replace("@", record.url))
        gap = [""] if how.is_spread else []
        lines.append(
            [head + how.trailing, *gap, *other, *(gap if other else []), *written(record, how)]
        )
    return Blocks(
        records=lines, above={0: [rule, ""]}, gap=f"\n\n{rule}\n\n",
        fields=how.order, end=f"\n\n{rule}",
    )  # fmt: skip


def above_texts(draw: st.DrawFn, made: Sequence[Record]) -> Blocks:
    """Write a plain title each right above its link, with the text below."""
    how = replace(draw(fields()), bullet="", is_spread=False)
    if how.translation == "label":
        how = replace(how, translation="line")
    is_close = draw(st.booleans())
    lines = []
    for record in made:
        head, *other = titled(record, how)
        one = replace(how, order=("abstract",), is_abstract_labelled=False)
        lines.append([
            head + how.trailing, *other, how.paper(record) + how.trailing,
            *([] if is_close else [""]), *written(record, one),
        ])  # fmt: skip
    return Blocks(records=lines, above={})


def below_texts(draw: st.DrawFn, made: Sequence[Record]) -> Blocks:
    """Write a text each right above its link; it may have its title on its first line.

    Texts are one paragraph in one language: a link takes what stands right above it.
    """
    how = replace(draw(fields()), translation="label")
    has_title = draw(st.booleans())
    lines = []
    for record in made:
        title = [record.title] if has_title else []
        lines.append([*title, record.texts[0].line + how.trailing, how.paper(record)])
    return Blocks(records=lines, above={}, has_titles=has_title)
