"""What tells one paper from others, wherever it is linked to."""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import quote


class PaperScheme(StrEnum):
    """The registries that give a paper an identity."""

    arxiv = "arxiv"
    doi = "doi"


#: Bytes: POSIX's and NTFS's longest name of a folder; and a path that leaves room before and
#: after it where the shortest limit stands (macOS's PATH_MAX, 1,024).
_LONGEST_NAME, _LONGEST_PATH = 255, 800
#: What is left of each part of a DOI that is longer: enough to be recognised.
_SHORT = 80


class PaperId(NamedTuple):
    """A paper's identity across issues: an arXiv id without its version, or a DOI."""

    scheme: PaperScheme
    #: `2408.05211`, `cs/0112017`, or `10.1145/3292500.3330701` (lower case).
    value: str

    @property
    def key(self) -> str:
        """Return the one string it is stored, compared and addressed by: a safe relative path.

        An arXiv id stands as it is. A DOI may hold any character (DOI Handbook 2.2), so one
        that is not plain ASCII path text, or too long for one, is made so and told apart by a
        hash.
        """
        if self.scheme is PaperScheme.arxiv:
            return self.value
        safe = re.sub(r"[^a-z0-9._/-]", "_", self.value)
        safe = re.sub(r"(?:^|(?<=/))(?:\.+|)(?=/|$)", "_", safe)
        # `10.1/a/index.html` would be a folder where the page of `10.1/a` is.
        safe = re.sub(r"(?:^|(?<=/))(?=index\.html)", "_", safe)
        if safe != self.value:
            safe += f"-{self._hash}"
        if len(safe) > _LONGEST_PATH or max(map(len, safe.split("/"))) > _LONGEST_NAME:
            # One paper without a folder would keep every page and feed from being written.
            registrant, _, name = safe.partition("/")
            safe = f"{registrant[:_SHORT]}/{name[:_SHORT].replace('/', '_')}-{self._hash}"
        return f"doi/{safe}"

    @property
    def _hash(self) -> str:
        return hashlib.sha256(self.value.encode()).hexdigest()[:8]

    @property
    def name(self) -> str:
        """Return what people call it by: `arXiv:2408.05211`."""
        prefix = "arXiv" if self.scheme is PaperScheme.arxiv else self.scheme.value
        return f"{prefix}:{self.value}"

    @property
    def url(self) -> str:
        """Return the paper's page at its registry."""
        if self.scheme is PaperScheme.arxiv:
            return f"https://arxiv.org/abs/{self.value}"
        return "https://doi.org/" + quote(self.value, safe="/:;()")
