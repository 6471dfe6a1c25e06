"""Pure rules of signatures: requests, responses, notices and delivery paths.

Source: the official SDKs' signing code; the examples in tests/unit/test_signing.py were computed with them.
"""

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from urllib.parse import quote, unquote

UNSIGNED_NAMES = frozenset({"file", "cloud_name", "resource_type", "api_key", "signature"})
MOST_SPLITS = 200  # of a search URL
ALGORITHMS = {40: "sha1", 64: "sha256"}


def written(value: object) -> str:
    """A parameter's value as it is signed: lists joined by commas, everything else as transmitted."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ",".join(written(item) for item in value)
    return "" if value is None else str(value)


def string_to_sign(parameters: Mapping[str, object], version: int = 2) -> str:
    """Sorted `name=value` pairs joined by `&`; version 2 writes `%26` for an `&` inside a value, version 1 does not."""
    pairs = ((name, written(value)) for name, value in parameters.items() if name not in UNSIGNED_NAMES)
    escaped = ((name, value.replace("&", "%26") if version == 2 else value) for name, value in pairs if value)
    return "&".join(f"{name}={value}" for name, value in sorted(escaped))


def digest(text: str | bytes, secret: str, algorithm: str = "sha1") -> str:
    """Lower-case hex of hash(text + secret): a plain digest, as the API defines it, no HMAC."""
    data = text.encode() if isinstance(text, str) else text
    return hashlib.new(algorithm, data + secret.encode()).hexdigest()


def same(given: str, expected: str) -> bool:
    """Constant-time comparison of two texts."""
    return hmac.compare_digest(given.encode(), expected.encode())


def algorithm_of(signature: str) -> str | None:
    """Which hash made this hex signature, told by its length (40 or 64), or None."""
    return ALGORITHMS.get(len(signature))


def request_is_signed(parameters: Mapping[str, object], signature: str, secret: str, *, version_1: bool = True) -> bool:
    """Whether `signature` is right for the raw parameters, by version 2 of the rule or, where allowed, version 1."""
    algorithm = algorithm_of(signature)
    if algorithm is None:
        return False
    versions = (2, 1) if version_1 else (2,)
    given = signature.lower()
    return any([same(given, digest(string_to_sign(parameters, v), secret, algorithm)) for v in versions])


def response_signature(public_id: str, version: int, secret: str, algorithm: str = "sha1") -> str:
    """The `signature` of an answer: always version 1 of the rule, over public_id and version alone."""
    return digest(f"public_id={public_id}&version={version}", secret, algorithm)


def notice_signature(body: bytes, timestamp: int, secret: str, algorithm: str = "sha1") -> str:
    """What proves a notice: a digest of the very bytes that are sent, their moment in seconds, and the secret."""
    return digest(body + str(timestamp).encode(), secret, algorithm)


def notice_headers(body: bytes, timestamp: int, secret: str, id: str, algorithm: str = "sha1") -> dict[str, str]:
    """A notice's proof in both spellings: X-Cld-*, and Standard Webhooks with the API secret's bytes as the key."""
    code = hmac.new(secret.encode(), f"{id}.{timestamp}.".encode() + body, "sha256").digest()
    return {
        "X-Cld-Timestamp": str(timestamp),
        "X-Cld-Signature": notice_signature(body, timestamp, secret, algorithm),
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(code).decode()}",
    }


def delete_token(asset_id: str, expires: int, secret: str) -> str:
    """A token that lets its holder delete one asset until `expires` (seconds since 1970): `<asset_id><expires><HMAC-SHA256>`."""
    text = f"{asset_id}{expires:x}"
    return text + hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()


def read_delete_token(token: str, secrets: list[str]) -> tuple[str, int] | None:
    """The asset ID and the expiry of a token that one of these secrets made, or None."""
    text, code = token[:-64], token[-64:]
    made = [hmac.new(secret.encode(), text.encode(), "sha256").hexdigest() for secret in secrets]
    if len(text) < 33 or not any([same(code, item) for item in made]):
        return None
    return text[:32], int(text[32:], 16)


def delivery_signature(signed_path: str, secret: str, length: int = 8) -> str:
    """What stands between `s--` and `--` in a delivery URL: 8 characters of SHA-1, or 32 of SHA-256, in URL-safe base64."""
    algorithm = "sha256" if length == 32 else "sha1"
    raw = hashlib.new(algorithm, (signed_path + secret).encode()).digest()
    return base64.urlsafe_b64encode(raw).decode()[:length]


def delivery_is_signed(signed_path: str, signature: str, secret: str) -> bool:
    """Whether a delivery signature of 8 characters (SHA-1 or SHA-256) or 32 (SHA-256) fits the path, plain or percent-encoded.

    The official SDKs sign the path as they write it into the URL, with everything but `a-zA-Z0-9_.-/:` encoded.
    """
    if len(signature) not in (8, 32):
        return False
    expected = []
    for path in (signed_path, quote(signed_path, safe="/:").replace("~", "%7E")):
        expected.append(delivery_signature(path, secret, 32)[: len(signature)])
        if len(signature) == 8:
            expected.append(delivery_signature(path, secret))
    return any([same(signature, item) for item in expected])


# What a token writes as %xx, in lower case.
TOKEN_MARKS = " \"#%&'/:;<=>?@[\\]^`{|}~"


def token_escaped(text: str) -> str:
    return "".join(f"%{ord(sign):02x}" if sign in TOKEN_MARKS else sign for sign in text)


def token_opens(token: str, key: str | None, path: str, ip: str = "", moment: float | None = None) -> bool:
    """Whether a delivery token (`st=…~exp=…~acl=…~hmac=…`) lets its holder fetch a path now.

    The HMAC-SHA256 is made with the key's bytes, over the token's other parts and, where it has no acl, the path.
    Source: token-based authentication.
    """
    parts = dict(part.partition("=")[::2] for part in token.split("~"))
    try:
        secret, start, end = bytes.fromhex(key or ""), int(parts.get("st", "0")), int(parts["exp"])
    except (ValueError, KeyError):
        return False
    text = "~".join(part for part in token.split("~") if not part.startswith("hmac="))
    signed = text if "acl" in parts else f"{text}~url={token_escaped(path)}"
    made = hmac.new(secret, signed.encode(), "sha256").hexdigest()
    now = time.time() if moment is None else moment
    patterns = unquote(parts.get("acl", "")).split("!")
    reaches = "acl" not in parts or any(fnmatchcase(path, pattern) for pattern in patterns)
    return bool(secret) and same(made, parts.get("hmac", "")) and start <= now < end and reaches and same(parts.get("ip", ip), ip)


def read_search_path(signature: str, ttl: str, rest: str, secrets: Sequence[str]) -> tuple[str, str] | None:
    """The coded query and the cursor of a search URL that one of these secrets signed, or None.

    The signature is sha256 of ttl, coded query and secret. A slash may be one of the code's characters or stand before the
    cursor, so every one is tried.
    """
    ends = [len(rest), *(match.start() for match in re.finditer("/", rest))][:MOST_SPLITS]
    for end in ends:
        signed = [digest(f"{ttl}{rest[:end]}", secret, "sha256") for secret in secrets]
        if any([same(signature.lower(), one) for one in signed]):
            return rest[:end], rest[end + 1 :]
    return None
