"""Who is signed in to the console. A session is signed with what opened it, so that it ends when that does.

Only sessions that were signed out are kept. The key of the signature is derived from the API key's secret, or from the console's
password: removing the key or changing the password ends every session it opened, and any number of servers agree.
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache

import orjson

from app.db import ended
from app.db.lately import Lately
from app.errors import Forbidden, Unauthorized
from app.services.accounts import Accounts, Caller
from app.signing import same

KEY, PASSWORD, DEMO = "key", "password", "demo"
IDLE = 12 * 3600  # seconds after which an unused session has ended
LONGEST = 7 * 24 * 3600  # and any other one
RENEWED = 300  # a session that was used is written anew after so many
LONGEST_TOKEN = 2000
WRONG = "The API key, its secret or the cloud name is wrong"
WRONG_PASSWORD = "The password is wrong, or none is set (CONSOLE_PASSWORD)"
ENDED = "Your session has ended: sign in again"
FIELDS = (str, str, str, str, int, int)


@dataclass(frozen=True, slots=True)
class Session:
    """One visitor: what opened the session, the cloud that is looked at, the API key if that opened it; moments in seconds."""

    kind: str
    cloud: str
    key: str
    id: str
    started: int
    used: int


@dataclass(frozen=True, slots=True)
class Sessions:
    accounts: Accounts
    password: str
    demo: bool
    ended: Lately[bool]
    clock: Callable[[], float] = time.time
    own: bytes = field(default_factory=lambda: secrets.token_bytes(32))  # signs the demo's sessions, which end with the process

    def by_key(self, cloud: str, key: str, secret: str) -> Session:
        """Sign in as a program would: the key's own cloud unless one is named. Raises Unauthorized."""
        try:
            caller = self.accounts.caller(cloud or self.accounts.home(key), key)
        except Unauthorized:
            raise Unauthorized(WRONG) from None
        if not same(secret, caller.secret):
            raise Unauthorized(WRONG)
        return self._new(KEY, caller.cloud, key)

    def by_password(self, password: str, cloud: str = "") -> Session:
        """Sign in as whoever runs this installation, to all of its clouds. Raises Unauthorized."""
        if not self.password or not same(password, self.password):
            raise Unauthorized(WRONG_PASSWORD)
        return self._new(PASSWORD, self._first(cloud), "")

    def by_demo(self) -> Session:
        """Sign in without any proof; only the web knows who may. Raises Unauthorized where this is no demo."""
        if not self.demo:
            raise Unauthorized(ENDED)
        return self._new(DEMO, self._first(""), "")

    def write(self, session: Session) -> str:
        """The session as a cookie holds it."""
        values = (session.kind, session.cloud, session.key, session.id, session.started, session.used)
        text = base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")
        return f"{text}.{_code(self._secret(session), text)}"

    def read(self, token: str) -> Session:
        """The session of a cookie. Raises Unauthorized for one that is forged, too old, or whose key or password is gone."""
        text, _, code = token[:LONGEST_TOKEN].partition(".")
        session = _read(text)
        if session is None or not same(code, _code(self._secret(session), text)):
            raise Unauthorized(ENDED)
        now = self.clock()
        if not session.started <= session.used <= now + 60 or now > min(session.used + IDLE, session.started + LONGEST):
            raise Unauthorized(ENDED)
        self.check(session)
        return session

    def check(self, session: Session) -> None:
        """Raises Unauthorized for a session whose key or password is gone, or that was signed out."""
        self._secret(session)
        if self.ended.get(session.id, lambda: self._is_ended(session.id)):
            raise Unauthorized(ENDED)

    def end(self, session: Session) -> None:
        """Sign out: the cookie opens nothing any more, also where somebody has a copy."""
        moment = int(self.clock())
        with self.accounts.db.begin() as tx:
            ended.add(tx, session.id, moment, session.started + LONGEST)

    def _is_ended(self, id: str) -> bool:
        with self.accounts.db.read() as c:
            return ended.has(c, id)

    def renewed(self, session: Session) -> Session | None:
        """The session with its time counted anew, or None where it was just written."""
        now = int(self.clock())
        return replace(session, used=now) if now - session.used >= RENEWED else None

    def csrf(self, session: Session) -> str:
        """What the console's own page shows with every change, and no other page can know."""
        return _code(self._secret(session), f"csrf {session.id}")

    def clouds(self, session: Session) -> list[str]:
        """What the session opens: the key's cloud, or all of them."""
        return [session.cloud] if session.kind == KEY else [name for name, _ in self.accounts.clouds()]

    def moved(self, session: Session, cloud: str) -> Session:
        """The session looking at another cloud. Raises Forbidden."""
        return replace(session, cloud=self._opened(session, cloud))

    def caller(self, session: Session, cloud: str) -> Caller:
        """Who a call of this session is. Raises Forbidden for a cloud that it does not open."""
        self._opened(session, cloud)
        if session.kind == KEY:
            return self.accounts.caller(cloud, session.key)
        return replace(self.accounts.anonymous(cloud), unsigned=False)

    def operates(self, session: Session) -> bool:
        """Whether this is who runs the installation: by password, by the environment's own key, or in the demo."""
        own = self.accounts.own
        return session.kind != KEY or (own is not None and own.key == session.key)

    def _opened(self, session: Session, cloud: str) -> str:
        if cloud not in self.clouds(session):
            raise Forbidden(f"Your session does not open the cloud {cloud[:100]}")
        return cloud

    def _first(self, cloud: str) -> str:
        """The cloud that is asked for, or the environment's own, or the first one there is."""
        names = [name for name, _ in self.accounts.clouds()]
        own = self.accounts.own.cloud if self.accounts.own else ""
        if cloud and cloud not in names:
            raise Forbidden(f"There is no cloud {cloud[:100]}")
        return cloud or (own if own in names else next(iter(names), ""))

    def _new(self, kind: str, cloud: str, key: str) -> Session:
        now = int(self.clock())
        return Session(kind, cloud, key, secrets.token_hex(16), now, now)

    def _secret(self, session: Session) -> bytes:
        """What signs a session of its kind. Raises Unauthorized where that is gone."""
        if session.kind == KEY:
            try:
                return self.accounts.caller(session.cloud, session.key).secret.encode()
            except Unauthorized:
                raise Unauthorized(ENDED) from None
        if session.kind == PASSWORD and self.password:
            return _stretched(self.password)
        if session.kind == DEMO and self.demo:
            return self.own
        raise Unauthorized(ENDED)


def _read(text: str) -> Session | None:
    """What a cookie says, believed or not."""
    try:
        values = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        return None
    if not isinstance(values, list) or tuple(map(type, values)) != FIELDS or not str(values[1] + values[2]).isprintable():
        return None
    return Session(*values)


def _code(secret: bytes, text: str) -> str:
    """An HMAC under a key that signs nothing else, whatever the secret signs elsewhere."""
    key = hmac.new(secret, b"tagsight console session", "sha256").digest()
    return hmac.new(key, text.encode(), "sha256").hexdigest()


@lru_cache(maxsize=8)
def _stretched(password: str) -> bytes:
    """Slow to compute, so that a stolen cookie does not help much to guess the password."""
    return hashlib.scrypt(password.encode(), salt=b"tagsight console", n=2**14, r=8, p=1)
