"""What slug an issue had before it was renamed is kept: its old address leads on."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; of renamings before now nothing is known."""
    slug = sa.String(255).with_variant(sa.String(255, collation="C"), "postgresql")
    op.create_table(
        "former_slug",
        sa.Column("slug", slug, primary_key=True),
        sa.Column("issue", slug, sa.ForeignKey("issue.slug"), nullable=False),
    )
    op.create_index(op.f("ix_former_slug_issue"), "former_slug", ["issue"])
