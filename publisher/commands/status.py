"""`status`: where everything stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, tzinfo

from publisher.commands.bounces import WAITING, count_kept_mails
from publisher.config import Settings
from publisher.local_time import local_time
from publisher.model import DeliveryState
from publisher.pipeline.unreadable_issues import KeptIssue, kept_issues
from publisher.plans import restore_hold
from publisher.plans.attention import Attention, mail_attention
from publisher.plans.run import restore_line, uncertain_line
from publisher.storage import deliveries, digests, issues, plan_state, plans, subscribers, websub
from publisher.storage.database import Database
from publisher.storage.websub import State

#: Mails that are named though all of theirs is done, and issues that are not mailed.
_NEWEST = 5
_DONE = {
    state.value
    for state in (DeliveryState.accepted, DeliveryState.rejected, DeliveryState.suppressed)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A newsletter at one moment."""

    title: str
    issues: int
    #: Slug, headline and ISO date of the newest issue.
    newest: tuple[str, str, str] | None
    #: Digests that are not published, by name, with what they are: failed, draft, waiting, repeat.
    digests: dict[str, str]
    #: Issues that stay as they were published, since their digests can no longer be read.
    kept: Sequence[KeptIssue]
    subscribers: dict[str, int]
    #: For each planned issue, how many deliveries are in which state.
    deliveries: dict[str, dict[str, int]]
    #: For each planned issue that has deferred ones, when the first of them is tried again;
    #: ISO 8601.
    next_tries: dict[str, str]
    uncertain: int
    #: Published issues that are not mailed since their digests came too late, the newest first.
    late: list[str]
    #: Those that are not mailed since they are older than `mail.max_lateness`, the newest first.
    past: list[str]
    #: Plans that wait for `apply`: issue and hash.
    waiting: dict[str, str]
    #: Plans that a person paused.
    paused: list[str]
    #: Mail that did not get to whom it was for.
    attention: Attention
    #: The time a restored copy is of, as long as no mail goes out; ISO 8601.
    held: str | None
    #: Mails that came back and could not be understood.
    kept_mails: int
    #: Feeds that the hub is still to be told of, and why it was not yet.
    to_announce: dict[str, str]
    #: Feeds that the hub refuses, with its words.
    refused_by_hub: dict[str, str]

    @property
    def needs_a_person(self) -> bool:
        """Return whether something will not go on by itself."""
        mail = self.uncertain > 0 or bool(self.attention)
        waiting = mail or self.kept_mails > 0 or self.refused_by_hub or self.held is not None
        waiting = waiting or any(issue.missing for issue in self.kept)
        return bool(waiting) or digests.FAILED in self.digests.values()

    def as_dict(self) -> dict[str, object]:
        """Return it for JSON."""
        return asdict(self)

    def lines(self, settings: Settings) -> Iterator[str]:
        """Yield it as lines of text, in the newsletter's zone: first what needs a person."""
        zone = settings.schedule.timezone
        yield self.title
        yield from self.attention.lines()
        yield f"issues: {self.issues}"
        if self.newest:
            slug, headline, published = self.newest
            yield f"newest: {slug} ({headline}), published {_local(published, zone)}"
        for name, state in sorted(self.digests.items()):
            yield f"digest {name}: {state}"
        yield from map(str, self.kept)
        people = ", ".join(f"{count} {status}" for status, count in self.subscribers.items())
        yield f"subscribers: {people or 'none'}"
        yield from self._about_mail(zone)
        yield from self._about_late_mail()
        for slug, digest in self.waiting.items():
            yield f"mail of {slug} is planned and waits: publisher apply {digest[:12]}"
        for slug in self.paused:
            yield f"mail of {slug} is paused; publisher resume {slug}"
        if self.held:
            yield restore_line(settings, datetime.fromisoformat(self.held))
        if self.uncertain:
            yield (
                f"{uncertain_line(self.uncertain)}: nobody knows whether the mail was sent, and to "
                "send it again might mail someone twice. `publisher reconcile LOG` settles it by "
                "the relay's log, `publisher resolve ISSUE --uncertain resend` or `accept` by your "
                "word"
            )
        if self.kept_mails:
            yield WAITING.format(self.kept_mails)
        yield from self._about_the_hub()

    def _about_mail(self, zone: tzinfo) -> Iterator[str]:
        """Yield the newest mails, and the older ones that are not done with."""
        names = list(self.deliveries)
        finished = [name for name in names[:-_NEWEST] if self.deliveries[name].keys() <= _DONE]
        if finished:
            total: Counter[str] = Counter()
            for name in finished:
                total.update(self.deliveries[name])
            yield f"earlier mails ({len(finished)}): {_counted(total)}"
        for name in names:
            if name not in finished:
                due = self.next_tries.get(name)
                again = f", from {_local(due, zone)} on tried again" if due else ""
                yield f"mail of {name}: {_counted(self.deliveries[name])}{again}"

    def _about_late_mail(self) -> Iterator[str]:
        """Yield which issues no run mails; that may be as it should, as of an old archive."""
        if self.late:
            yield (
                f"not mailed, their digests came over mail.max_lateness too late: {_few(self.late)}"
                "; `publisher plan --late` mails them"
            )
        if self.past:
            yield (
                f"not mailed, published over mail.max_lateness ago: {_few(self.past)}; "
                "`publisher plan --late ISSUE` mails one"
            )

    def _about_the_hub(self) -> Iterator[str]:
        if self.to_announce:
            why = next(filter(None, self.to_announce.values()), "")
            yield f"hub: {_are(self.to_announce)} still to be announced{': ' if why else ''}{why}"
        if self.refused_by_hub:
            *_, why = self.refused_by_hub.values()
            yield f"hub: {_are(self.refused_by_hub)} refused: {why}; is newsletter.hub right?"


