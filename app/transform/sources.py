"""What a layer shows: `logo`, `folder:logo`, `private:logo`, `fetch:<base64>` or `text:<style>:<words>`."""

from base64 import b64decode
from binascii import Error
from dataclasses import dataclass
from urllib.parse import unquote

from app.errors import BadRequest

TYPES = ("upload", "private", "authenticated")
KINDS = ("image", "text", "fetch")
NOT_SERVED = ("subtitles", "video", "lut", "audio")
LONGEST = 8000


@dataclass(frozen=True, slots=True)
class Source:
    """`kind` is image, text or fetch; `type` and `name` tell the asset, or `name` the address; `style` is a text's."""

    kind: str
    name: str
    type: str = "upload"
    style: str = ""


def read(value: str) -> Source:
    """Raises BadRequest for what is no layer, or none that is served here."""
    if not value or len(value) > LONGEST:
        raise BadRequest(f"Invalid layer in transformation: {value[:100]}")
    kind, _, rest = value.partition(":")
    if kind in NOT_SERVED and rest:
        raise BadRequest(f"Unsupported layer in transformation: {kind}")
    if kind == "text" and rest:
        style, _, text = rest.partition(":")
        return Source("text", again(text), style=style)
    if kind == "fetch" and rest:
        return Source("fetch", _address(rest))
    if kind == "image" and rest:
        kind, _, tail = rest.partition(":")
        value, rest = rest, tail
    if kind in TYPES and rest:
        return Source("image", rest.replace(":", "/"), kind)
    return Source("image", value.replace(":", "/"))


def again(text: str) -> str:
    """Text is encoded twice, so that its commas and slashes do not end the component."""
    return unquote(text, errors="replace") if "%" in text else text


def _address(text: str) -> str:
    try:
        url = b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True).decode()
    except (Error, ValueError):
        raise BadRequest(f"Invalid layer in transformation: fetch:{text[:90]}") from None
    if not url.startswith(("http://", "https://")):
        raise BadRequest("Invalid layer in transformation: only http and https can be fetched")
    return url
