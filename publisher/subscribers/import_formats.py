"""Lists as other services export them, recognised by their headers.

Columns are those of the services' own exports (their documentation and code, read 2026-11). What
a service does not name here is judged as in any list: `subscribers/consent.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from publisher.errors import InputError
from publisher.storage.plans import CONFIRMED
from publisher.storage.subscribers import SUPPRESSED, UNCONFIRMED, UNSUBSCRIBED
from publisher.subscribers.consent import SILENT, Claim, Kind, Words, quote_cell, read_claims

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LANGUAGE = re.compile(r"(?:[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)?")
#: As long as the column in the database.
_LONGEST_TAG = 35
#: Why somebody is suppressed whose mail came back.
_BOUNCED = "bounced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A kind of list. Columns are named in lower case."""

    #: What a person calls it, after "read as".
    title: str
    #: What it does not say, if that may get somebody mailed who does not want it.
    caution: str = ""
    fits: Callable[[frozenset[str]], bool]
    #: What says who wants mail, and what its words mean, before those that any list may have.
    columns: Mapping[str, tuple[Kind, Words]] = field(default_factory=dict)
    #: What looks as if it said so, and does not.
    silent: frozenset[str] = frozenset()
    #: Who has nothing in any of these never agreed, if no other column says more.
    agreed: tuple[str, ...] = ()
    #: Where the service moves the address of a person it deleted.
    deleted_at: str = ""


def check_language_tag(text: str) -> str:
    """Return a BCP 47 tag, or nothing. Raises InputError."""
    if len(text) > _LONGEST_TAG or not _LANGUAGE.fullmatch(text):
        raise InputError(f'language "{quote_cell(text)}" is no tag like en or zh-Hans')
    return text


def join_lines(text: str) -> str:
    """Return a name as one line without control characters."""
    if _CONTROL.search(text):
        text = _CONTROL.sub(" ", text)
    return " ".join(text.split())


def recognise_format(columns: frozenset[str]) -> Format:
    """Return the format of a list with these columns."""
    return next((known for known in FORMATS if known.fits(columns)), PLAIN)


# --- Each service -------------------------------------------------------------------------

#: The export of an audience has a file for the subscribed, the unsubscribed, the cleaned (whose
#: mail came back) and others, who were never asked and have neither an opt-in nor a confirmation.
#: These columns are nobody else's; that of the address is called what its owner called it.
_MAILCHIMPS = {"member_rating", "optin_time", "unsub_time", "clean_time", "leid", "euid"}
_MAILCHIMP = read_claims({
    "subscribed": (CONFIRMED, ""),
    "unsubscribed": (UNSUBSCRIBED, ""),
    "cleaned": (SUPPRESSED, _BOUNCED),
    "pending": (UNCONFIRMED, ""),
    "transactional": (UNCONFIRMED, ""),
    "non-subscribed": (UNCONFIRMED, ""),
    "archived": (UNSUBSCRIBED, ""),
})  # fmt: skip
_BUTTONDOWN = read_claims({
    **dict.fromkeys(
        ("regular", "premium", "trialed", "unpaid", "gifted", "churning", "churned", "paused",
         "past_due", "paid"),
        (CONFIRMED, ""),
    ),
    "unactivated": (UNCONFIRMED, ""),
    "unsubscribed": (UNSUBSCRIBED, ""),
    "removed": (UNSUBSCRIBED, ""),
    "spammy": (SUPPRESSED, "spammy"),
    "blocked": (SUPPRESSED, "blocked"),
    "complained": (SUPPRESSED, "complained"),
    "undeliverable": (SUPPRESSED, _BOUNCED),
})  # fmt: skip
#: The status in listmonk is for all lists. What one list's is has no column in its export; a query
#: of the database gives it as `subscription_status`.
_LISTMONK = read_claims({
    "disabled": (UNSUBSCRIBED, ""),
    "blocklisted": (SUPPRESSED, "blocklisted"),
}) | {"enabled": SILENT}  # fmt: skip
_LISTMONK_LIST = read_claims({
    "unconfirmed": (UNCONFIRMED, ""),
    "unsubscribed": (UNSUBSCRIBED, ""),
}) | {"": SILENT, "confirmed": SILENT}  # fmt: skip
_ENABLED = {"status": (Kind.status, _LISTMONK)}


def _of_listmonk(names: frozenset[str]) -> bool:
    return {"email", "status"} <= names and not names.isdisjoint({"uuid", "attributes", "attribs"})


#: What any list is read as that is none of these.
PLAIN = Format(title="a plain list of addresses", fits=lambda _names: True)
#: The first that fits counts.
FORMATS = (
    Format(
        title="a file of Mailchimp's audience export",
        fits=lambda names: (
            not names.isdisjoint({"email address", "email"}) and not names.isdisjoint(_MAILCHIMPS)
        ),
        columns={
            "status": (Kind.status, _MAILCHIMP),
            "unsub_time": (Kind.leaving, {}),
            "clean_time": (Kind.barring, {}),
        },
        silent=frozenset({
            "optin_time", "optin_ip", "confirm_time", "confirm_ip", "unsub_campaign_title",
            "unsub_campaign_id", "unsub_reason", "unsub_reason_other", "clean_campaign_title",
            "clean_campaign_id", "clean_reason",
        }),
        agreed=("confirm_time", "optin_time"),
    ),
    Format(
        title="Ghost's members export",
        fits=lambda names: {"email", "subscribed_to_emails"} <= names,
        columns={
            "subscribed_to_emails": (
                Kind.wants, {"true": SILENT, "false": Claim(UNSUBSCRIBED)}
            ),
            "deleted_at": (Kind.leaving, {}),
        },
    ),
    Format(
        title="Substack's subscriber export",
        fits=lambda names: {"email", "email_disabled"} <= names,
        columns={"email_disabled": (Kind.leaving, {})},
        silent=frozenset({"active_subscription"}),  # about money
        deleted_at="@deletion-request.substack.com",
    ),
    Format(
        title="Buttondown's subscriber export",
        fits=lambda names: (
            not names.isdisjoint({"email", "email_address"})
            and (
                not names.isdisjoint({"subscriber_type", "unsubscription_date"})
                or {"type", "creation_date"} <= names
            )
        ),
        columns={
            "subscriber_type": (Kind.status, _BUTTONDOWN),
            "type": (Kind.status, _BUTTONDOWN),
            "unsubscription_date": (Kind.leaving, {}),
        },
        silent=frozenset({"unsubscription_reason"}),
    ),
    Format(
        title="listmonk's subscribers of a list",
        fits=lambda names: _of_listmonk(names) and "subscription_status" in names,
        columns={**_ENABLED, "subscription_status": (Kind.status, _LISTMONK_LIST)},
    ),
    Format(
        title="listmonk's subscriber export",
        caution=(
            "it does not say who has left one of listmonk's lists; docs/how-to/import-a-list.md "
            "says how to take them off"
        ),
        fits=_of_listmonk,
        columns=_ENABLED,
    ),
)  # fmt: skip
