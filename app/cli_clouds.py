"""The commands on clouds: list them, and set what is particular to one."""

from typing import Annotated

import typer

from app.cli_models import Data, settings_for
from app.errors import Failure
from app.main import build

clouds = typer.Typer(help="Clouds of this installation, and what is set for one of them alone.", no_args_is_help=True)


@clouds.command("list")
def show(data: Data = None) -> None:
    """Every cloud with its own settings."""
    house = build(settings_for(data))
    for name, settings in house.accounts.clouds():
        typer.echo("  ".join([name, *(f"{key}={value}" for key, value in sorted(settings.items()))]))
    house.close()


@clouds.command("set")
def set_one(
    cloud: Annotated[str, typer.Argument(help="Cloud name.")],
    key: Annotated[str, typer.Argument(help="The setting, such as signature_algorithm.")],
    value: Annotated[str, typer.Argument(help="Its value; empty means the installation's own again.")],
    data: Data = None,
) -> None:
    """Set something for one cloud alone. Running servers follow at once."""
    house = build(settings_for(data))
    try:
        house.accounts.set(cloud, key, value)
    except Failure as error:
        raise typer.BadParameter(error.message) from None
    finally:
        house.close()
    typer.echo("Set.")
