"""The tables. Times are whole seconds since 1970 UTC: they sort, and mean one thing everywhere."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from publisher.model import DeliveryState
from publisher.storage.tables import feeds, upgrade  # noqa: F401  (`metadata` is whole)
from publisher.storage.tables.schema import metadata, sorted_text

#: The states of a delivery that is still to begin, and of one that has not come to its end.
WAITING = (DeliveryState.pending.value, DeliveryState.deferred.value)
UNFINISHED = (*WAITING, DeliveryState.sending.value)
#: The newest migration; `tests/contract` holds it against the files.
HEAD = "0011"


#: Single values by name; `storage/facts.py` has their keys and types.
fact = Table(
    "fact",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

#: All digest files, as they were when last read.
digest = Table(
    "digest",
    metadata,
    Column("name", sorted_text(String, 255), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("sha256", LargeBinary(32), nullable=False),
    Column("slug", sorted_text(String, 255)),
    #: published, draft, waiting, failed or repeat.
    Column("state", String(16), nullable=False),
    #: When it was first seen with this size and time; 0 for what an older program saw first.
    Column("seen", BigInteger, nullable=False, server_default="0"),
    Index(None, "slug"),
    Index(None, "state"),
)

#: Every issue that was ever published. Rows stay when an issue is withdrawn: its date is kept.
issue = Table(
    "issue",
    metadata,
    Column("slug", sorted_text(String, 255), primary_key=True),
    Column("source", sorted_text(String, 255), nullable=False),
    Column("headline", Text, nullable=False),
    Column("published", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Column("items", Integer, nullable=False),
    #: Joined by line feeds.
    Column("tags", Text, nullable=False),
    #: The SHA-256, in hex, of the digest's bytes that were published: they are kept.
    Column("digest", String(64), nullable=False),
    #: Over text and links: `updated` moves with it.
    Column("content", LargeBinary(32), nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    #: False while its files under out/ are still to be written.
    Column("rendered", Boolean, nullable=False),
    #: Its entry's id, a tag URI; empty for what an older program published, until it is built.
    Column("uid", Text, nullable=False, server_default=""),
    #: When its mail was due: when it was published, unless its digest came too late, or a person
    #: had it planned after all.
    Column("due", BigInteger, nullable=False, server_default="0"),
    # Those published are counted by the index alone.
    Index(None, "published", "slug", "withdrawn"),
    Index(None, "rendered"),
    Index(None, "updated"),
    Index(None, "uid"),
    Index(None, "content"),
    Index(None, "due"),
)

#: Slugs that issues had before they were renamed: their old addresses redirect.
former_slug = Table(
    "former_slug",
    metadata,
    Column("slug", sorted_text(String, 255), primary_key=True),
    Column("issue", sorted_text(String, 255), ForeignKey("issue.slug"), nullable=False),
    Index(None, "issue"),
)

#: The papers of each issue.
appearance = Table(
    "appearance",
    metadata,
    Column("paper", sorted_text(String, 1_000), primary_key=True),
    Column("issue", sorted_text(String, 255), ForeignKey("issue.slug"), primary_key=True),
    Column("scheme", String(16), nullable=False),
    Column("value", Text, nullable=False),
    Index(None, "issue"),
)

#: Every paper that was ever an entry, with what readers know it by. Rows stay.
paper = Table(
    "paper",
    metadata,
    Column("paper", sorted_text(String, 1_000), primary_key=True),
    #: Its entry's id, a tag URI.
    Column("uid", Text, nullable=False),
    #: The slug of the issue whose words it has: the first that had it, while that has it.
    Column("issue", sorted_text(String, 255), nullable=False),
    Column("published", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    #: Over its text and links; empty while not known.
    Column("content", LargeBinary(32), nullable=False),
    Index(None, "issue"),
    Index(None, "updated"),
)

#: Files under out/ that are to be removed.
removal = Table("removal", metadata, Column("path", sorted_text(Text), primary_key=True))

subscriber = Table(
    "subscriber",
    metadata,
    Column("id", Integer, primary_key=True),
    #: As the person wrote it; mail goes to this form. Empty once they are forgotten.
    Column("address", Text, nullable=False),
    #: Folded, for uniqueness.
    Column("address_key", String(320), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    #: A BCP 47 tag, or empty for all of the newsletter's languages.
    Column("language", String(35), nullable=False),
    Column("status", String(16), nullable=False),
    Column("since", BigInteger, nullable=False),
    #: What gave them that status: `form`, `import`, `one-click` …
    Column("how", String(32), nullable=False, server_default=""),
    Column("cadence", String(16), nullable=False, server_default="issue"),
    #: The newest plan of an issue whose content is dealt with, for who gets several in one mail;
    #: null for who gets each issue as it comes, and is owed nothing from before.
    Column("covered", Integer),
    #: What makes links of another subscription void: the time it was asked for.
    Column("epoch", BigInteger, nullable=False, server_default="0"),
    #: The first they had. Links made in one before that are of somebody who had their number: of
    #: one who was deleted, or joined in a state that was lost.
    Column("first_epoch", BigInteger, nullable=False, server_default="0"),
    #: Of who unsubscribed, the epoch of the subscription that ended: to undo it brings its links
    #: back.
    Column("left_epoch", BigInteger, nullable=False, server_default="0"),
    Index(None, "status"),
    # Each tick looks for those who are owed several issues in one.
    Index(None, "cadence", "covered"),
)

#: Addresses that are never mailed again.
suppression = Table(
    "suppression",
    metadata,
    #: The folded address, or of a forgotten person its keyed hash.
    Column("key", String(320), primary_key=True),
    #: `bounced`, `forgotten`, or what a person gave.
    Column("reason", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    #: The words of the refusal or bounce that it rests on, without addresses; empty when a person
    #: suppressed the address.
    Column("evidence", Text, nullable=False, server_default=""),
    Index(None, "since"),
)

#: Confirmation mails, and mails to confirmed subscribers with a link to their preferences.
confirmation = Table(
    "confirmation",
    metadata,
    Column("subscriber", Integer, ForeignKey("subscriber.id"), primary_key=True),
    Column("requested", BigInteger, nullable=False),
    #: The language of the page they asked on.
    Column("language", String(35), nullable=False),
    #: The language of the issues they asked for, as `subscriber.language`.
    Column("wanted", String(35), nullable=False, server_default=""),
    #: As a delivery's.
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    #: Not before this time; 0 at once. While it is `sending`, when its sender is given up.
    Column("due", BigInteger, nullable=False),
    #: The relay's last words, without addresses.
    Column("words", Text, nullable=False, server_default=""),
    Index(None, "state", "due"),
    Index(None, "requested"),
)

#: Recent sign-up requests, to limit them.
request = Table(
    "request",
    metadata,
    Column("id", Integer, primary_key=True),
    #: The first three bytes of an IPv4 address, four groups of an IPv6 one: never a whole one.
    Column("network", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    #: A keyed hash of the mailbox that was named, whose aliases have the same.
    Column("mailbox", String(64), nullable=False, server_default=""),
    Index(None, "network", "at"),
    Index(None, "mailbox", "at"),
    Index(None, "at"),
)

#: Stamps of forms that were sent: each is good for one request.
form_stamp = Table(
    "form_stamp",
    metadata,
    #: The SHA-256 of the stamp, in hex.
    Column("stamp", String(64), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Index(None, "at"),
)

#: Bounces and other mails that came back: each mail is read once.
bounce = Table(
    "bounce",
    metadata,
    #: The SHA-256 of the mail, in hex.
    Column("mail", String(64), primary_key=True),
    #: Null for a mail that says nothing of anybody.
    Column("subscriber", Integer, ForeignKey("subscriber.id")),
    #: hard, soft, ours, complaint, leave, ignored or unknown; undone: a hard or soft one whose
    #: suppression a person lifted.
    Column("kind", String(16), nullable=False),
    Column("at", BigInteger, nullable=False),
    #: The other side's words, without addresses.
    Column("words", Text, nullable=False),
    Index(None, "subscriber", "kind", "at"),
)

#: Plans: a mail with its recipients and content.
plan = Table(
    "plan",
    metadata,
    Column("id", Integer, primary_key=True),
    #: The issue's slug, or `weekly.2026-11-23`, which no slug can be.
    Column("name", sorted_text(String, 255), nullable=False, unique=True),
    #: Null when it holds several issues.
    Column("issue", sorted_text(String, 255), ForeignKey("issue.slug")),
    Column("created", BigInteger, nullable=False),
    #: When it was first carried out; null for one that waits for `publisher apply`.
    Column("applied", BigInteger),
    #: Over all that is frozen, in hex; empty for one that nobody looks at before it is sent.
    Column("hash", String(64), nullable=False, server_default=""),
    #: What the checks said when a person had it made, a line each.
    Column("checks", Text, nullable=False, server_default=""),
    #: Why nothing more of it begins, and until somebody resumes it; null while it goes on.
    Column("paused", Text),
    #: Whether what of it never began never will.
    Column("cancelled", Boolean, nullable=False, server_default=false()),
    #: The Date header of its copies.
    Column("dated", BigInteger, nullable=False, server_default="0"),
    #: The relay's words about us, not about a reader, for which the plan waits: each run tries one
    #: delivery first. Null while it goes on.
    Column("held", Text),
    #: When nothing of it was left to send or to settle; null while something is.
    Column("ended", BigInteger),
    #: Whether fewer than half of its readers got it, and nobody has seen to that yet.
    Column("undelivered", Boolean, nullable=False, server_default=false()),
    Index(None, "issue"),
)

#: The bytes of one plan's mail before they are addressed; readers of another language, or who
#: have had a part of it, get another letter.
letter = Table(
    "letter",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("plan", Integer, ForeignKey("plan.id"), nullable=False),
    #: Empty for all of the newsletter's languages.
    Column("language", String(35), nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    Index(None, "plan"),
)

#: A process that sends, and what it has claimed. It is alive as long as its journal is locked, on
#: the machine it runs on, and for others until its time is over.
lease = Table(
    "lease",
    metadata,
    Column("id", Integer, primary_key=True),
    #: The name of its journal.
    Column("owner", String(64), nullable=False),
    #: Which run of which machine's kernel: what was not forced onto the disk is gone with it.
    Column("boot", String(64), nullable=False),
    Column("until", BigInteger, nullable=False),
    #: The outbox that what it sends goes to, which can be asked what arrived; empty for relays.
    Column("outbox", Text, nullable=False),
)

#: One recipient of one plan.
delivery = Table(
    "delivery",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("plan", Integer, ForeignKey("plan.id"), nullable=False),
    Column("letter", Integer, ForeignKey("letter.id"), nullable=False),
    Column("subscriber", Integer, ForeignKey("subscriber.id"), nullable=False),
    Column("state", String(16), nullable=False),
    #: While it is `sending`: whose it is. Not a foreign key: a lease's end would look for them all.
    Column("lease", Integer),
    Column("attempts", Integer, nullable=False),
    #: Not before this time; 0 at once.
    Column("due", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
    #: Why it is in its state: a relay's last words, without addresses, or ours.
    Column("reply", Text, nullable=False),
    #: Of a rejected one, the kind of bounce that it is and that is not yet counted, since the
    #: domain's part of the plan has not ended. Of a deferred one, `outage` when its domain refused
    #: most readers as unknown.
    Column("bounce", String(8), nullable=False, server_default=""),
    #: When the time for which it is tried began again; 0: with the first attempt.
    Column("retry_from", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("plan", "subscriber"),
    # What is next, in order, however much of a large plan is done.
    Index(None, "plan", "state", "due", "id"),
)

#: What was signed ahead of a delivery's copy: it says for which one (`mail/personalize.py`).
signature = Table(
    "signature",
    metadata,
    Column("delivery", Integer, ForeignKey("delivery.id"), primary_key=True, autoincrement=False),
    Column("value", LargeBinary, nullable=False),
)

#: One try at a delivery.
attempt = Table(
    "attempt",
    metadata,
    Column("delivery", Integer, ForeignKey("delivery.id"), primary_key=True),
    #: From 1.
    Column("number", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    #: Host and port, or the outbox.
    Column("relay", Text, nullable=False),
    #: What it made of the delivery.
    Column("state", String(16), nullable=False),
    #: The reply code, 0 when there was no reply.
    Column("code", Integer, nullable=False),
    #: The relay's words, without addresses.
    Column("words", Text, nullable=False),
    sqlite_with_rowid=False,
)


def seconds(moment: datetime) -> int:
    """Return an aware datetime in whole seconds since 1970, as it is stored."""
    return int(moment.timestamp())


def moment(stored: int) -> datetime:
    """Return a stored time as an aware datetime in UTC."""
    return datetime.fromtimestamp(stored, UTC)
