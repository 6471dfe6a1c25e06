"""POST to an address somebody else named: guarded like a remote upload, one try, no redirects, bounded in time."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import httpcore

from app.errors import BadRequest, Unavailable
from app.services.fetching import Guard, spelled


@dataclass(frozen=True)
class Poster:
    """Sends a body and reads no more of the answer than its status."""

    seconds: float = 20.0
    guard: Guard = field(default_factory=Guard)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status of the answer. Raises BadRequest for an address that may not be called, Unavailable for one that fails."""
        deadline = time.monotonic() + self.seconds
        try:
            target, host = spelled(url)
            sent = {"Host": host, "User-Agent": "Tagsight", "Content-Length": str(len(body)), **headers}
            timeouts = dict.fromkeys(("connect", "read", "write", "pool"), self.seconds)
            guard = replace(self.guard, deadline=deadline)
            with (
                httpcore.ConnectionPool(network_backend=guard, max_connections=1) as pool,
                pool.stream("POST", target, headers=list(sent.items()), content=body, extensions={"timeout": timeouts}) as answer,
            ):
                return answer.status
        except httpcore.TimeoutException:
            raise Unavailable(f"took longer than {self.seconds:g} seconds") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError) as error:
            raise Unavailable(f"{type(error).__name__}: {error}"[:300]) from error
        except ValueError:
            raise BadRequest(f"{url} is no address to call") from None
