"""When a digest was first seen, when an issue's mail was due, and slugs that are ASCII."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and have digests read again whose slugs are not ASCII.

    When an older program first saw a digest is not known: 0. Mail of what it published was due at
    that moment. It took digits of any script for a slug: the next build moves such an issue to the
    slug of the same digits in ASCII, as though its digest had been renamed.
    """
    op.add_column("digest", sa.Column("seen", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("issue", sa.Column("due", sa.BigInteger, nullable=False, server_default="0"))
    op.execute("UPDATE issue SET due = published")
    op.create_index(op.f("ix_issue_due"), "issue", ["due"])
    digest = sa.table("digest", sa.column("name"), sa.column("slug"), sa.column("mtime_ns"))
    connection = op.get_bind()
    for name, slug in connection.execute(sa.select(digest.c.name, digest.c.slug)).all():
        if slug and not slug.isascii():
            # No file has that time, so this one is not as it was.
            connection.execute(sa.update(digest).where(digest.c.name == name).values(mtime_ns=-1))
