"""The languages of a newsletter, and what a subscriber's language comes to among them."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.errors import InputError

#: Which script is meant where Chinese is named by place (CLDR's likely subtags).
_SCRIPTS = {
    "zh-cn": "zh-hans", "zh-sg": "zh-hans", "zh-my": "zh-hans",
    "zh-tw": "zh-hant", "zh-hk": "zh-hant", "zh-mo": "zh-hant",
}  # fmt: skip


class Languages:
    """The languages that a newsletter has, as BCP 47 tags."""

    def __init__(self, tags: Sequence[str]) -> None:
        self._tags = tuple(tags)
        self._known: dict[str, str | None] = {"": ""}

    def __str__(self) -> str:
        return ", ".join(self._tags)

    def match(self, tag: str) -> str | None:
        """Return the newsletter's own tag for a language, or None when it does not have it.

        `zh-CN` is `zh-Hans`, and `en-US` is `en`: a tag is cut from its end until it is one of
        the newsletter's (RFC 4647 3.4). `en` is `en-GB` where there is no other English.
        """
        if tag not in self._known:
            self._known[tag] = self._match(tag)
        return self._known[tag]

    def require(self, tag: str) -> str:
        """Return the newsletter's own tag for a language. Raises InputError."""
        own = self.match(tag)
        if own is None:
            raise InputError(
                f'--language "{tag}" is none of newsletter.languages ({self}); '
                "leave it out for all of them"
            )
        return own

    def _match(self, tag: str) -> str | None:
        own = {own_tag.lower(): own_tag for own_tag in self._tags}
        wanted = tag.lower().replace("_", "-")
        wanted = _SCRIPTS.get(wanted, wanted)
        shorter = wanted
        while shorter:
            if shorter in own:
                return own[shorter]
            shorter = shorter.rpartition("-")[0]
        longer = [own_tag for own_tag in own if own_tag.startswith(f"{wanted}-")]
        return own[longer[0]] if len(longer) == 1 else None
