"""Lists of people as other services export them, recognised by their headers.

Each format is a function from a row's cells, by column, to what the row says. Columns are those
of the services' own exports (their documentation and code, read 2026-11); one that is not named
here says nothing about who wants mail.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from publisher.audience.cells import unguarded
from publisher.errors import InputError
from publisher.storage.plans import CADENCES, CONFIRMED
from publisher.storage.subscribers import SUPPRESSED, UNCONFIRMED, UNSUBSCRIBED

STATUSES = (UNCONFIRMED, CONFIRMED, UNSUBSCRIBED, SUPPRESSED)
#: Why somebody is suppressed whose mail came back.
_BOUNCED = "bounced"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LANGUAGE = re.compile(r"(?:[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)?")
_LEAVING = re.compile(r"unsub|opt.?out|bounce|complain|suppress|block|disabled|deleted|cancel")
#: As long as the column in the database.
_LONGEST_TAG = 35


class Entry(NamedTuple):
    """What one row says. Empty texts say nothing."""

    email: str
    name: str
    status: str = CONFIRMED
    #: Why they are never to be mailed, for who is suppressed.
    reason: str = ""
    language: str = ""
    cadence: str = ""


Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A kind of file."""

    #: What a person calls it, after "read as".
    title: str
    #: What it does not say, if that may get somebody mailed who does not want it.
    caution: str = ""
    #: Tell whether a file with these columns is one.
    fits: Callable[[frozenset[str]], bool]
    #: Read a row. Raises InputError for one that cannot be used.
    read: Callable[[Cells], Entry]


def recognised(columns: list[str]) -> Format:
    """Give the format of a file with this header, in lower case.

    Raises InputError for a file without addresses, and for one of a kind that is not known and
    that seems to say who has left: it would put them on the list.
    """
    names = frozenset(columns)
    found = next((each for each in FORMATS if each.fits(names)), None)
    if found is None:
        raise InputError(
            "no `email` column; the first line names the columns, like email,name,language,status"
        )
    doubtful = next((name for name in columns if _LEAVING.search(name)), None)
    if found.read is _own and doubtful is not None and "status" not in names:
        raise InputError(
            f'the column "{doubtful}" may say who has left, in a way that is not known '
            "here; add a column `status` with confirmed or unsubscribed"
        )
    return found


def language_tag(text: str) -> str:
    """Take a BCP 47 tag, or nothing. Raises InputError."""
    if len(text) > _LONGEST_TAG or not _LANGUAGE.fullmatch(text):
        raise InputError(f'language "{text}" is no tag like en or zh-Hans')
    return text


def one_line(text: str) -> str:
    """Give a name as one line without control characters."""
    if _CONTROL.search(text):
        text = _CONTROL.sub(" ", text)
    return " ".join(text.split())


# --- Each service -------------------------------------------------------------------------


def _own(row: Cells) -> Entry:
    """Read what `subscribers export` writes, or any list with a column `email`."""
    status = _word(row, "status") or CONFIRMED
    cadence = _word(row, "cadence")
    if status not in STATUSES:
        raise _unknown("status", status, STATUSES)
    if cadence and cadence not in CADENCES:
        raise _unknown("cadence", cadence, CADENCES)
    return Entry(
        email=unguarded(row.get("email", "").strip()),
        name=_name(row),
        status=status,
        reason="import",
        language=language_tag(row.get("language", "").strip()),
        cadence=cadence,
    )


def _of_listmonk(names: frozenset[str]) -> bool:
    return {"email", "status"} <= names and not names.isdisjoint({"uuid", "attributes", "attribs"})


_LISTMONK = {
    "enabled": (CONFIRMED, ""),
    "disabled": (UNSUBSCRIBED, ""),
    "blocklisted": (SUPPRESSED, "blocklisted"),
}
_LISTMONK_LIST = {
    "": (CONFIRMED, ""),
    "confirmed": (CONFIRMED, ""),
    "unconfirmed": (UNCONFIRMED, ""),
    "unsubscribed": (UNSUBSCRIBED, ""),
}


def _listmonk(row: Cells) -> Entry:
    """Read `/api/subscribers/export`: uuid,email,name,attributes,status,created_at,updated_at.

    That status is for all lists. What one list's is has no column there; a query of the database
    gives it as `subscription_status`, and then it counts for who gets mail at all.
    """
    status, reason = _mapped(row, "status", _LISTMONK)
    of_list, _ = _mapped(row, "subscription_status", _LISTMONK_LIST)
    if status == CONFIRMED:
        status = of_list
    return Entry(row.get("email", ""), _name(row), status, reason)


_MAILCHIMP = {
    "subscribed": (CONFIRMED, ""),
    "unsubscribed": (UNSUBSCRIBED, ""),
    "cleaned": (SUPPRESSED, _BOUNCED),
    "pending": (UNCONFIRMED, ""),
    "transactional": (UNCONFIRMED, ""),
    "non-subscribed": (UNCONFIRMED, ""),
    "archived": (UNSUBSCRIBED, ""),
}


