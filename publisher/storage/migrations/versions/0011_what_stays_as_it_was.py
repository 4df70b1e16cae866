"""What an upgrade reads otherwise: issues that stay as they were, and papers' other identities."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def sorted_text(length: int) -> sa.types.TypeEngine[str]:
    """Return a type of text that sorts by code points."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables; the next build reads anew what was published, and fills them."""
    name = sorted_text(255)
    key = sorted_text(1_000)  # of a paper
    op.create_table(
        "kept_issue",
        sa.Column("issue", name, sa.ForeignKey("issue.slug"), primary_key=True),
        sa.Column("words", sa.Text, nullable=False),
    )
    op.create_table(
        "paper_alias",
        sa.Column("alias", key, primary_key=True),
        sa.Column("scheme", sa.String(16), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "former_paper",
        sa.Column("paper", key, primary_key=True),
        sa.Column("issue", name, sa.ForeignKey("issue.slug"), nullable=False),
    )
    op.create_index(op.f("ix_former_paper_issue"), "former_paper", ["issue"])
