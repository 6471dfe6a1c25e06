"""Form, JSON or query -> one raw mapping, and the file beside it. Files go to disk while they arrive; memory stays flat."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request

from app.errors import BadRequest
from app.services.intake import Incoming, Intake
from app.settings import Settings
from app.web.multipart import Parts

ARRAY = re.compile(r"(.+?)\[\d*\]")


@dataclass(slots=True)
class Form:
    """What a request said: raw values by name (text, lists of text, or whatever JSON held), and the uploaded file."""

    fields: dict[str, object] = field(default_factory=dict)
    file: Incoming | None = None

    def add(self, name: str, value: object) -> None:
        """`name[]`, `name[0]` and repeats become one list under the bare name, in order of appearance."""
        match = ARRAY.fullmatch(name)
        bare = match[1] if match else name
        old = self.fields.get(bare)
        if match:
            self.fields[bare] = [*old, value] if isinstance(old, list) else [value]
        elif bare in self.fields:
            self.fields[bare] = [*(old if isinstance(old, list) else [old]), value]
        else:
            self.fields[bare] = value

    def drop(self) -> None:
        """Forget a file that nobody took."""
        if self.file:
            self.file.path.unlink(missing_ok=True)


async def receive(request: Request, intake: Intake, settings: Settings) -> Form:
    """Read a whole request, whatever its method and encoding; the body's values win over the query's."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > settings.max_body_bytes:
        raise BadRequest(f"File size too large. Got {length}. Maximum is {settings.max_body_bytes}.")
    query, body = Form(), Form()
    for name, value in parse_qsl(request.url.query, keep_blank_values=True):
        query.add(name, value)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        parts = Parts(request.headers["content-type"], intake, settings)
        try:
            async for piece in request.stream():
                parts.write(piece)
            body.file = parts.finish()
        except BaseException:
            parts.drop()
            raise
        for name, value in parts.fields:
            body.add(name, value)
    else:
        _read_text(await _whole(request, settings.max_text_bytes), kind, body)
        text = body.fields.pop("file", None) or query.fields.pop("file", None)
        body.file = intake.note(str(text)) if text else None
    query.fields.pop("file", None)
    return Form({**query.fields, **body.fields}, body.file)


async def _whole(request: Request, limit: int) -> bytes:
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > limit:
            raise BadRequest(f"Request body too large. Maximum is {limit} bytes.")
        pieces.append(piece)
    return b"".join(pieces)


def _read_text(text: bytes, kind: str, body: Form) -> None:
    """JSON, or urlencoded with or without a Content-Type (some SDKs leave it out)."""
    if not text.strip():
        return
    if kind == "application/json" or (not kind and text.lstrip()[:1] == b"{"):
        try:
            data = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise BadRequest(f"Invalid JSON body: {error}") from None
        if not isinstance(data, Mapping):
            raise BadRequest("Invalid JSON body: expected an object")
        for name, value in data.items():
            body.add(name, value)
        return
    try:
        pairs = parse_qsl(text.decode(), keep_blank_values=True, max_num_fields=10_000)
    except ValueError:
        raise BadRequest("Invalid urlencoded body") from None
    for name, value in pairs:
        body.add(name, value)
