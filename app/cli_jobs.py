"""The commands on work that is done later: jobs list, watch, show, replay, discard."""

import time
from datetime import UTC, datetime
from typing import Annotated, NoReturn

import orjson
import typer

from app.cli_models import Data, settings_for
from app.db import jobs as rows
from app.db.jobs import Row
from app.main import build
from app.queue.pace import Pace

jobs = typer.Typer(help="Work that waits, runs, or was set aside after failing.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="The job's number, as `list` shows it.")]


@jobs.command("list")
def list_jobs(
    status: Annotated[str | None, typer.Option(help="Only ready, running or held ones.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many, newest first.", min=1, max=1000)] = 50,
    data: Data = None,
) -> None:
    """Jobs by number, and how many there are of each kind."""
    house = build(settings_for(data))
    with house.db.read() as c:
        found, counts = rows.page(c, status, limit), rows.counts(c)
    for row in found:
        typer.echo(_line(row))
    for (name, state), count in sorted(counts.items()):
        typer.echo(f"{count} {name} {state}")
    house.close()


@jobs.command("watch")
def watch(
    batch: Annotated[str | None, typer.Option(help="Only the batch that calls named by batch_id.")] = None,
    every: Annotated[float, typer.Option(help="Seconds between two looks.", min=0.01)] = 1.0,
    data: Data = None,
) -> None:
    """How far the work is that waits, how fast it goes and how long it will take, until nothing is left."""
    house = build(settings_for(data))
    pace = Pace()
    try:
        while True:
            with house.db.read() as c:
                pace.note(time.monotonic(), rows.going(c, batch))
            typer.echo(pace.line)
            if not pace.left:
                return
            time.sleep(every)
    finally:
        house.close()


@jobs.command("show")
def show(number: Number, data: Data = None) -> None:
    """Everything that is known of a job."""
    house = build(settings_for(data))
    with house.db.read() as c:
        row = rows.find(c, number)
    house.close()
    if row is None:
        _absent(number)
    typer.echo(_line(row))
    typer.echo(f"arguments  {orjson.dumps(row.arguments).decode()}")
    for name in ("attempts", "starts", "priority", "key", "worker", "error"):
        typer.echo(f"{name}  {getattr(row, name)}")


@jobs.command("replay")
def replay(number: Number, data: Data = None) -> None:
    """Let a job that was set aside run again."""
    house = build(settings_for(data))
    with house.db.begin() as tx:
        there = rows.replay(tx, number, house.queue.clock())
    house.close()
    if not there:
        _absent(number)
    typer.echo("It runs again.")


@jobs.command("discard")
def discard(number: Number, data: Data = None) -> None:
    """Forget a job that waits or was set aside."""
    house = build(settings_for(data))
    with house.db.begin() as tx:
        there = rows.discard(tx, number)
    house.close()
    if not there:
        _absent(number)
    typer.echo("Discarded.")


def _line(row: Row) -> str:
    due = datetime.fromtimestamp(row.run_at / 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{row.id}  {row.name}  {row.status}  {due}" + (f"  {row.error}" if row.error else "")


def _absent(number: int) -> NoReturn:
    typer.echo(f"There is no such job {number}, or it is not in a state for this.", err=True)
    raise typer.Exit(1)
