"""How a setting is described, where it is declared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Any


def key(
    default: object, convert: Callable[[object], Any], doc: str, *, secret: bool = False
) -> Any:  # noqa: ANN401  (like dataclasses.field, which it wraps)
    """Describe one setting: its default, what makes its value, its documentation.

    A secret one is not part of the settings' repr.
    """
    return field(
        default=default,
        repr=not secret,
        metadata={"convert": convert, "doc": doc, "secret": secret},
    )
