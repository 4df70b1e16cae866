"""Which of the newsletter's languages a run of text is in, told by its script."""

from __future__ import annotations

import re

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_KANA = re.compile(r"[\u3041-\u30ff]")
#: Ideographic and full-width punctuation, to stand in a character class.
WIDE_MARKS = r"\u3000-\u3020\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
#: What is set as wide as a Han character: Han, kana, and full-width forms.
WIDE = (
    r"\u2e80-\u2fdf\u3000-\u303f\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef"
    r"\U00020000-\U0003ffff"
)
_CLOSERS = "”’\"'」』）)]】》"
_HAN_PRIMARY = ("zh", "ja", "yue", "lzh")
#: Below this share of Han characters a text is a Latin one that quotes a few.
_HAN_SHARE = 0.1
#: A longer text is told by its beginning.
_ENOUGH = 150


def has_han(text: str) -> bool:
    """Tell whether any Han character stands in the text."""
    return not text.isascii() and _HAN.search(text) is not None


def mostly_han(text: str) -> bool:
    """Tell whether the text is Chinese (or Japanese) rather than a Latin one that quotes it."""
    if text.isascii():
        return False
    text = text[:_ENOUGH]
    wanted = _HAN_SHARE * len(text)
    for run in _HAN.finditer(text):
        wanted -= run.end() - run.start()
        if wanted < 0:
            return True
    return False


def last_mark(text: str) -> str:
    """Give the last character of a text, the quotes and brackets that close it aside."""
    return text.rstrip().rstrip(_CLOSERS)[-1:]


class Languages:
    """The newsletter's languages, as BCP 47 tags: the original's, then the translation's."""

    def __init__(self, tags: tuple[str, ...]) -> None:
        self.tags = tags
        self._han = [tag for tag in tags if _primary(tag) in _HAN_PRIMARY]
        self._other = [tag for tag in tags if _primary(tag) not in _HAN_PRIMARY]

    def of(self, text: str, *, fallback: int = -1) -> str:
        """Give the tag of the text's language.

        Script tells Chinese from English. Where no language of the newsletter is written in
        Han characters, script says nothing and the place decides: `fallback` is the index.
        """
        if mostly_han(text):
            if _KANA.search(text, 0, _ENOUGH):
                return next((tag for tag in self._han if _primary(tag) == "ja"), "ja")
            return self._han[0] if self._han else "zh"
        if not self._other:
            return "en" if re.search(r"[A-Za-z]", text) else self.tags[fallback]
        return self._other[0 if self._han else fallback]


def _primary(tag: str) -> str:
    return tag.split("-", maxsplit=1)[0].lower()
