"""Alembic's entry: the caller gives the connection, inside its own transaction."""

from alembic import context

from publisher.storage.tables.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
context.run_migrations()
