"""Letters in languages, mails of several issues, and all that people do about their mail."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def sorted_text(length: int) -> sa.types.TypeEngine[str]:
    """Return a type of text that sorts by code points."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    """Take a plan's bytes into its first letter, and make the new tables."""
    op.create_table(
        "letter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["plan"], ["plan.id"], name=op.f("fk_letter_plan_plan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
    )
    op.create_index(op.f("ix_letter_plan"), "letter", ["plan"], unique=False)
    op.execute(
        "INSERT INTO letter (plan, language, subject, text, html) "
        "SELECT id, '', subject, text, html FROM plan ORDER BY id"
    )
    with op.batch_alter_table("delivery") as batch:
        batch.add_column(sa.Column("letter", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("lease", sa.Integer(), nullable=True))
        batch.drop_index(op.f("ix_delivery_state_due"))
        batch.create_index(
            op.f("ix_delivery_plan_state_due_id"), ["plan", "state", "due", "id"], unique=False
        )
    op.execute(
        "UPDATE delivery SET letter = "
        "(SELECT letter.id FROM letter WHERE letter.plan = delivery.plan)"
    )
    with op.batch_alter_table("delivery") as batch:
        batch.alter_column("letter", existing_type=sa.Integer(), nullable=False)
        batch.create_foreign_key(op.f("fk_delivery_letter_letter"), "letter", ["letter"], ["id"])
    with op.batch_alter_table("plan") as batch:
        batch.add_column(sa.Column("name", sorted_text(255), nullable=True))
        batch.add_column(sa.Column("applied", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("hash", sa.String(64), nullable=False, server_default=""))
        batch.add_column(sa.Column("checks", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("paused", sa.Text(), nullable=True))
        batch.add_column(
            sa.Column("cancelled", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    op.execute("UPDATE plan SET name = issue, applied = created")
    with op.batch_alter_table("plan") as batch:
        batch.alter_column("name", existing_type=sorted_text(255), nullable=False)
        batch.alter_column("issue", existing_type=sorted_text(255), nullable=True)
        batch.drop_constraint(op.f("uq_plan_issue"), type_="unique")
        batch.create_unique_constraint(op.f("uq_plan_name"), ["name"])
        batch.create_index(op.f("ix_plan_issue"), ["issue"], unique=False)
        batch.drop_column("subject")
        batch.drop_column("text")
        batch.drop_column("html")

    with op.batch_alter_table("subscriber") as batch:
        batch.add_column(sa.Column("how", sa.String(32), nullable=False, server_default=""))
        batch.add_column(
            sa.Column("cadence", sa.String(16), nullable=False, server_default="issue")
        )
        batch.add_column(sa.Column("covered", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("epoch", sa.BigInteger(), nullable=False, server_default="0"))

    op.create_table(
        "suppression",
        sa.Column("key", sa.String(length=320), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_suppression")),
    )
    op.create_table(
        "confirmation",
        sa.Column("subscriber", sa.Integer(), nullable=False),
        sa.Column("requested", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber"], ["subscriber.id"], name=op.f("fk_confirmation_subscriber_subscriber")
        ),
        sa.PrimaryKeyConstraint("subscriber", name=op.f("pk_confirmation")),
    )
    op.create_index(
        op.f("ix_confirmation_state_due"), "confirmation", ["state", "due"], unique=False
    )
    op.create_index(op.f("ix_confirmation_requested"), "confirmation", ["requested"], unique=False)
    op.create_table(
        "request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("network", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request")),
    )
    op.create_index(op.f("ix_request_network_at"), "request", ["network", "at"], unique=False)
    op.create_index(op.f("ix_request_at"), "request", ["at"], unique=False)
    op.create_table(
        "bounce",
        sa.Column("mail", sa.String(length=64), nullable=False),
        sa.Column("subscriber", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber"], ["subscriber.id"], name=op.f("fk_bounce_subscriber_subscriber")
        ),
        sa.PrimaryKeyConstraint("mail", name=op.f("pk_bounce")),
    )
    op.create_index(
        op.f("ix_bounce_subscriber_kind_at"), "bounce", ["subscriber", "kind", "at"], unique=False
    )
    op.create_table(
        "lease",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("boot", sa.String(length=64), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("outbox", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lease")),
    )
    op.create_table(
        "attempt",
        sa.Column("delivery", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("relay", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery"], ["delivery.id"], name=op.f("fk_attempt_delivery_delivery")
        ),
        sa.PrimaryKeyConstraint("delivery", "number", name=op.f("pk_attempt")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "signature",
        sa.Column("delivery", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery"], ["delivery.id"], name=op.f("fk_signature_delivery_delivery")
        ),
        sa.PrimaryKeyConstraint("delivery", name=op.f("pk_signature")),
    )
    _make_feeds()


def _make_feeds() -> None:
    """Make the tables of feeds; reading every digest once more fills them."""
    with op.batch_alter_table("issue") as batch:
        batch.add_column(sa.Column("uid", sa.Text(), nullable=False, server_default=""))
        batch.create_index(op.f("ix_issue_updated"), ["updated"], unique=False)
        batch.create_index(op.f("ix_issue_uid"), ["uid"], unique=False)
    op.execute("UPDATE digest SET state = 'unread' WHERE state = 'published'")
    op.create_table(
        "paper",
        sa.Column("paper", sorted_text(255), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("issue", sorted_text(255), nullable=False),
        sa.Column("published", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("paper", name=op.f("pk_paper")),
    )
    op.create_index(op.f("ix_paper_issue"), "paper", ["issue"], unique=False)
    op.create_index(op.f("ix_paper_updated"), "paper", ["updated"], unique=False)
    op.create_table(
        "feed",
        sa.Column("name", sorted_text(255), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("closed", sa.Integer(), nullable=False),
        sa.Column("rendered", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_feed")),
    )
    op.create_table(
        "feed_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feed", sorted_text(255), nullable=False),
        sa.Column("entry", sorted_text(255), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("archive", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(64), nullable=True),
        sa.Column("updated", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["feed"], ["feed.name"], name=op.f("fk_feed_entry_feed_feed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_entry")),
        sa.UniqueConstraint("feed", "entry", name=op.f("uq_feed_entry_feed_entry")),
    )
    op.create_index(
        op.f("ix_feed_entry_feed_archive"), "feed_entry", ["feed", "archive"], unique=False
    )
    op.create_index(op.f("ix_feed_entry_entry"), "feed_entry", ["entry"], unique=False)
    op.create_table(
        "feed_archive",
        sa.Column("feed", sorted_text(255), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["feed"], ["feed.name"], name=op.f("fk_feed_archive_feed_feed")),
        sa.PrimaryKeyConstraint("feed", "number", name=op.f("pk_feed_archive")),
    )
    op.create_table(
        "hub_topic",
        sa.Column("feed", sa.String(length=512), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("feed", name=op.f("pk_hub_topic")),
    )
