"""The command that works off jobs, and its answer to those who ask how it is."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Annotated

import httpx
import orjson
import typer

from app.cli_models import Data, settings_for
from app.cli_starting import set_up_logging, with_credentials
from app.main import build
from app.memory import give_back_large_blocks
from app.queue.workers import Workers

ASK_SECONDS = 5.0


def worker(
    queues: Annotated[str, typer.Option(help="Queues to work off, comma separated, or all.")] = "all",
    host: Annotated[str, typer.Option(help="Address that tells how the worker is.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port of /healthz and /readyz; 0 for none.")] = 0,
    health: Annotated[bool, typer.Option("--health", help="Ask the worker that runs at --port how it is, and stop.")] = False,
    data: Data = None,
) -> None:
    """Work off jobs beside the servers, on this or any other machine that shares their database and storage."""
    if health:
        raise typer.Exit(_ask(host, port))
    names = tuple(item.strip() for item in queues.split(",") if item.strip())
    settings = with_credentials(settings_for(data)).model_copy(update={"queues": names})
    set_up_logging(settings.log_json)
    give_back_large_blocks()
    house = build(settings)
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    with _telling(house.workers, host, port) as address:
        house.workers.start()
        typer.echo(f"Working on {', '.join(house.workers.limits)}" + (f"; health at {address}/healthz" if address else ""))
        done.wait()
        house.workers.stop()
    house.close()


@contextmanager
def _telling(workers: Workers, host: str, port: int) -> Iterator[str]:
    """Answers /healthz (restart it or not) and /readyz (does it reach the queue) with 200 or 503; gives the address."""
    if not port:
        yield ""
        return

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = workers.health()
            good = {"/healthz": found.alive, "/readyz": found.ready}.get(self.path)
            why = {"reason": found.reason} if found.reason else {}
            text = orjson.dumps({"status": "ok" if good else "failing", "running": found.running, **why})
            self.send_response(404 if good is None else 200 if good else 503)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Probes are no news."""

    with ThreadingHTTPServer((host, port), Answers) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
        yield f"http://{host}:{server.server_address[1]}"
        server.shutdown()


def _ask(host: str, port: int) -> int:
    """0 if the worker is ready, 1 if it is not, or does not answer."""
    try:
        answer = httpx.get(f"http://{host}:{port}/readyz", timeout=ASK_SECONDS)
    except httpx.HTTPError as error:
        typer.echo(f"It does not answer: {error}", err=True)
        return 1
    typer.echo(answer.text)
    return 0 if answer.status_code == 200 else 1
