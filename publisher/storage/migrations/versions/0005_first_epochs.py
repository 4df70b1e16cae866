"""A number that is given again does not bring with it the links of who had it before."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Note in which epoch a person came; of those who are there, all links count."""
    op.add_column(
        "subscriber",
        sa.Column("first_epoch", sa.BigInteger(), nullable=False, server_default="0"),
    )
