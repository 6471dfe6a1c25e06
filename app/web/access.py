"""Who is asking: Basic key, the console's cookie, signature over the raw parameters, or an unsigned preset."""

import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from starlette.requests import Request

from app import signing
from app.errors import BadRequest, StaleRequest, Unauthorized
from app.params import archives
from app.params.addons import ADDONS
from app.params.methods import METHODS
from app.params.upload import NOT_SERVED, TRANSPORT, UNSIGNED, UploadParams
from app.services.accounts import Accounts, Caller
from app.services.sessions import Sessions
from app.settings import Settings
from app.web.visits import COOKIE, Visit

KNOWN = frozenset().union(
    ADDONS, NOT_SERVED, TRANSPORT, UNSIGNED, *(table.names() for table in (UploadParams, *METHODS, *archives.TABLES))
)
MALFORMED = "Invalid credentials"


@dataclass(frozen=True, slots=True)
class Proof:
    """What a request shows of its caller beside its parameters: an Authorization header, else a visit to the console."""

    authorization: str = ""
    visit: Visit | None = None

    @classmethod
    def of(cls, request: Request, public_url: str) -> "Proof":
        authorization = request.headers.get("authorization", "")
        return cls(authorization, Visit.of(request, public_url) if COOKIE in request.cookies and not authorization else None)

    @property
    def counted(self) -> str:
        """Whose calls are counted together."""
        return self.authorization[:200] or (self.visit.token[:200] if self.visit else "")


@dataclass(frozen=True, slots=True)
class Access:
    accounts: Accounts
    sessions: Sessions
    settings: Settings

    def admin(self, cloud: str, proof: Proof) -> Caller:
        """The caller of an Admin request: Basic credentials of a key of that cloud, or a session that opens it.

        Raises Unauthorized, or Forbidden for a session's call that is not its own page's.
        """
        if proof.visit:
            return self.sessions.caller(proof.visit.session(self.sessions), cloud)
        credentials = basic(proof.authorization)
        if credentials is None:
            missing = "Missing credentials: send HTTP Basic with api_key and api_secret"
            raise Unauthorized(MALFORMED if proof.authorization else missing)
        caller = self.accounts.caller(cloud, credentials[0], "unknown api_key")
        if not signing.same(credentials[1], caller.secret):
            raise Unauthorized("api_secret mismatch")
        return caller

    def uploader(self, cloud: str, proof: Proof, raw: Mapping[str, object], *, expires: bool = False) -> Caller:
        """The caller of an upload: Basic, else a signature, else a session, else nobody (which a preset must allow).

        Other pages may upload as nobody from a browser that is signed in: without the console's header the cookie does not count.

        `expires`: a signed `expires_at` says how long the call is good for, in place of its timestamp (downloads by URL).
        """
        key, signature, stamp = (signing.written(raw.get(name)) for name in ("api_key", "signature", "timestamp"))
        foreign = signature or key or (raw.get("upload_preset") and not (proof.visit and proof.visit.csrf))
        if proof.authorization or (proof.visit and not foreign):
            return self.admin(cloud, proof)
        if not signature and (raw.get("upload_preset") or not (key or stamp)):
            return self.accounts.anonymous(cloud)
        for name, value in (("api_key", key), ("signature", signature), ("timestamp", stamp)):
            if not value:
                raise BadRequest.missing(name)
        caller = self.accounts.caller(cloud, key)
        self._check_signature(raw, signature, caller.secret)
        end = signing.written(raw.get("expires_at")) if expires else ""
        if end:
            _check_end(end)
        else:
            self._check_time(stamp)
        return replace(caller, algorithm=signing.algorithm_of(signature) or caller.algorithm)

    def _check_signature(self, raw: Mapping[str, object], signature: str, secret: str) -> None:
        """Over everything that was sent, or over what the API knows: unknown parameters have no effect either way."""
        known = {name: value for name, value in raw.items() if name in KNOWN}
        old = self.settings.signature_version_1
        if not any([signing.request_is_signed(form, signature, secret, version_1=old) for form in (raw, known)]):
            text = signing.string_to_sign(known)
            raise Unauthorized(f"Invalid Signature {signature[:64]}. String to sign - '{text}'.")

    def _check_time(self, stamp: str) -> None:
        age, limit = time.time() - _seconds("timestamp", stamp), self.settings.signature_seconds
        if abs(age) > limit:
            moment = _spelled(int(stamp))
            hours = f"{limit // 3600} hour" if limit % 3600 == 0 else f"{limit} seconds"
            raise StaleRequest(
                f"Stale request - reported time is {moment} which is more than {hours} {'ago' if age > 0 else 'ahead'}"
            )


def _check_end(end: str) -> None:
    if time.time() > _seconds("expires_at", end):
        raise StaleRequest(f"Stale request - the URL expired at {_spelled(int(end))}")


def _seconds(name: str, text: str) -> int:
    if not text.isdecimal() or len(text) > 11:  # a longer one is no date any more
        raise BadRequest.invalid(name, text, "expected seconds since 1970")
    return int(text)


def _spelled(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S +0000")


def basic(authorization: str) -> tuple[str, str] | None:
    """User and password of an Authorization header, in either base64 alphabet and with or without padding, or None."""
    scheme, _, coded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    coded = coded.strip().replace("-", "+").replace("_", "/").rstrip("=")
    try:
        text = base64.b64decode(coded + "=" * (-len(coded) % 4), validate=True).decode()
    except ValueError:  # not base64, not ASCII, not UTF-8
        return None
    user, colon, password = text.partition(":")
    return (user, password) if colon else None
