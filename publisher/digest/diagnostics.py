"""Diagnostics on one file, gathered while it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from publisher.model import Diagnostic, Level

LONGEST_QUOTE = 60
#: Nobody reads more, and half a million would take 160 MB.
_MOST_REMARKS = 1_000


@dataclass(slots=True)
class Remarks:
    """The diagnostics on one file."""

    file: str
    found: list[Diagnostic] = field(default_factory=list)
    #: How many were left out.
    more: int = 0

    def __call__(self, line: int, column: int, level: Level, code: str, message: str) -> None:
        """Add a diagnostic; of very many the last are only counted."""
        if len(self.found) >= _MOST_REMARKS and level is not Level.error:
            self.more += 1
            return
        self.found.append(
            Diagnostic(
                file=self.file, line=line, column=column, level=level, code=code, message=message
            )
        )

    def warn(self, line: int, code: str, message: str) -> None:
        """Add a warning on a whole line."""
        self(line, 1, Level.warning, code, message)

    @property
    def has_error(self) -> bool:
        """Return whether the digest cannot be published."""
        return any(diagnostic.level is Level.error for diagnostic in self.found)

    def ordered(self) -> tuple[Diagnostic, ...]:
        """Return the diagnostics in the order of the lines they are on."""
        if self.more:
            what = f"{self.more} more remarks are left out"
            self.found.append(
                Diagnostic(
                    file=self.file, line=0, column=0, level=Level.info, code="more-remarks",
                    message=what,
                )
            )  # fmt: skip
        return tuple(
            sorted(self.found, key=lambda diagnostic: (diagnostic.line, diagnostic.column))
        )


def quoted(texts: Sequence[str]) -> str:
    """Return the beginning of a text, for a message or for want of a title."""
    text = " ".join(" ".join(texts).split())
    return text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE].rstrip() + "…"
