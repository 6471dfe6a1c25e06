"""Who is asking: Basic key, signature over the raw parameters, or an unsigned preset."""

import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from starlette.requests import Request

from app import signing
from app.errors import BadRequest, StaleRequest, Unauthorized
from app.params.addons import ADDONS
from app.params.methods import METHODS
from app.params.upload import NOT_SERVED, TRANSPORT, UNSIGNED, UploadParams
from app.services.accounts import Accounts, Caller
from app.settings import Settings

KNOWN = frozenset().union(ADDONS, NOT_SERVED, TRANSPORT, UNSIGNED, *(table.model_fields for table in (UploadParams, *METHODS)))
MALFORMED = "Invalid credentials"


@dataclass(frozen=True, slots=True)
class Access:
    accounts: Accounts
    settings: Settings

    def admin(self, cloud: str, authorization: str) -> Caller:
        """The caller of an Admin request: Basic credentials of a key of that cloud. Raises Unauthorized."""
        credentials = basic(authorization)
        if credentials is None:
            raise Unauthorized(MALFORMED if authorization else "Missing credentials: send HTTP Basic with api_key and api_secret")
        caller = self.accounts.caller(cloud, credentials[0])
        if not signing.same(credentials[1], caller.secret):
            raise Unauthorized("api_secret mismatch")
        return caller

    def uploader(self, cloud: str, authorization: str, raw: Mapping[str, object]) -> Caller:
        """The caller of an upload: Basic, else a signature, else nobody (an unsigned call, which a preset must allow)."""
        if authorization:
            return self.admin(cloud, authorization)
        key, signature, stamp = (signing.written(raw.get(name)) for name in ("api_key", "signature", "timestamp"))
        if not signature and (raw.get("upload_preset") or not (key or stamp)):
            return self.accounts.anonymous(cloud)
        for name, value in (("api_key", key), ("signature", signature), ("timestamp", stamp)):
            if not value:
                raise BadRequest.missing(name)
        caller = self.accounts.caller(cloud, key)
        self._check_signature(raw, signature, caller.secret)
        self._check_time(stamp)
        return replace(caller, algorithm=signing.algorithm_of(signature) or "sha1")

    def _check_signature(self, raw: Mapping[str, object], signature: str, secret: str) -> None:
        """Over everything that was sent, or over what the API knows: unknown parameters have no effect either way."""
        known = {name: value for name, value in raw.items() if name in KNOWN}
        old = self.settings.signature_version_1
        if not any([signing.request_is_signed(form, signature, secret, version_1=old) for form in (raw, known)]):
            text = signing.string_to_sign(known)
            raise Unauthorized(f"Invalid Signature {signature[:64]}. String to sign - '{text}'.")

    def _check_time(self, stamp: str) -> None:
        if not stamp.isdecimal() or len(stamp) > 11:  # a longer one is no date any more
            raise BadRequest.invalid("timestamp", stamp, "expected seconds since 1970")
        age, limit = time.time() - int(stamp), self.settings.signature_seconds
        if abs(age) > limit:
            moment = datetime.fromtimestamp(int(stamp), UTC).strftime("%Y-%m-%d %H:%M:%S +0000")
            hours = f"{limit // 3600} hour" if limit % 3600 == 0 else f"{limit} seconds"
            raise StaleRequest(
                f"Stale request - reported time is {moment} which is more than {hours} {'ago' if age > 0 else 'ahead'}"
            )


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


def authorization(request: Request) -> str:
    return request.headers.get("authorization", "")
