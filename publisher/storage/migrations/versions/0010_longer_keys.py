"""Room for the keys of papers of more registries."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

#: What holds a paper's key: PostgreSQL took none of more than 255 characters.
_KEYS = (("appearance", "paper"), ("paper", "paper"), ("feed_entry", "entry"))


def sorted_text(length: int) -> sa.types.TypeEngine[str]:
    """Return a type of text that sorts by code points."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    """Make columns for keys and registries longer."""
    for table, column in _KEYS:
        with op.batch_alter_table(table) as batch:
            batch.alter_column(
                column,
                existing_type=sorted_text(255),
                type_=sorted_text(1_000),
                existing_nullable=False,
            )
            if table == "appearance":
                batch.alter_column(
                    "scheme",
                    existing_type=sa.String(8),
                    type_=sa.String(16),
                    existing_nullable=False,
                )
