"""Lines as people write them, in the forms that Markdown has for them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from publisher.digest.fields import titles
from publisher.digest.fields.labels import Role, label_of
from publisher.digest.fields.link_lines import line_links
from publisher.digest.markdown.line_marks import BULLET, RULE, closed_fences, heading
from publisher.digest.source_text import Line, Report
from publisher.model import Level, links_in


def unpacked(lines: Sequence[Line], text: str) -> Sequence[Line]:
    """Return the lines of a text out of what is around all of them, or around their parts."""
    if "\n>" in text or text.startswith(">"):
        lines = unquoted(lines)
    # To look for one character takes 0.5 us, for more 6.
    if "`" in text or "~" in text:
        lines = unwrapped(lines)
    if "[^" in text:
        lines = footnoted(lines)
    return unboxed(lines) if "!!!" in text or "???" in text else lines


_MARKDOWN = ("```markdown", "```md", "~~~markdown", "~~~md")


def unwrapped(lines: Sequence[Line]) -> Sequence[Line]:
    """Take off the fence around all of a digest, as a model hands it over: it is no text."""
    for start, end in closed_fences(lines).items():
        if lines[start].text.strip().lower() in _MARKDOWN:
            if any(heading(line.text) for line in lines[:start]):
                break  # below a heading it is an example
            return [*lines[:start], *lines[start + 1 : end], *lines[end + 1 :]]
    return lines


_SETEXT = re.compile(r" {0,3}(?:=+|-{3,})[ \t]*$")
#: A line drawn with a character that no letters or Markdown are made of; few stars are a score.
_DRAWN = re.compile(
    r"[ \t]*(?!(?:[⭐★☆🌟🔥👍❤]\ufe0f?){3,10}[ \t]*$)"
    r"([^\w\s#>|`\[\](){}<&\\$'\".,:;!?*+-])(?:[ \t]*\1){2,}[ \t\ufe0f]*$"
)
#: `Name, [12.03.2026 9:14]`, as a chat's messages begin when they are exported.
_MESSAGE = re.compile(
    r"[^\n\[\]]{1,60},? \[[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4},?"
    r" [0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?\]:?[ \t]*"
    r"|\[[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4},?[ ][0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?"
    r"(?:[ ][AP]M)?\]"
    r"[ ][^\n:]{1,60}"
    # `ana  9:14 AM`, `ana — Today at 9:14 AM`, as they are copied.
    r"|\S{1,30}(?:[ ]\S{1,30}){0,3}(?:[ ]{2,4}|\t|[ ]—[ ](?:(?:Today|Yesterday)[ ]at|[0-9/.-]{6,10}"
    r"(?:[ ]at|,)?)[ ])[0-9]{1,2}:[0-9]{2}(?:[ ]?[AP]M)?"
)
#: `[18.11.2026, 09:12:33] Ana: text` and `11/18/26, 9:12 AM - Ana: text`.
_SAID = re.compile(
    r"\[?[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4},?[ ][0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?"
    r"(?:[ \u202f][AP]M)?(?:\]|[ ]-)[ ][^\n:]{1,40}:[ ]+(?=\S)"
)
#: A chat begins with a message, or with few lines of its program's.
_FIRST = 5
#: How a line ends that says who wrote a message, and when.
_TIME = re.compile(r":[0-9]{2}(?:[ ]?[AP]M)?$")
#: Stress that ends where other stress begins.
_GLUED = re.compile(r"(?<=[^\s*])\*\*\*\*(?=[^\s*])")
_FEWEST_PAIRS, _SHORT = 2, 4
_COUNT = re.compile(r"[ \t]*#[0-9]{1,3}[.:：、)）]?[ \t]+")
_HASHES = re.compile(r"[ \t]*#{7,}[ \t]*")


#: A stressed title before a line break of HTML.
_BROKEN = re.compile(r"[ \t]{0,3}(?:\*\*|__)[^*_\n|][^\n|]{0,300}?(?:\*\*|__)[ \t]*<br ?/?>")
_BREAK = re.compile(r"[ \t]*<br ?/?>[ \t]*")


def _broken(line: Line) -> Iterator[Line]:
    """Yield the parts of a line that breaks of HTML part, where the first is a stressed title."""
    if not _BROKEN.match(line.text):
        yield line
        return
    at = 0
    for match in _BREAK.finditer(line.text):
        yield line.after(at)._replace(text=line.text[at : match.start()] + ("  " if at else ""))
        at = match.end()
    if line.text[at:].strip():
        yield line.after(at)


#: A number by itself above a title: `01`, `No. 1`, `—— 1 ——`.
_ALONE = re.compile(
    r"[ \t]*(?![*+-][ \t])[^\w\n#>|`\[\]]{0,6}(?:No\.?|Part\.?|Paper|论文|論文|第)?[ ]?"
    r"(?P<number>[0-9]{1,3})(?:[ ]?篇)?[^\w\n|`\[\]]{0,6}",
    re.IGNORECASE,
)


def _numbered(lines: Sequence[Line]) -> Sequence[Line]:
    """Return lines with the numbers that stand above titles in front of these, as `1、Title`.

    There are several, and they count from 1; they may begin again. Where titles have labels, what
    a blank line parts from a number is a headline, and stays.
    """
    alone = [(i, m) for i, line in enumerate(lines) if (m := _ALONE.fullmatch(line.text))]
    numbers = [int(match["number"]) for _, match in alone]
    counts = all(number in (1, last + 1) for last, number in pairwise([0, *numbers]))
    if len(alone) < _FEWEST_PAIRS or not counts:
        return lines
    code = {i for start, end in closed_fences(lines).items() for i in range(start, end + 1)}
    labels = map(label_of, (line.text for line in lines))
    reach = 2 if any(label and label.role is Role.title for label in labels) else len(lines)
    changed = list(lines)
    for (index, _), number in zip(alone, numbers, strict=True):
        filled = (
            i for i in range(index + 1, min(index + reach, len(lines))) if lines[i].text.strip()
        )
        below = next(filled, -1)
        if index in code or below < 0:
            return lines
        changed[index] = lines[index]._replace(text="")
        if not heading(lines[below].text):
            changed[below] = lines[below]._replace(text=f"{number}、{lines[below].text.strip()}")
    return changed


def _may_be_changed(text: str) -> bool:
    return bool(text) and (
        not text.lstrip(" ")[:1].isalnum()
        or text.endswith("]")
        or (text[-1] in "M0123456789" and _TIME.search(text, len(text) - 8) is not None)
    )


def hashed(lines: Sequence[Line], report: Report) -> Sequence[Line]:
    """Return lines with headings, rules and breaks as Markdown has them.

    Underlined headings, and `#Title` above links, become `# Title`. Below a whole sentence or a
    link a line is the rule people draw between items (CommonMark 4.3); `#words` elsewhere is a tag.
    """
    if any("****" in line.text for line in lines):
        lines = [line._replace(text=_GLUED.sub("", line.text)) for line in lines]
    if any(_BROKEN.match(line.text) for line in lines):
        lines = [part for line in lines for part in _broken(line)]
    lines = _paired(_numbered(_unsaid(lines, report)))
    marked = [index for index, line in enumerate(lines) if _may_be_changed(line.text)]
    changes = [(index, new) for index in marked if (new := _changed(lines, index)) is not None]
    if not changes:
        return lines
    code = {i for start, end in closed_fences(lines).items() for i in range(start, end + 1)}
    changed = list(lines)
    for index, (text, level) in changes:
        if index in code:
            continue
        line = changed[index] = lines[index]._replace(text=text)
        if level:
            above = lines[index - 1]
            changed[index - 1] = above._replace(text=f"{level} {above.text.strip()}")
        if _MESSAGE.fullmatch(lines[index].text):
            _tell(line, lines[index].text, report)
    return changed


def _tell(line: Line, words: str, report: Report) -> None:
    what = f"who wrote a message, and when, is left out: {words.strip()}"
    report(line.number, line.column, Level.info, "message", what)


def _unsaid(lines: Sequence[Line], report: Report) -> Sequence[Line]:
    """Return lines with a rule for what stands before the words of each message of a chat."""
    if not any(_SAID.match(line.text) for line in lines[:_FIRST]):
        return lines
    changed: list[Line] = []
    for line in lines:
        if message := _SAID.match(line.text):
            _tell(line, message[0].rstrip(": "), report)
            changed += [line._replace(text="***"), line.after(message.end())]
        else:
            changed.append(line)
    return changed


def _are_titles(one: str, other: str) -> bool:
    """Return whether headings are a title and its translation, and none a section's short name."""
    is_long = all(len(words.split()) > 1 or len(words) > _SHORT for words in (one, other))
    return is_long and titles.translates(one, other)


