"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def sorted_text(kind: type[sa.String], length: int | None = None) -> sa.types.TypeEngine[str]:
    """Return a type of text that sorts by code points."""
    return kind(length).with_variant(kind(length, collation="C"), "postgresql")


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "digest",
        sa.Column("name", sorted_text(sa.String, 255), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("slug", sorted_text(sa.String, 255), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_digest")),
    )
    op.create_table(
        "fact",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_fact")),
    )
    op.create_table(
        "issue",
        sa.Column("slug", sorted_text(sa.String, 255), nullable=False),
        sa.Column("source", sorted_text(sa.String, 255), nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("published", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("rendered", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_issue")),
    )
    op.create_index(op.f("ix_issue_published_slug"), "issue", ["published", "slug"], unique=False)
    op.create_index(op.f("ix_issue_rendered"), "issue", ["rendered"], unique=False)
    op.create_table(
        "removal",
        sa.Column("path", sorted_text(sa.Text), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_removal")),
    )
    op.create_table(
        "subscriber",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("address_key", sa.String(length=320), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriber")),
        sa.UniqueConstraint("address_key", name=op.f("uq_subscriber_address_key")),
    )
    op.create_index(op.f("ix_subscriber_status"), "subscriber", ["status"], unique=False)
    op.create_table(
        "appearance",
        sa.Column("paper", sorted_text(sa.String, 255), nullable=False),
        sa.Column("issue", sorted_text(sa.String, 255), nullable=False),
        sa.Column("scheme", sa.String(length=8), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["issue"], ["issue.slug"], name=op.f("fk_appearance_issue_issue")),
        sa.PrimaryKeyConstraint("paper", "issue", name=op.f("pk_appearance")),
    )
    op.create_index(op.f("ix_appearance_issue"), "appearance", ["issue"], unique=False)
    op.create_table(
        "plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue", sorted_text(sa.String, 255), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["issue"], ["issue.slug"], name=op.f("fk_plan_issue_issue")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
        sa.UniqueConstraint("issue", name=op.f("uq_plan_issue")),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Integer(), nullable=False),
        sa.Column("subscriber", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["plan"], ["plan.id"], name=op.f("fk_delivery_plan_plan")),
        sa.ForeignKeyConstraint(
            ["subscriber"], ["subscriber.id"], name=op.f("fk_delivery_subscriber_subscriber")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("plan", "subscriber", name=op.f("uq_delivery_plan_subscriber")),
    )
    op.create_index(op.f("ix_delivery_state_due"), "delivery", ["state", "due"], unique=False)
