"""Other identities of papers than those they were published under, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, insert, select

from publisher.paper_id import PaperId, PaperScheme
from publisher.storage.tables.upgrade import paper_alias


def aliases(connection: Connection) -> dict[str, PaperId]:
    """Return the identity that each paper was published under, by the key of its alias."""
    rows = connection.execute(select(paper_alias))
    return {row.alias: PaperId(PaperScheme(row.scheme), row.value) for row in rows}


def add(connection: Connection, papers: Mapping[str, PaperId]) -> None:
    """Add aliases that are not recorded yet, in the form of `aliases`."""
    values = [
        {"alias": key, "scheme": paper.scheme.value, "value": paper.value}
        for key, paper in papers.items()
    ]
    if values:
        connection.execute(insert(paper_alias), values)