def _deeper_pairs(
    headings: Sequence[tuple[int, str]],
    next_to: Sequence[tuple[tuple[int, str], int, tuple[int, str]]],
) -> list[tuple[int, str, bool]]:
    """Return the translations one level below their titles: all that there are on their level.

    Sections would have several items, or one that is no translation.
    """
    pairs = [
        (one[0], (second, other[1], False))
        for one, second, other in next_to
        if other[0] == one[0] + 1 and _are_titles(one[1], other[1])
    ]
    levels = {level for level, _ in pairs}
    counts = [
        sum(1 for level, _ in headings if level == top + below)
        for top in levels
        for below in (0, 1)
    ]
    return [pair for _, pair in pairs] if counts == [len(pairs)] * 2 else []


def _paired(lines: Sequence[Line]) -> Sequence[Line]:
    """Return lines with one heading for each title and its translation, or for one typed twice.

    A single pair may be a heading of a section over one of an item, in another language.
    """
    headings = [
        (i, h) for i, line in enumerate(lines) if line.text[:1] == "#" and (h := heading(line.text))
    ]
    next_to = [
        (one, second, other)
        for (first, one), (second, other) in pairwise(headings)
        if one[1] and not any(line.text.strip() for line in lines[first + 1 : second])
    ]
    pairs = [
        (second, other[1], one[1] == other[1])
        for one, second, other in next_to
        if one[0] == other[0] and (one[1] == other[1] or _are_titles(one[1], other[1]))
    ]
    pairs += _deeper_pairs([heading for _, heading in headings], next_to)
    translated = [pair for pair in pairs if not pair[2]]
    if len(translated) < _FEWEST_PAIRS:
        pairs = [pair for pair in pairs if pair[2]]
    if not pairs:
        return lines
    code = {i for start, end in closed_fences(lines).items() for i in range(start, end + 1)}
    changed = list(lines)
    for second, words, is_same in pairs:
        if second not in code:
            changed[second] = lines[second]._replace(text="" if is_same else f"**{words}**")
    return changed


