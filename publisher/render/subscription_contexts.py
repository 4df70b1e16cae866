"""What the pages to join and leave at are given, and the mail to somebody who asked to join."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionPageView:
    """What the pages to join and leave at have in common."""

    #: The same page in the other interface language; None where it cannot be asked for again.
    other_href: str | None
    #: That language, a BCP 47 tag.
    other_lang: str
    #: That language's name for itself.
    other_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinView:
    """The page to join at."""

    #: `open`; `invalid` (not an address), `again` (to be sent once more), `used` (this form was
    #: sent before), `asked` (a mail is on its way, if need be), `busy` (too many have asked,
    #: later).
    state: str
    #: Where the form goes to.
    action: str
    #: What was typed before.
    address: str
    #: What proves when the form was shown, and is good for one request: the hidden field `stamp`.
    stamp: str
    #: The languages of issues to choose from; none when there is one.
    languages: tuple[str, ...]
    #: The chosen language; empty for all.
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmView:
    """The page that a confirmation mail leads to."""

    #: `open`, `done`, or `void` (too old, used up, or never made).
    state: str
    #: Where the form goes to.
    action: str
    #: Once done, where to choose what to get; empty before.
    manage_href: str
    #: Where to ask again.
    join_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveView:
    """The page to leave at, and to choose what to get."""

    #: `open`, `saved` (what was chosen is kept), `left`, `gone` (is not subscribed), `back` (is
    #: subscribed again), `late` (it is too late to undo leaving), or `void` (of no subscription).
    state: str
    #: Whose subscription it is, without the address: `a…@example.org`.
    reader: str
    #: Where the form to leave goes to.
    leave_action: str
    #: Where the form to choose goes to; empty when the link is only good for leaving.
    manage_action: str
    #: Where the form to undo leaving goes to; empty when it cannot be undone.
    undo_action: str
    #: Where to join again.
    join_href: str
    #: The languages to choose from; none when there is one.
    languages: tuple[str, ...]
    #: The chosen language; empty for all.
    language: str
    #: How often: `issue`, `weekly` or `monthly`.
    cadence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteView:
    """A mail to somebody who asked to join."""

    #: Whether they are on the list already.
    known: bool
    #: Where to confirm; for who is known, where to choose and to leave.
    url: str
    #: Who sends it: `News <news@example.org>`; may be empty.
    sender: str
