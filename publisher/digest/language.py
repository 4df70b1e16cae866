"""Which of the newsletter's languages a run of text is in, told by its script."""

from __future__ import annotations

import re

#: Letters of East Asia: Han, kana, hangul.
_CJK = re.compile(
    r"[\u1100-\u11ff\u3041-\u30fa\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    r"\U00020000-\U0003ffff]+"
)
#: Kana or hangul: what no Chinese text holds.
_KANA_HANGUL = re.compile(r"[\u1100-\u11ff\u3041-\u30ff\uac00-\ud7a3]")
#: Ideographic and full-width punctuation, to stand in a character class.
WIDE_MARKS = r"\u3000-\u3020\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
#: What is set as wide as a Han character: Han, kana, and full-width forms.
WIDE = (
    r"\u2e80-\u2fdf\u3000-\u303f\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef"
    r"\U00020000-\U0003ffff"
)
_CLOSERS = "”’\"'」』）)]】》"
#: Languages written in Han characters alone, as a title may be.
_CHARACTERS = ("zh", "ja", "yue", "lzh")
#: Below this share of such letters a text is a Latin one that quotes a few.
_CJK_SHARE = 0.1
#: A longer text is told by its beginning.
_ENOUGH = 150
#: Kana and hangul stand in every few words of theirs: to look no further halves what it takes.
_SOON = 50


def has_cjk(text: str) -> bool:
    """Return whether any letter of East Asia stands in the text."""
    return not text.isascii() and _CJK.search(text) is not None


def mostly_cjk(text: str) -> bool:
    """Return whether a text is Chinese, Japanese or Korean, and not Latin text that quotes it."""
    if text.isascii():
        return False
    text = text[:_ENOUGH]
    wanted = _CJK_SHARE * len(text)
    for run in _CJK.finditer(text):
        wanted -= run.end() - run.start()
        if wanted < 0:
            return True
    return False


def last_mark(text: str) -> str:
    """Return the last character of a text, the quotes and brackets that close it aside."""
    return text.rstrip().rstrip(_CLOSERS)[-1:]


class Languages:
    """The newsletter's languages, as BCP 47 tags: the original's, then the translation's."""

    def __init__(self, tags: tuple[str, ...]) -> None:
        self.tags = tags
        self._han = [tag for tag in tags if _primary(tag) in _CHARACTERS]
        self._other = [tag for tag in tags if _primary(tag) not in (*_CHARACTERS, "ko")]

    def of(self, text: str, *, fallback: int = -1) -> str:
        """Return the tag of the text's language.

        Script tells Chinese from English. Where no language of the newsletter has letters of
        East Asia, script says nothing and the place decides: `fallback` is the index.
        """
        if mostly_cjk(text):
            if script := _KANA_HANGUL.search(text, 0, _SOON):
                wanted = "ja" if "\u3041" <= script[0] <= "\u30ff" else "ko"
                return next((tag for tag in self.tags if _primary(tag) == wanted), wanted)
            return self._han[0] if self._han else "zh"
        if not self._other:
            return "en" if re.search(r"[A-Za-z]", text) else self.tags[fallback]
        return self._other[0 if len(self._other) < len(self.tags) else fallback]


def _primary(tag: str) -> str:
    return tag.split("-", maxsplit=1)[0].lower()
