"""Alembic's entry: runs the steps on the connection that `store.migrate` opened, inside its one transaction."""

from alembic import context

from store.migrate import OPTIONS
from store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, **OPTIONS)
with context.begin_transaction():
    context.run_migrations()
