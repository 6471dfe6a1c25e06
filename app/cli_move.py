"""The command that takes an installation from one machine to many, or back: move."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError

from app.cli_models import Data, settings_for
from app.errors import BadRequest, Failure
from app.main import moving
from app.settings import Settings


def move(
    to: Annotated[str, typer.Option(help="The new DATABASE_URL: an empty database, or one this very move has begun with.")] = "",
    storage: Annotated[str, typer.Option(help="The new STORAGE_URL; without it the files stay where they are.")] = "",
    finish: Annotated[
        bool, typer.Option("--finish", help="Stop the old place from being written, copy the rest, and check.")
    ] = False,
    reopen: Annotated[bool, typer.Option("--reopen", help="Let the old place be written again, and stop there.")] = False,
    data: Data = None,
) -> None:
    """Copy this installation, while it runs, to another database and storage; run it again to go on, or to catch up."""
    settings = settings_for(data)
    try:
        if reopen:
            moving(settings, settings.database, "", _watch).reopen()
            typer.echo("This installation takes writes again.")
            return
        if not to:
            raise BadRequest("Say where to: --to postgresql://user@host/database")
        _move(settings, to, storage, finish)
    except (Failure, SQLAlchemyError) as failure:
        typer.echo(f"Error: {str(failure).splitlines()[0]}", err=True)
        raise typer.Exit(1) from None


def _move(settings: Settings, to: str, storage: str, finish: bool) -> None:
    work = moving(settings, to, storage, _watch)
    try:
        work.prepare()
        for number, copied in enumerate(work.approach(), 1):
            typer.echo(f"Copy {number}: {copied.files} files, {copied.rows} rows.")
        if not finish:
            moment = datetime.now(UTC).strftime("%H:%M:%S UTC")
            typer.echo(f"All there was at {moment} is there, and this installation goes on. Run the same command with --finish to")
            typer.echo("move for good: nobody can write here any more, what has changed is copied, every table is counted.")
            return
        typer.echo("From now on this installation only answers reads.")
        copied = work.finish()
    finally:
        work.close()
    typer.echo(
        f"Moved: {copied.files} files and {copied.rows} rows at last, and every table has as many rows as here. Serve it with"
    )
    typer.echo(f"  DATABASE_URL={work.target.engine.url.render_as_string(hide_password=True)}")
    typer.echo(f"  STORAGE_URL={_hidden(storage or settings.storage_url)}")
    typer.echo(
        "  CLOUDINARY_URL as before" + ("" if settings.cloudinary_url else f" (kept in {settings.data_dir / 'credentials'})")
    )
    if (settings.data_dir / "models").is_dir():
        typer.echo(
            f"and copy {settings.data_dir / 'models'}, the detectors that were added, into the data folder of every machine."
        )
    for key in copied.lost:
        typer.echo(f"Lost before the move, or not what its row tells: {key}", err=True)
    raise typer.Exit(1 if copied.lost else 0)


def _hidden(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://…@{rest.rpartition('@')[2]}" if "@" in rest else url


@contextmanager
def _watch(label: str, total: int) -> Iterator[Callable[[int], None]]:
    with typer.progressbar(length=max(total, 1), label=label, show_percent=True, show_eta=True) as bar:
        yield bar.update
