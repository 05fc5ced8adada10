"""What Alembic runs: the migrations, on the connection and in the transaction that the store hands over.

All of a store's DDL is transactional, on SQLite too (the store begins by itself), so an upgrade that is cut
off has not happened.
"""

from alembic import context
from ocop.trace.registry.tables import METADATA


def run() -> None:
    """Run what is missing. The caller's transaction commits or takes back all of it."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=METADATA, transactional_ddl=True)
    context.run_migrations()


run()