#: Columns of nobody else; that of the address is called what the newsletter's owner called it.
_MAILCHIMPS = {"member_rating", "optin_time", "unsub_time", "clean_time", "leid", "euid"}


def _mailchimp(row: Cells) -> Entry:
    """Read one of the files in an audience's export: subscribed, unsubscribed, cleaned, others.

    Cleaned are those whose mail came back. Contacts that were never asked (nonsubscribed) have
    neither an opt-in nor a confirmation.
    """
    status, reason = CONFIRMED, ""
    if row.get("clean_time"):
        status, reason = SUPPRESSED, _BOUNCED
    elif row.get("unsub_time"):
        status = UNSUBSCRIBED
    elif _word(row, "status"):
        status, reason = _mapped(row, "status", _MAILCHIMP)
    elif "confirm_time" in row and not (row["confirm_time"] or row.get("optin_time")):
        status = UNCONFIRMED
    email = row.get("email address") or row.get("email", "")
    return Entry(email, _name(row), status, reason)


def _substack(row: Cells) -> Entry:
    """Read `email_list.NAME.csv`: email, active_subscription, expiry, plan, email_disabled, more.

    `active_subscription` is about money. Who had their account deleted is left there under a name
    of Substack's own.
    """
    email = row.get("email", "").strip()
    if email.lower().endswith("@deletion-request.substack.com"):
        raise InputError("Substack deleted this person at their own request")
    disabled = _truth(row, "email_disabled")
    return Entry(email, _name(row), UNSUBSCRIBED if disabled else CONFIRMED)


_BUTTONDOWN = {
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
}  # fmt: skip


def _buttondown(row: Cells) -> Entry:
    """Read an export of subscribers or unsubscribers: email, notes, tags, subscriber_type, more.

    Newer ones call it `email_address` and `type`, as the API does. The type says what they get.
    """
    email = row.get("email") or row.get("email_address", "")
    column = "subscriber_type" if "subscriber_type" in row else "type"
    if _word(row, column):
        return Entry(email, _name(row), *_mapped(row, column, _BUTTONDOWN))
    left = row.get("unsubscription_date")
    return Entry(email, _name(row), UNSUBSCRIBED if left else CONFIRMED)


def _ghost(row: Cells) -> Entry:
    """Read `members.csv`: id,email,name,note,subscribed_to_emails,…,deleted_at,labels,tiers."""
    wanted = _truth(row, "subscribed_to_emails") and not row.get("deleted_at")
    return Entry(row.get("email", ""), _name(row), CONFIRMED if wanted else UNSUBSCRIBED)


#: The first that fits counts; our own has the fewest demands.
FORMATS = (
    Format(
        title="a file of Mailchimp's audience export",
        fits=lambda names: (
            not names.isdisjoint({"email address", "email"}) and not names.isdisjoint(_MAILCHIMPS)
        ),
        read=_mailchimp,
    ),
    Format(
        title="Ghost's members export",
        fits=lambda names: {"email", "subscribed_to_emails"} <= names,
        read=_ghost,
    ),
    Format(
        title="Substack's subscriber export",
        fits=lambda names: {"email", "email_disabled"} <= names,
        read=_substack,
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
        read=_buttondown,
    ),
    Format(
        title="listmonk's subscribers of a list",
        fits=lambda names: _of_listmonk(names) and "subscription_status" in names,
        read=_listmonk,
    ),
    Format(
        title="listmonk's subscriber export",
        caution=(
            "it does not say who has left one of listmonk's lists; docs/subscribers.md says how "
            "to take them off"
        ),
        fits=_of_listmonk,
        read=_listmonk,
    ),
    Format(
        title="a plain list of addresses",
        fits=lambda names: "email" in names,
        read=_own,
    ),
)
#: What somebody said last is not undone by a file; of two sayings the stricter one counts.
STRICTNESS = {status: number for number, status in enumerate(STATUSES)}


# --- Cells --------------------------------------------------------------------------------


def _name(row: Cells) -> str:
    """Give a name from a column of its own, or from first and last name."""
    name = row.get("name") or " ".join(
        row.get(first) or row.get(second, "")
        for first, second in (("first name", "first_name"), ("last name", "last_name"))
    )
    return one_line(unguarded(name.strip()))


def _word(row: Cells, column: str) -> str:
    return row.get(column, "").strip().lower()


def _truth(row: Cells, column: str) -> bool:
    word = _word(row, column)
    if word not in ("true", "false"):
        raise _unknown(column, word, ("true", "false"))
    return word == "true"


def _mapped(row: Cells, column: str, words: dict[str, tuple[str, str]]) -> tuple[str, str]:
    word = _word(row, column)
    if word not in words:
        raise _unknown(column, word, [each for each in words if each])
    return words[word]


def _unknown(column: str, word: str, known: Iterable[str]) -> InputError:
    return InputError(f'{column} "{word}" is none of {", ".join(known)}')
