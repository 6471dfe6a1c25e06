"""The command line: serve, worker, migrate, move, keys, clouds, models, jobs, webhooks, sweep."""

import os
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated

import typer
import uvicorn

from app.cli_clouds import clouds
from app.cli_jobs import jobs
from app.cli_models import Data, models, settings_for
from app.cli_move import move
from app.cli_starting import set_up_logging, with_credentials
from app.cli_webhooks import webhooks
from app.cli_worker import worker
from app.errors import Failure
from app.inference.onnx import OnnxInference
from app.main import build, create_app, create_inference_server
from app.memory import give_back_large_blocks
from app.web.express import express

cli = typer.Typer(
    help="Tagsight: image upload and automatic tagging behind Cloudinary's HTTP API.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
keys = typer.Typer(help="API keys of this installation's clouds.", no_args_is_help=True)
cli.add_typer(keys, name="keys")
cli.add_typer(models, name="models")
cli.add_typer(clouds, name="clouds")
cli.add_typer(jobs, name="jobs")
cli.add_typer(webhooks, name="webhooks")
cli.command()(worker)
cli.command()(move)

NOT_STARTED = 3  # the port is taken, as a rule
GUESSABLE = ("secret", "password", "change-me")


class Server(uvicorn.Server):
    """Ends the streams that would never end by themselves before it waits for open requests."""

    def __init__(self, config: uvicorn.Config, ending: Callable[[], None]) -> None:
        super().__init__(config)
        self.ending = ending

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.ending()
        await super().shutdown(sockets)


@cli.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    demo: Annotated[bool, typer.Option("--demo", help="The console without sign-in, for a browser on this machine.")] = False,
    data: Data = None,
) -> None:
    """Serve the API. Without CLOUDINARY_URL the first start makes up credentials and keeps them in the data folder."""
    settings = with_credentials(settings_for(data))
    settings = settings.model_copy(update={"console_demo": demo or settings.console_demo})
    own = settings.credentials
    alone = host.startswith("127.") or host in ("localhost", "::1")
    if settings.console_demo and not alone:
        raise typer.BadParameter("the demo needs no sign-in, so it listens to this machine alone; leave --host out")
    if own and own.secret in GUESSABLE and not alone:
        raise typer.BadParameter("the demo's credentials are for this machine alone; set CLOUDINARY_URL to a secret of your own")
    set_up_logging(settings.log_json)
    give_back_large_blocks()
    house = build(settings)
    shown = f"{host if host != '0.0.0.0' else '127.0.0.1'}:{port}"
    if own:
        hidden = "<secret>" if os.environ.get("CLOUDINARY_URL") else own.secret
        typer.echo(f"CLOUDINARY_URL=cloudinary://{own.key}:{hidden}@{own.cloud}?upload_prefix=http://{shown}")
    typer.echo(f"Serving http://{shown} (API documentation at /docs)")
    how = "no sign-in: demo" if settings.console_demo else "sign in with the API key and its secret"
    typer.echo(f"Console http://{shown}/console ({how})")
    if isinstance(house.inference, OnnxInference):  # a server of models may well come up after this one
        house.threads.disk(house.packs.check_all)  # beside the first requests; what fails is taken out and named by /health
    app = create_app(house)
    config = uvicorn.Config(
        app,
        http=express(app.state.shelf),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=8,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
    )
    server = Server(config, house.live.stop)
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        raise typer.Exit(NOT_STARTED)


@cli.command()
def inference(
    host: Annotated[
        str, typer.Option(help="Address to listen on; there is no password, so keep it inside your network.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8001,
    data: Data = None,
) -> None:
    """Run the models for other machines, whose INFERENCE_URL names this one (Open Inference Protocol v2)."""
    app = create_inference_server(settings_for(data))
    typer.echo(f"Serving models on http://{host}:{port}/v2")
    uvicorn.run(app, host=host, port=port, ws="none", log_level="warning", access_log=False, timeout_graceful_shutdown=8)


@cli.command()
def migrate(data: Data = None) -> None:
    """Bring the database to the newest revision, and stop."""
    house = build(settings_for(data))
    house.close()
    typer.echo("The database is up to date.")


@cli.command()
def sweep(data: Data = None, hours: Annotated[float, typer.Option(help="Leave younger files alone.", min=1)] = 24) -> None:
    """Remove stored files that no row names (left by a crash or a lost answer) and uploads in chunks that were never finished."""
    house = build(settings_for(data))
    before = time.time() - hours * 3600
    typer.echo(f"{house.library.sweep(before)} files and {house.chunks.sweep(before)} unfinished uploads removed.")
    house.close()


@keys.command("list")
def list_keys(data: Data = None) -> None:
    """Keys kept in the database, without their secrets."""
    house = build(settings_for(data))
    for key in house.accounts.list():
        typer.echo(f"{key.key}  {key.cloud}")
    house.close()


@keys.command("create")
def create_key(cloud: Annotated[str, typer.Argument(help="Cloud name; made if absent.")], data: Data = None) -> None:
    """A new key for a cloud; its secret is shown this once."""
    house = build(settings_for(data))
    key = house.accounts.add(cloud)
    house.close()
    typer.echo(f"CLOUDINARY_URL=cloudinary://{key.key}:{key.secret}@{key.cloud}")


@keys.command("remove")
def remove_key(key: Annotated[str, typer.Argument(help="The API key.")], data: Data = None) -> None:
    """Forget a key; requests with it are refused from now on."""
    house = build(settings_for(data))
    gone = house.accounts.remove(key)
    house.close()
    typer.echo("Removed." if gone else "There is no such key.")
    raise typer.Exit(0 if gone else 1)


def main() -> None:
    try:
        cli()
    except Failure as failure:  # of an installation that cannot be opened as it is set up
        typer.echo(f"Error: {failure.message}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
