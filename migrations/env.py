"""How Alembic runs here: on the connection it is handed (see app/db/migrate.py), inside that connection's transaction."""

from alembic import context

from app.db.tables import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True, compare_type=True
)
context.run_migrations()
