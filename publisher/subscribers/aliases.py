"""Aliases: different addresses whose mail comes to one mailbox.

This is used only to count how often a mailbox is written to. An address is kept, shown and mailed
as it was typed, so a wrong guess here costs a person one day of waiting and nothing else.
"""

from __future__ import annotations

#: Domains of one provider on which a name is the same person's.
_SAME = {
    "googlemail.com": "gmail.com",
    "me.com": "icloud.com",
    "mac.com": "icloud.com",
    "protonmail.com": "proton.me",
    "protonmail.ch": "proton.me",
    "pm.me": "proton.me",
    "ya.ru": "yandex.ru",
    "yandex.com": "yandex.ru",
    "yandex.by": "yandex.ru",
    "yandex.kz": "yandex.ru",
    "narod.ru": "yandex.ru",
}
#: Characters in a name that a provider does not look at.
_IGNORED = {"gmail.com": ".", "proton.me": ".-_"}
#: At Yahoo a tag follows a hyphen, which no user name has.
_YAHOO = ("yahoo", "ymail", "rocketmail", "myyahoo")
_FASTMAIL = "fastmail"
#: `anything@user.fastmail.com` has three labels.
_SUBDOMAIN = 3


def mailbox_of(key: str) -> str:
    """Return the mailbox of an address, given as the key that `addresses.checked` returns.

    What follows `+` is a tag at every domain (RFC 5233); other rules are those of the large
    providers.
    """
    local, _, domain = key.rpartition("@")
    domain = _SAME.get(domain, domain)
    labels = domain.split(".")
    if len(labels) == _SUBDOMAIN and labels[1] == _FASTMAIL:
        local, domain = labels[0], ".".join(labels[1:])
    local = _before(local, "+")
    if labels[0] in _YAHOO:
        local = _before(local, "-")
    if domain == "yandex.ru":
        local = local.replace("-", ".")
    plain = local.translate(dict.fromkeys(map(ord, _IGNORED.get(domain, ""))))
    return f"{plain or local}@{domain}"


def _before(local: str, mark: str) -> str:
    """Return what stands before a mark; all of it when nothing does."""
    return local.partition(mark)[0] or local
