"""The console's cookie on a request: whether the console's own page sent it, and from which machine."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from app.errors import Forbidden, Unauthorized
from app.services.sessions import DEMO, ENDED, IDLE, Session, Sessions
from app.signing import same

COOKIE = "tagsight_session"
CSRF = "X-Console-Csrf"
SAFE = ("GET", "HEAD")
FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")


@dataclass(frozen=True, slots=True)
class Visit:
    """`own_page`: the browser says that a page of this server sent it. `local`: from this very machine, by a name of it."""

    token: str
    csrf: str
    safe: bool
    own_page: bool
    local: bool
    method: str = "GET"

    @classmethod
    def of(cls, request: Request, public_url: str) -> "Visit":
        headers, safe = request.headers, request.method in SAFE
        own = _from_own_page(request, public_url)
        return cls(request.cookies.get(COOKIE, ""), headers.get(CSRF, ""), safe, own, _is_local(request), request.method)

    def session(self, sessions: Sessions) -> Session:
        """The session of the cookie, once it is proven that its owner's own page asks. Raises Unauthorized or Forbidden."""
        session = sessions.read(self.token)
        if session.kind == DEMO and not self.local:
            raise Unauthorized(ENDED)
        if not self.own_page:
            raise Forbidden("Calls with the console's cookie come from the console's own pages only")
        if not self.safe and not same(self.csrf, sessions.csrf(session)):
            raise Forbidden(f"Changes with the console's cookie need the header {CSRF}")
        return session


def keep(response: Response, request: Request, token: str) -> Response:
    """Give the cookie to the browser: no script reads it, no other site sends it."""
    page = request.headers.get("origin") or request.headers.get("referer", "")
    secure = "https" in (request.url.scheme, _address(page)[0])
    response.set_cookie(COOKIE, token, max_age=IDLE, path="/", secure=secure, httponly=True, samesite="strict")
    return response


def drop(response: Response) -> Response:
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return response


def _from_own_page(request: Request, public_url: str) -> bool:
    """By what browsers say of themselves and pages cannot change. A change must say it, a look may say nothing."""
    headers, safe = request.headers, request.method in SAFE
    site = headers.get("sec-fetch-site")
    if site:
        return site == "same-origin" or (safe and site == "none")
    origin = headers.get("origin")
    if origin is None:
        return safe
    return _address(origin)[1] in {headers.get("host", "").lower(), _address(public_url)[1]} - {""}


def _is_local(request: Request) -> bool:
    """Whether the caller is on this machine and named it so: a page elsewhere that resolves its own name to here did not."""
    headers = request.headers
    places = [headers.get("host", ""), *(_address(headers[name])[1] for name in ("origin", "referer") if name in headers)]
    peer = request.client.host if request.client else ""
    return _is_loopback(peer) and all(map(_names_loopback, places)) and not any(name in headers for name in FORWARDED)


def _address(url: str) -> tuple[str, str]:
    """Scheme and host of a URL; both empty for what is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.scheme, parts.netloc.lower()


def _names_loopback(netloc: str) -> bool:
    try:
        name = urlsplit(f"//{netloc}").hostname or ""
    except ValueError:
        return False
    return name == "localhost" or _is_loopback(name)


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
