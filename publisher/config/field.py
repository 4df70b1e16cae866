"""The field of a dataclass that declares a setting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Any


def key(
    default: object, convert: Callable[[object], Any], doc: str, *, secret: bool = False
) -> Any:  # noqa: ANN401  (like dataclasses.field, which it wraps)
    """Return a dataclass field for one setting, with its converter and documentation.

    `convert` raises ValueError for a value that cannot be used. A secret is not part of the repr.
    """
    return field(
        default=default,
        repr=not secret,
        metadata={"convert": convert, "doc": doc, "secret": secret},
    )