def _changed(lines: Sequence[Line], index: int) -> tuple[str, str] | None:
    """Return what a line becomes, and the mark that it makes the line above a heading with."""
    text = lines[index].text
    if _SETEXT.match(text) and index:
        level = "#" if text.lstrip()[0] == "=" else "##"
        return ("", level) if _may_be_underlined(lines, index) else None
    is_hashes = _HASHES.fullmatch(text) is not None
    if text.lstrip(" ").startswith("#") and not heading(text) and not is_hashes:
        below = lines[index + 1].text if index + 1 < len(lines) else ""
        return ("# " + _COUNT.sub("", text).strip(" #"), "") if line_links(below) else None
    is_drawn = not RULE.match(text) and _DRAWN.match(text.replace("\ufe0f", ""))
    return ("***", "") if is_hashes or is_drawn or _MESSAGE.fullmatch(text) else None


_QUOTED_HEADING = re.compile(r">[ ]?#{1,6}[ ]")
_PAPER = re.compile(r"(?:arxiv|doi|openreview)\.[a-z]+/\w+", re.IGNORECASE)
_LINKED = re.compile(r"https?://|arxiv:|\]\(", re.IGNORECASE)


def unquoted(lines: Sequence[Line]) -> Sequence[Line]:
    """Return lines without the mark of a quote, where all but a greeting is quoted."""
    written = [line for line in lines if line.text.strip()]
    others = [line for line in written if not line.text.startswith(">")]
    if not written or 2 * len(others) > len(written) + 1:
        return lines
    has_cards = any(_QUOTED_HEADING.match(line.text) for line in written)
    if any(_PAPER.search(line.text) for line in others):
        return lines
    if not has_cards and any(heading(line.text) or _LINKED.search(line.text) for line in others):
        return lines
    return [
        line.after(2 if line.text.startswith("> ") else line.text.startswith(">")) for line in lines
    ]


