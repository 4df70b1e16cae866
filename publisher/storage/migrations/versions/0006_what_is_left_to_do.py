"""What a tick has to do is found without a look at all that was ever done, and at every reader."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the indexes."""
    op.create_index(op.f("ix_feed_archive_rendered"), "feed_archive", ["rendered"])
    op.create_index(op.f("ix_subscriber_cadence_covered"), "subscriber", ["cadence", "covered"])
