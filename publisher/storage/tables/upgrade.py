"""The tables of what a newer program reads otherwise in digests that were published."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text

from publisher.storage.tables.schema import metadata, sorted_text

#: Published issues whose digests can no longer be read: they stay as they were.
kept_issue = Table(
    "kept_issue",
    metadata,
    Column("issue", sorted_text(String, 255), ForeignKey("issue.slug"), primary_key=True),
    #: Why not, as `check` says it.
    Column("words", Text, nullable=False),
)

#: Other identities of papers, each with the one that its paper was published under.
paper_alias = Table(
    "paper_alias",
    metadata,
    Column("alias", sorted_text(String, 1_000), primary_key=True),
    Column("scheme", String(16), nullable=False),
    Column("value", Text, nullable=False),
)

#: Papers that are read no more where they were published, and nowhere else: their pages lead to
#: that issue.
former_paper = Table(
    "former_paper",
    metadata,
    Column("paper", sorted_text(String, 1_000), primary_key=True),
    Column("issue", sorted_text(String, 255), ForeignKey("issue.slug"), nullable=False),
    Index(None, "issue"),
)
