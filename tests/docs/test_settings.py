"""docs/reference/settings.md has every setting, with the words the program has for it."""

import json
import math
import re
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from publisher.config import SECTIONS, Key, keys

DOCS = (Path(__file__).parents[2] / "docs" / "reference" / "settings.md").read_text(
    encoding="utf-8"
)


def written(default: object) -> str:
    """Return a default as it stands in publisher.toml."""
    match default:
        case Path():
            default = str(default)
        case ZoneInfo():
            default = default.key
        case timedelta():
            days, seconds = divmod(int(default.total_seconds()), 86_400)
            default = f"{days}d" if days and not seconds else f"{int(default.total_seconds())}s"
        case None | math.inf:
            default = ""
        case _:
            pass
    return json.dumps(default)


def entry(key: Key) -> str:
    """Return what the documentation must say of a setting."""
    files = f", `{key.variable}_FILE`" if key.secret else ""
    return (
        f"### {key.section}.{key.name} Default: `{written(key.default)}` "
        f"Variable: `{key.variable}`{files} {key.doc}"
    )


def test_every_setting_is_documented() -> None:
    """Each setting has its heading, default, variable and text, in the program's order."""
    found = re.findall(r"^### .*?(?=^##|\Z)", DOCS, re.DOTALL | re.MULTILINE)
    assert [entry(key) for key in keys()] == [" ".join(each.split()) for each in found]


def test_every_section_is_documented() -> None:
    """Each section of publisher.toml is one of the documentation."""
    assert list(SECTIONS) == re.findall(r"^## \[(\w+)\]$", DOCS, re.MULTILINE)
