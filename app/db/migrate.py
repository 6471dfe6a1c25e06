"""Bring a database to the newest revision: once, however many processes start together."""

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from app.db.engine import Database
from app.settings import bundled


def upgrade(db: Database, revision: str = "head") -> None:
    """Run the revisions that are missing, all in one transaction behind one lock."""
    config = Config()
    config.set_main_option("script_location", str(bundled("migrations")))
    with db.engine.connect().execution_options(tagsight_writer=True) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('tagsight migrations'))"))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
