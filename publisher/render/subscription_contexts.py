"""What the pages to join and leave at are given, and the mail to somebody who asked to join."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionPageView:
    """What the pages for sign-up, confirmation and preferences have in common."""

    #: The same page in the other interface language; None if that page cannot be requested again.
    other_href: str | None
    #: That language, a BCP 47 tag.
    other_lang: str
    #: That language's name for itself.
    other_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinView:
    """The page with the sign-up form."""

    #: `open`; `invalid` (not an address), `again` (the form must be sent once more), `used` (this
    #: form was sent before), `asked` (a confirmation mail is sent if one is needed), `busy` (too
    #: many requests, try later).
    state: str
    #: The address that the form is sent to.
    action: str
    #: The address that the person typed before.
    address: str
    #: The value of the hidden field `stamp`: it proves when the form was shown, and works once.
    stamp: str
    #: The languages of issues to choose from; empty if there is only one.
    languages: tuple[str, ...]
    #: The chosen language; empty for all.
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmView:
    """The page that a confirmation mail leads to."""

    #: `open`, `done`, or `void` (the link is too old, used, or was never issued).
    state: str
    #: The address that the form is sent to.
    action: str
    #: The link to the page of preferences, if the state is `done`; else empty.
    manage_href: str
    #: The link to the sign-up form.
    join_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveView:
    """The page to unsubscribe and to set preferences."""

    #: `open`, `saved` (the choice is saved), `left` (just unsubscribed), `gone` (is not
    #: subscribed), `back` (is subscribed again), `late` (unsubscribing can no longer be undone), or
    #: `void` (the link belongs to no subscription).
    state: str
    #: The subscriber's address, shortened: `a…@example.org`.
    reader: str
    #: The address that the form to unsubscribe is sent to.
    leave_action: str
    #: The address that the form with preferences is sent to; empty if the link is only for
    #: unsubscribing.
    manage_action: str
    #: The address that the form to undo is sent to; empty if nothing can be undone.
    undo_action: str
    #: The link to the sign-up form.
    join_href: str
    #: The languages to choose from; empty if there is only one.
    languages: tuple[str, ...]
    #: The chosen language; empty for all.
    language: str
    #: The cadence: `issue`, `weekly` or `monthly`.
    cadence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteView:
    """A mail to somebody who used the sign-up form."""

    #: Whether they are subscribed already.
    known: bool
    #: The address to confirm at; for a subscriber, the page of preferences.
    url: str
    #: The sender: `News <news@example.org>`; may be empty.
    sender: str