def _local(moment: str, zone: tzinfo) -> str:
    """Return a moment, which is ISO 8601 in JSON, as people read it."""
    return local_time(datetime.fromisoformat(moment), zone)


def _few(slugs: Sequence[str]) -> str:
    """Name a few, and count all when they are more."""
    rest = f" and {len(slugs) - _NEWEST} more" if len(slugs) > _NEWEST else ""
    return ", ".join(slugs[:_NEWEST]) + rest


def _are(feeds: Collection[str]) -> str:
    """Name one, and count several: a newsletter in two languages has eighteen and more."""
    return f"{next(iter(feeds))} is" if len(feeds) == 1 else f"{len(feeds)} feeds are"


def _counted(states: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {state}" for state, count in states.items()) or "nobody to mail"


def read_status(settings: Settings, database: Database, now: datetime) -> Status:
    """Return how a newsletter stands at a moment. Nothing is changed, and no relay is asked."""
    with database.read() as connection:
        copied = restore_hold.copied_at(connection)
        newest = issues.newest(connection, 1)
        too_late = plans.overdue(connection, now - settings.mail.max_lateness)
        untold = websub.pending(connection) if settings.newsletter.hub else []
        return Status(
            title=settings.newsletter.title,
            issues=issues.count(connection),
            newest=(newest[0].slug, newest[0].headline, newest[0].published.isoformat())
            if newest
            else None,
            digests={
                name: row.state
                for name, row in digests.all_digests(connection).items()
                if row.state != digests.PUBLISHED
            },
            kept=kept_issues(connection, settings.output.dir),
            subscribers=subscribers.counts(connection),
            deliveries=deliveries.counts_by_plan(connection),
            next_tries={
                name: due.isoformat() for name, due in deliveries.next_tries(connection).items()
            },
            uncertain=deliveries.count_uncertain(connection),
            late=[slug for slug, came_late in too_late if came_late],
            past=[slug for slug, came_late in too_late if not came_late],
            waiting={plan.name: plan.hash for plan in plan_state.waiting(connection)},
            paused=plan_state.paused(connection),
            attention=mail_attention(connection, now),
            held=copied.isoformat() if copied else None,
            kept_mails=count_kept_mails(settings),
            to_announce={feed.feed: feed.words for feed in untold if feed.state is State.due},
            refused_by_hub={
                feed.feed: feed.words for feed in untold if feed.state is not State.due
            },
        )
