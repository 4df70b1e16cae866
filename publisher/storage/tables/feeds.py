"""The tables of feeds, their archives, and notifications of the hub."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from publisher.storage.tables.schema import metadata, sorted_text

#: Every feed, in all its formats and languages: `issues`, `papers`, `tags/llm` …
feed = Table(
    "feed",
    metadata,
    Column("name", sorted_text(String, 255), primary_key=True),
    #: issues, papers, tag or section.
    Column("kind", String(16), nullable=False),
    #: The tag's or section's name as the first digest wrote it.
    Column("label", Text, nullable=False),
    #: How many archives are closed.
    Column("closed", Integer, nullable=False),
    #: False while its newest document is still to be written.
    Column("rendered", Boolean, nullable=False),
)

#: What is in which feed, in the order it came.
feed_entry = Table(
    "feed_entry",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("feed", sorted_text(String, 255), ForeignKey("feed.name"), nullable=False),
    #: An issue's slug, or a paper's key in a feed of papers.
    Column("entry", sorted_text(String, 1_000), nullable=False),
    #: About how many bytes its content takes.
    Column("weight", Integer, nullable=False),
    #: The closed archive that it is in, 1 for the oldest; null for the newest document.
    Column("archive", Integer),
    #: When it was edited after that: the digest (SHA-256, in hex) it has there, and its date.
    Column("digest", String(64)),
    Column("updated", BigInteger),
    UniqueConstraint("feed", "entry"),
    Index(None, "feed", "archive"),
    Index(None, "entry"),
    # Not of those alone that have one: to say so, SQLAlchemy imports both dialects, in 20 ms.
    Index(None, "digest"),
)

#: Closed archives, 1 being a feed's oldest.
feed_archive = Table(
    "feed_archive",
    metadata,
    Column("feed", sorted_text(String, 255), ForeignKey("feed.name"), primary_key=True),
    Column("number", Integer, primary_key=True),
    #: A part of its address: an archive that must change gets the next one.
    Column("edition", Integer, nullable=False),
    #: A hash of what its bytes depend on besides digests (SHA-256, in hex): null while nothing can
    #: be at its address, empty where it is not known.
    Column("made_with", String(64)),
    #: False while it is still to be written.
    Column("rendered", Boolean, nullable=False),
    Index(None, "rendered"),
)

#: A feed as a topic of the WebSub hub, and whether the hub knows its present bytes.
hub_topic = Table(
    "hub_topic",
    metadata,
    #: Its place under out/.
    Column("feed", String(512), primary_key=True),
    #: The SHA-256 of its bytes, in hex.
    Column("sha256", String(64), nullable=False),
    #: due, told or refused.
    Column("state", String(16), nullable=False),
    #: Why the hub does not know these bytes, or refused them.
    Column("words", Text, nullable=False),
)
