"""reStructuredText's marks inside a line: links, roles, notes, substitutions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from publisher.digest.markdown.autolink import safe_url
from publisher.digest.source_text import Line

_MARK = re.compile(
    r"``[^\n]{1,500}?``"  # code: Markdown has it, too
    r"|(?P<nothing>\\(?:[ ]|$))"  # it parts a mark from the word beside it
    r"|(?::(?P<role>[A-Za-z][\w:+.-]{0,40}):)?`(?P<words>[^`\n]{1,500})`(?P<end>__?(?![\w_]))?"
    r"|(?<![\w`:/])(?P<name>[^\W_](?:[\w.+-]{0,60}[^\W_])?)__?(?![\w_])"
    r"|\[(?P<note>#?[\w.-]{0,40}|\*)\]_(?!\w)"
    r"|\|(?P<substitution>[^|\s](?:[^|\n]{0,100}?[^|\s])?)\|_{0,2}"
    r"|https?://[^\s<>]{1,2000}"
)
_EMBEDDED = re.compile(r"(?P<words>.*?)[ \t]*<(?P<target>[^<>]{1,2000})>$", re.DOTALL)
#: What stands below a text for its links and words.
TARGET = re.compile(r"\.\.[ \t]+_(?P<name>`[^`\n]{1,200}`|[^:\n]{1,200}|):(?:[ \t]+(?P<url>.*))?$")
ANONYMOUS = re.compile(r"__[ \t]+(?P<url>\S.*)$")
SUBSTITUTION = re.compile(r"\.\.[ \t]+\|([^|\n]{1,100})\|[ \t]+(\w{1,40})::[ \t]*(.*)$")
_CODE = frozenset(("code", "literal", "file", "command", "option", "samp", "kbd", "envvar"))


@dataclass(slots=True)
class Names:
    """What a file defines below its text, by name."""

    targets: dict[str, str] = field(default_factory=dict)
    #: Addresses of links without a name, in order.
    anonymous: list[str] = field(default_factory=list)
    substitutions: dict[str, str] = field(default_factory=dict)
    #: How many of the anonymous ones are used.
    used: int = 0

    def target(self, name: str) -> str:
        """Return the address that a name stands for, directly or by another name."""
        for _ in range(4):
            address = self.targets.get(key(name), "")
            if not address.endswith("_") or "://" in address:
                return address
            name = address[:-1].strip("`")
        return ""


def key(name: str) -> str:
    """Return a name as names are compared."""
    return " ".join(name.split()).casefold()


def marked(text: str, names: Names) -> str:
    """Return a text of reStructuredText as one of Markdown."""

    def written(match: re.Match[str]) -> str:
        if match["words"]:
            return _interpreted(match, names)
        if match["name"]:
            url = names.target(match["name"])
            return f"[{match['name']}](<{url}>)" if url else match[0]
        if match["note"] is not None:
            return f"[{match['note']}]" if match["note"].isdigit() else f"[^{match['note']}]"
        if match["substitution"]:
            return names.substitutions.get(key(match["substitution"]), match[0])
        return "" if match["nothing"] else match[0]

    if not any(mark in text for mark in "`_|\\"):
        return text
    return _MARK.sub(written, text)


def _interpreted(match: re.Match[str], names: Names) -> str:
    words, role = match["words"], (match["role"] or "").lower()
    target = _EMBEDDED.fullmatch(words)
    if match["end"]:
        if target:
            url = target["target"].strip()
            url = names.target(url[:-1].strip("`")) if url.endswith("_") else url
            words = target["words"] or url
            if key(words) not in names.targets:
                names.targets[key(words)] = url  # `words`_ may stand for it later
        elif match["end"] == "__":
            url = names.anonymous[names.used] if names.used < len(names.anonymous) else ""
            names.used += 1
        else:
            url = names.target(words)
        if safe_url(url):
            return f"[{words}](<{url}>)"
        return words
    if role == "math":
        return f"${words}$"
    if role in _CODE or not role:
        return f"`{words}`"
    if role in ("strong", "emphasis"):
        return f"**{words}**" if role == "strong" else f"*{words}*"
    return target["words"] if target and target["words"] else words


def is_target(text: str) -> bool:
    """Return whether a line is an address that stands below its name."""
    return text[:1].isspace() and "://" in text and len(text.split()) == 1


def defined(lines: Sequence[Line]) -> Names:
    """Return what a file defines."""
    names = Names()
    for index, line in enumerate(lines):
        if line.text[:2] == "__" and (anonymous := ANONYMOUS.match(line.text)):
            names.anonymous.append(anonymous["url"].strip())
        text = line.text.lstrip()
        if text[:2] != "..":
            continue
        if target := TARGET.match(text):
            url = (target["url"] or "").strip()
            below = lines[index + 1].text if index + 1 < len(lines) else ""
            if not url and is_target(below):
                url = below.strip()
            if target["name"] == "_":
                names.anonymous.append(url)
            else:
                names.targets[key(target["name"].strip("`"))] = url
        elif (given := SUBSTITUTION.match(text)) and given[2] in ("replace", "unicode"):
            names.substitutions[key(given[1])] = given[3].strip()
        elif given and given[2] == "image":
            names.substitutions[key(given[1])] = f"[{given[1]}](<{given[3].strip()}>)"
    return names
