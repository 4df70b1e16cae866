"""MJML's components: which attributes each takes, with which values, and what it may hold.

schema.json beside this file has MJML's own tables: `make mjml-schema` makes it of npm's `mjml`, and
names the version. IGNORED and REFUSED say where mjml-python 1.4 does less than that.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

_SCHEMA: dict[str, Any] = json.loads(Path(__file__).with_name("schema.json").read_text("utf-8"))

#: What MJML has and mjml-python has not, by tag: it refuses the whole mail for them.
REFUSED = {
    "mj-html-attributes": "set the attributes on the HTML itself",
    "mj-selector": "set the attributes on the HTML itself",
    "mj-html-attribute": "set the attributes on the HTML itself",
    "mj-include": 'write {% include "…" %}',
}

#: Attributes that change nothing in what mjml-python makes, with what to do instead.
IGNORED = {
    "mj-accordion-title": {"font-weight": "put <strong> around the text"},
    "mj-button": {"title": "remove it"},
    "mj-hero": {
        "border-radius": "remove it",
        "container-background-color": "use background-color",
    },
    "mj-image": {
        "border-bottom": "use border",
        "border-left": "use border",
        "border-right": "use border",
        "border-top": "use border",
        "sizes": "remove it",
    },
    "mj-raw": {"position": "remove it"},
    "mj-section": {"text-padding": "use padding on the mj-text"},
    "mj-social": {"table-layout": "remove it"},
    "mj-social-element": {
        "icon-position": "remove it",
        "sizes": "remove it",
        "srcset": "remove it",
    },
    "mj-spacer": dict.fromkeys(
        ("border", "border-bottom", "border-left", "border-right", "border-top"),
        "use mj-divider",
    ),
    "mj-style": {"inline": "set style on the HTML itself"},
    "mj-table": {"font-weight": "set style on the cells", "role": "remove it"},
    "mj-text": {"background-color": "use container-background-color"},
    "mj-wrapper": {"gap": "use padding on the sections", "text-padding": "use padding"},
}

#: Taken by every component.
EVERYWHERE = frozenset(("css-class", "mj-class"))
#: Not in MJML's tables, since its validator never looks at the root.
_ROOT = frozenset(("lang", "dir", "owa"))

_COMPONENTS: dict[str, dict[str, Any]] = {
    tag: component for tag, component in _SCHEMA["components"].items() if tag not in REFUSED
}
#: Components whose content is passed on as it stands: HTML, CSS or text.
ENDING = frozenset(tag for tag, component in _COMPONENTS.items() if component["ending"])
#: Where MJML takes an mj-raw, and mjml-python does not.
_NO_RAW = frozenset(("mjml", "mj-accordion", "mj-accordion-element", "mj-navbar", "mj-social"))


def _children(tag: str, names: list[str]) -> tuple[str, ...]:
    refused = REFUSED.keys() | ({"mj-raw"} if tag in _NO_RAW else set())
    return tuple(name for name in names if name not in refused)


#: What each component may hold.
CHILDREN = {
    tag: _children(tag, component["children"])
    for tag, component in _COMPONENTS.items()
    if component["children"]
}


@cache
def attributes(tag: str) -> dict[str, str]:
    """Return the attributes that a component takes, and the kind of value of each."""
    if tag == "mjml":
        return dict.fromkeys(_ROOT, "string")
    kinds: dict[str, str] = _COMPONENTS[tag]["attributes"]
    return kinds


@cache
def tags() -> frozenset[str]:
    """Return the names of all components, and of what stands for several in mj-attributes."""
    return frozenset(_COMPONENTS) | {"mj-all", "mj-class"}


@cache
def kinds_of(name: str) -> frozenset[str]:
    """Return the kinds of value that an attribute takes, whatever the component."""
    all_attributes = map(attributes, _COMPONENTS)
    return frozenset(taken[name] for taken in all_attributes if name in taken)


def is_valid(kind: str, value: str) -> bool:
    """Return whether MJML takes a value of this kind (`color`, `unit(px)` …)."""
    return _pattern(kind).search(value) is not None


def describe_kind(kind: str) -> str:
    """Return what a value of this kind looks like, in words."""
    if kind in _WANTED:
        return _WANTED[kind]
    words = [word for word in kind[kind.index("(") + 1 : -1].split(",") if word]
    return words[0] if len(words) == 1 else "one of " + ", ".join(words)


_WANTED = {
    "color": 'a colour like "#1a5aa3", "rgb(26, 90, 163)" or "navy"',
    "integer": "a whole number",
    "boolean": "true or false",
    "unit(px)": 'pixels like "24px"',
    "unit(px,%)": 'a length like "24px" or "50%"',
    "unit(px,%){1,4}": 'one to four lengths like "0 24px"',
    "unit(px,%,)": 'a number or length like "1.5" or "24px"',
    "unitWithNegative(px,em)": 'a length like "-1px" or "0.1em"',
    "unit(px,auto)": 'pixels like "24px", or auto',
    "unit(px,%,auto)": 'a length like "24px" or "50%", or auto',
}

# MJML's own expressions (mjml-core/lib/types), with its looseness.
_PATTERNS = {
    "string": "^",
    "color": (
        r"(?i:rgba\(\d{1,3},\s?\d{1,3},\s?\d{1,3},\s?\d(\.\d{1,3})?\))"
        r"|(?i:rgb\(\d{1,3},\s?\d{1,3},\s?\d{1,3}\))"
        r"|^#(?i:[0-9a-f]{3}){1,2}\Z"
        rf"|^(?:{'|'.join(_SCHEMA['colors'])})\Z"
    ),
    "integer": r"\d",
    "boolean": r"^(?:true|false)\Z",
}
_KIND = re.compile(r"(enum|unit|unitWithNegative)\(([^)]*)\)(\{[\d,]+\})?")


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    return re.compile(_PATTERNS.get(kind) or _expression(kind), re.ASCII)


def _expression(kind: str) -> str:
    """Return the expression of an `enum` or a `unit`."""
    match = _KIND.fullmatch(kind)
    if match is None:  # the schema of another version
        raise ValueError(f"schema.json: unknown kind of value {kind}")
    name, written, times = match.groups()
    words = [re.escape(word) for word in written.split(",")]
    if name == "enum":
        return rf"^(?:{'|'.join(words)})\Z"
    digit = r"[-\d,.]" if name == "unitWithNegative" else r"[\d,.]"
    units = "|".join(word for word in words if word != "auto")
    alone = "0|auto" if "auto" in words else "0"
    return rf"^(?:(?:{digit}+(?:{units})|{alone}) ?){times or ''}\Z"