def _may_be_underlined(lines: Sequence[Line], index: int) -> bool:
    title = lines[index - 1].text
    alone = index < 2 or not lines[index - 2].text.strip()  # noqa: PLR2004
    return (
        alone
        and titles.may_be_title(title)
        and not heading(title)
        and not BULLET.match(title)
        and not RULE.match(title)
        and not label_of(title)
        and not any(True for _ in links_in(titles.inlines(title)))
    )


_FOLD = re.compile(r"<(?P<end>/?)details\b", re.IGNORECASE)


def folded(lines: Sequence[Line]) -> Sequence[Line]:
    """Return lines with the headings inside `<details>` one level below the heading above it.

    What can be folded away is a part of what it stands under, whatever its headings' levels.
    """
    if not any("<details" in line.text.lower() for line in lines):
        return lines
    changed: list[Line] = []
    depth = above = shift = 0
    for line in lines:
        titled = heading(line.text)
        if titled and depth:
            shift = shift or max(above + 1 - titled[0], 0)
            level = min(titled[0] + shift, 6)
            line = line._replace(text=f"{'#' * level} {titled[1]}")  # noqa: PLW2901
        elif titled:
            above = titled[0]
        for tag in _FOLD.finditer(line.text):
            depth = max(depth - 1, 0) if tag["end"] else depth + 1
            shift = shift if depth else 0
        changed.append(line)
    return changed


_ADMONITION = re.compile(
    r"(?:!!!|\?\?\?\+?)[ \t]+[\w-]{1,20}[ \t]+\"(?P<title>[^\"\n]{1,300})\"[ \t]*"
)
_FOOTNOTE = re.compile(r"[ \t]{0,3}\[\^(?P<name>[^\[\]\s]{1,60})\]:[ \t]+(?P<text>\S.*)")
_NOTED = re.compile(r"\[\^(?P<name>[^\[\]\s]{1,60})\]")


def unboxed(lines: Sequence[Line]) -> Sequence[Line]:
    """Return lines with titled boxes (`!!! note "Title"`, its text indented) as headed parts."""
    if not any(_ADMONITION.fullmatch(line.text) for line in lines):
        return lines
    changed: list[Line] = []
    is_inside = False
    for line in lines:
        if box := _ADMONITION.fullmatch(line.text):
            is_inside = True
            changed.append(line._replace(text=f"###### {box['title']}"))
        elif is_inside and line.text.startswith("    "):
            changed.append(line.after(4))
        else:
            is_inside = is_inside and not line.text.strip()
            changed.append(line)
    return changed


def footnoted(lines: Sequence[Line]) -> Sequence[Line]:
    """Return lines with the footnotes of headings below them: they name the paper."""
    notes = {m["name"]: i for i, line in enumerate(lines) if (m := _FOOTNOTE.fullmatch(line.text))}
    used = {
        note["name"]
        for line in lines
        if heading(line.text)
        for note in _NOTED.finditer(line.text)
        if note["name"] in notes
    }
    if not notes:
        return lines
    moved = {notes[name] for name in used}
    changed: list[Line] = []
    for index, line in enumerate(lines):
        if index in moved:
            continue
        names = [n["name"] for n in _NOTED.finditer(line.text)] if heading(line.text) else []
        own = [name for name in names if name in used]
        if not own:
            known = _NOTED.sub(
                lambda m: f"[{m['name']}]" if m["name"] in notes else m[0], line.text
            )
            changed.append(line if known == line.text else line._replace(text=known))
            continue
        changed.append(line._replace(text=_NOTED.sub("", line.text)))
        for name in own:
            used.discard(name)
            note = lines[notes[name]]
            match = _FOOTNOTE.fullmatch(note.text)
            changed += [note.after(match.start("text")) if match else note, Line(note.number, "")]
    return changed
