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
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeEngine

#: The newest migration; `tests/contract` holds it against the files.
HEAD = "0001"


def _sorted(kind: type[String], length: int | None = None) -> TypeEngine[str]:
    """Give a type of text that sorts as in Python and SQLite, whatever the server's language."""
    return kind(length).with_variant(kind(length, collation="C"), "postgresql")


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: Small facts: what the ids are made of, what the pages were made with, what is still to do.
fact = Table(
    "fact",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

#: Every digest file as it was when last read.
digest = Table(
    "digest",
    metadata,
    Column("name", _sorted(String, 255), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("sha256", LargeBinary(32), nullable=False),
    Column("slug", _sorted(String, 255)),
    #: What became of it: published, draft, waiting, failed.
    Column("state", String(16), nullable=False),
)

#: Every issue that was ever published. Rows stay when an issue is withdrawn: its date is kept.
issue = Table(
    "issue",
    metadata,
    Column("slug", _sorted(String, 255), primary_key=True),
    Column("source", _sorted(String, 255), nullable=False),
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
    Index(None, "published", "slug"),
    Index(None, "rendered"),
)

#: Which papers stand in which issue.
appearance = Table(
    "appearance",
    metadata,
    Column("paper", _sorted(String, 255), primary_key=True),
    Column("issue", _sorted(String, 255), ForeignKey("issue.slug"), primary_key=True),
    Column("scheme", String(8), nullable=False),
    Column("value", Text, nullable=False),
    Index(None, "issue"),
)

#: Files under out/ that nothing stands behind any more and that are still to be removed.
removal = Table("removal", metadata, Column("path", _sorted(Text), primary_key=True))

subscriber = Table(
    "subscriber",
    metadata,
    Column("id", Integer, primary_key=True),
    #: As the person wrote it; mail goes to this form.
    Column("address", Text, nullable=False),
    #: Folded, for uniqueness.
    Column("address_key", String(320), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("language", String(35), nullable=False),
    Column("status", String(16), nullable=False),
    Column("since", BigInteger, nullable=False),
    Index(None, "status"),
)

#: A frozen send: the bytes of one issue's mail before they are addressed.
plan = Table(
    "plan",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("issue", _sorted(String, 255), ForeignKey("issue.slug"), nullable=False, unique=True),
    Column("created", BigInteger, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
)

#: One recipient of one plan.
delivery = Table(
    "delivery",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("plan", Integer, ForeignKey("plan.id"), nullable=False),
    Column("subscriber", Integer, ForeignKey("subscriber.id"), nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    #: Not before this time; 0 at once.
    Column("due", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
    #: The relay's last words, without addresses.
    Column("reply", Text, nullable=False),
    UniqueConstraint("plan", "subscriber"),
    Index(None, "state", "due"),
)


def seconds(moment: datetime) -> int:
    """Give an aware datetime as it is stored."""
    return int(moment.timestamp())


def moment(stored: int) -> datetime:
    """Give a stored time as an aware datetime in UTC."""
    return datetime.fromtimestamp(stored, UTC)
