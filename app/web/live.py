"""What happens in a cloud, told to the console as it happens: server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import orjson
from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from app.errors import Failure
from app.house import House
from app.services.live import Event, Watcher
from app.web.plumbing import VERSION, house
from app.web.visiting import Visited, Visiting

router = APIRouter(prefix="/console/api", include_in_schema=False)
HEARTBEAT = 15.0  # seconds of silence; proxies close what says nothing for longer
MOST_WAITING = 2000  # events of a reader that does not keep up; then it is let go, and comes again
AGAIN = 1000  # milliseconds until a browser that lost the stream asks again
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # nginx passes it on as it comes


@router.get("/events")
async def events(visited: Visited) -> Response:
    """Assets that come, change, are analysed or go, and how many jobs there are. `Last-Event-ID` goes on where it stopped."""
    request = visited.request
    last = request.headers.get("last-event-id", "")
    queue: asyncio.Queue[Event | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def told(event: Event | None) -> None:
        with suppress(RuntimeError):  # the loop has ended, and this stream with it
            loop.call_soon_threadsafe(queue.put_nowait, event)

    watcher = Watcher(visited.caller.cloud_id, visited.caller.cloud, visited.operates, told)
    since = int(last) if last.isdecimal() and len(last) < 20 else None
    here = house(request)
    await here.threads.read(here.live.watch, watcher, since)
    return StreamingResponse(_lines(here, visited, watcher, queue), headers=HEADERS, media_type="text/event-stream")


async def _lines(here: House, visited: Visiting, watcher: Watcher, queue: "asyncio.Queue[Event | None]") -> AsyncIterator[bytes]:
    """Until the browser leaves, the session ends, or the server stops."""
    try:
        yield f"retry: {AGAIN}\n".encode() + _line("hello", {"version": VERSION, "cloud": watcher.cloud})
        while queue.qsize() < MOST_WAITING:
            try:
                event = await asyncio.wait_for(queue.get(), HEARTBEAT)
            except TimeoutError:
                if not await here.threads.read(_still_open, here, visited):
                    yield _line("signed_out", {})
                    return
                yield b": still here\n\n"
                continue
            if event is None:
                return
            yield f"id: {event.moment}\n".encode() + _line(event.name, event.data)
    finally:
        here.live.leave(watcher)


def _still_open(here: House, visited: Visiting) -> bool:
    """Whether the key or the password that opened the session is still there."""
    try:
        here.sessions.check(visited.session)
    except Failure:
        return False
    return True


def _line(name: str, data: object) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n"
