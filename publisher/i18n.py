"""The interface's words, in the language that a newsletter has chosen for them.

In code and templates they stand in English. The catalogues below locale/ have them in other
languages: Babel keeps those in step (`make catalogues`), the standard library reads them, for
importing Babel takes as long as all else that an idle run does.
"""

from __future__ import annotations

from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

#: The language of the words as they stand in code and templates.
ENGLISH = "en"

#: One folder for each language, as gettext and Babel want them: `zh_Hans/LC_MESSAGES/`.
CATALOGUES = Path(__file__).with_name("locale")
_COMPILED = "LC_MESSAGES/publisher.mo"


def languages() -> list[str]:
    """Return the languages that there are words in, as BCP 47 tags."""
    found = CATALOGUES.glob(f"*/{_COMPILED}")
    return [ENGLISH, *sorted(path.parents[1].name.replace("_", "-") for path in found)]


@lru_cache
def words(language: str) -> NullTranslations:
    """Return the words in one of `languages`. What a catalogue lacks stays as it is."""
    if language == ENGLISH:
        return NullTranslations()
    with (CATALOGUES / language.replace("-", "_") / _COMPILED).open("rb") as catalogue:
        return GNUTranslations(catalogue)


def N_(message: str) -> str:  # noqa: N802  (gettext's own name for it)
    """Mark a message for the catalogues where it stands; it is looked up where it is used."""
    return message
