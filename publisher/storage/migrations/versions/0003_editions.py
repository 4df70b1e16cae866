"""Every closed archive of a feed is recorded, with the edition that its address names."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make of the list of archives to write one of all that are closed."""
    bind = op.get_bind()
    unwritten = {
        tuple(row) for row in bind.execute(sa.text("SELECT feed, number FROM feed_archive"))
    }
    op.execute("DELETE FROM feed_archive")
    with op.batch_alter_table("feed_archive") as batch:
        batch.add_column(sa.Column("edition", sa.Integer(), nullable=False))
        batch.add_column(sa.Column("made_with", sa.String(64), nullable=True))
        batch.add_column(sa.Column("rendered", sa.Boolean(), nullable=False))
    rows = [
        {
            "feed": name,
            "number": number,
            "edition": 1,
            # What they were made with is not known.
            "made_with": "",
            "rendered": (name, number) not in unwritten,
        }
        for name, closed in bind.execute(sa.text("SELECT name, closed FROM feed ORDER BY name"))
        for number in range(1, closed + 1)
    ]
    archive = sa.table("feed_archive", *map(sa.column, rows[0] if rows else ()))
    if rows:
        bind.execute(sa.insert(archive), rows)
