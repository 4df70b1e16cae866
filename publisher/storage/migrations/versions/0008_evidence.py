"""Why an address is suppressed, why a plan is held, and what a form has already taken."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns.

    The copies of a plan that was made before have the date that they were made with: the issue's,
    or, of a plan of several issues, the plan's own. A suppression that a bounce led to has that
    bounce's words; one that an import asked for has none.
    """
    op.add_column("suppression", sa.Column("evidence", sa.Text, nullable=False, server_default=""))
    op.create_index(op.f("ix_suppression_since"), "suppression", ["since"])
    op.execute(
        "UPDATE suppression SET evidence = coalesce("
        "(SELECT words FROM bounce JOIN subscriber ON subscriber.id = bounce.subscriber "
        "WHERE subscriber.address_key = suppression.key AND bounce.kind IN ('hard', 'soft') "
        "AND bounce.at <= suppression.since ORDER BY bounce.at DESC LIMIT 1), '') "
        "WHERE reason = 'bounced'"
    )
    op.add_column("plan", sa.Column("dated", sa.BigInteger, nullable=False, server_default="0"))
    op.execute(
        "UPDATE plan SET dated = coalesce("
        "(SELECT published FROM issue WHERE issue.slug = plan.issue), created)"
    )
    op.add_column("plan", sa.Column("held", sa.Text))
    # What the program had stopped because a relay refused everyone goes on by itself from now on.
    op.execute(
        "UPDATE plan SET held = paused, paused = NULL WHERE paused <> '' AND cancelled = false"
    )
    op.add_column("plan", sa.Column("ended", sa.BigInteger))
    op.execute(
        "UPDATE plan SET ended = created WHERE applied IS NOT NULL AND NOT EXISTS ("
        "SELECT 1 FROM delivery WHERE delivery.plan = plan.id AND state IN "
        "('pending', 'deferred', 'sending', 'uncertain'))"
    )
    op.add_column(
        "plan", sa.Column("undelivered", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.add_column("delivery", sa.Column("bounce", sa.String(8), nullable=False, server_default=""))
    op.add_column(
        "delivery", sa.Column("retry_from", sa.BigInteger, nullable=False, server_default="0")
    )
    op.add_column("confirmation", sa.Column("words", sa.Text, nullable=False, server_default=""))
    op.add_column(
        "confirmation", sa.Column("wanted", sa.String(35), nullable=False, server_default="")
    )
    op.add_column(
        "subscriber", sa.Column("left_epoch", sa.BigInteger, nullable=False, server_default="0")
    )
    op.add_column("request", sa.Column("mailbox", sa.String(64), nullable=False, server_default=""))
    op.create_index(op.f("ix_request_mailbox_at"), "request", ["mailbox", "at"])
    op.create_table(
        "form_stamp",
        sa.Column("stamp", sa.String(64), primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index(op.f("ix_form_stamp_at"), "form_stamp", ["at"])
