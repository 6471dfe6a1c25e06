"""The commands on notices: webhooks list, show, replay."""

from typing import Annotated, NoReturn

import typer

from app.cli_models import Data, settings_for
from app.db import deliveries
from app.db.deliveries import Delivery
from app.main import build

webhooks = typer.Typer(help="Notices that were sent, or are to be.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="The delivery's number, as `list` shows it.")]


@webhooks.command("list")
def list_deliveries(
    status: Annotated[str | None, typer.Option(help="Only waiting, delivered or failed ones.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many, newest first.", min=1, max=1000)] = 50,
    data: Data = None,
) -> None:
    """Deliveries by number."""
    house = build(settings_for(data))
    with house.db.read() as c:
        found = deliveries.page(c, status, limit)
    house.close()
    for item in found:
        typer.echo(_line(item))


@webhooks.command("show")
def show(number: Number, data: Data = None) -> None:
    """What was sent, and what became of it."""
    house = build(settings_for(data))
    with house.db.read() as c:
        item = deliveries.find(c, number)
    house.close()
    if item is None:
        _absent(number)
    typer.echo(_line(item))
    typer.echo(item.body)


@webhooks.command("replay")
def replay(number: Number, data: Data = None) -> None:
    """Send a notice again, whatever became of it; its tries are counted anew."""
    house = build(settings_for(data))
    with house.db.begin() as tx:
        there = house.notices.replay(tx, number)
    house.close()
    if not there:
        _absent(number)
    typer.echo("It is sent again.")


def _line(item: Delivery) -> str:
    said = f"  {item.answer or item.error}" if item.answer or item.error else ""
    return f"{item.id}  {item.event_type}  {item.status}  tries={item.attempts}  {item.uri}{said}"


def _absent(number: int) -> NoReturn:
    typer.echo(f"There is no such delivery {number}, or it is one that is fetched.", err=True)
    raise typer.Exit(1)
