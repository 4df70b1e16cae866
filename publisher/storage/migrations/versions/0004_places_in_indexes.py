"""What a build asks for is found in an index, however many issues there are."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the indexes."""
    op.create_index(op.f("ix_digest_slug"), "digest", ["slug"])
    op.create_index(op.f("ix_digest_state"), "digest", ["state"])
    op.drop_index(op.f("ix_issue_published_slug"), "issue")
    op.create_index(
        op.f("ix_issue_published_slug_withdrawn"), "issue", ["published", "slug", "withdrawn"]
    )
    op.create_index(op.f("ix_issue_content"), "issue", ["content"])
    op.create_index(op.f("ix_feed_entry_digest"), "feed_entry", ["digest"])
