"""multipart/form-data as it arrives: the file part straight to disk, small fields in memory, everything counted.

Built on python-multipart's callbacks. The frameworks' own parser would refuse data URIs over 1 MB and reads a part that has only
`filename*` (as .NET sends it) as text. Source: RFC 7578.
"""

from email.message import Message

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from app.errors import BadRequest
from app.services.intake import Incoming, Intake, Spool
from app.settings import Settings

MOST_HEADER_BYTES = 16_384


class Parts:
    """Receives one body. `fields` are the text parts in order; `finish` gives the file part, or None if there was none."""

    def __init__(self, content_type: str, intake: Intake, settings: Settings) -> None:
        self.fields: list[tuple[str, str]] = []
        self._intake, self._settings = intake, settings
        self._parts = self._total = self._text = 0
        self._header_name, self._header_value = b"", b""
        self._headers: dict[bytes, bytes] = {}
        self._name = self._file_name = ""
        self._is_file = self._ended = False
        self._field = bytearray()
        self._spool: Spool | None = None
        self._open: Spool | None = None
        boundary = parse_options_header(content_type)[1].get(b"boundary")
        if not boundary:
            raise BadRequest("Invalid multipart body: the Content-Type has no boundary")
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._on_header_name,
                    "on_header_value": self._on_header_value,
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": self._on_headers,
                    "on_part_data": self._on_data,
                    "on_part_end": self._on_part_end,
                    "on_end": self._on_end,
                },
            )
        except FormParserError as error:
            raise BadRequest(f"Invalid multipart body: {error}") from None

    def write(self, piece: bytes) -> None:
        self._total += len(piece)
        if self._total > self._settings.max_body_bytes:
            raise BadRequest(
                f"File size too large. Got more than {self._settings.max_body_bytes} bytes. "
                f"Maximum is {self._settings.max_body_bytes}."
            )
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise BadRequest(f"Invalid multipart body: {error}") from None

    def finish(self) -> Incoming | None:
        """Close the file. Raises BadRequest if the body stopped before its last boundary."""
        if not self._ended:
            raise BadRequest("Invalid multipart body: it ends before its last boundary")
        return self._spool.finish(self._file_name, text=not self._is_file) if self._spool else None

    def drop(self) -> None:
        if self._spool:
            self._spool.drop()

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > self._settings.max_parts:
            raise BadRequest(f"Too many parts: at most {self._settings.max_parts}")
        self._headers = {}
        self._field = bytearray()
        self._open = None

    def _on_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]
        self._check_header()

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]
        self._check_header()

    def _check_header(self) -> None:
        if len(self._header_name) + len(self._header_value) > MOST_HEADER_BYTES or len(self._headers) > 16:
            raise BadRequest("Invalid multipart body: the headers of a part are too large")

    def _on_header_end(self) -> None:
        self._headers[self._header_name.lower()] = self._header_value
        self._header_name, self._header_value = b"", b""

    def _on_headers(self) -> None:
        part = Message()
        part["content-disposition"] = _text(self._headers.get(b"content-disposition", b""))
        self._name = str(part.get_param("name", "", "content-disposition"))
        if self._name in ("file", "image_file") and self._spool is None:
            filename = _filename(part)
            self._is_file = filename is not None
            self._file_name = filename or ""
            self._spool = self._open = self._intake.spool()

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._open:
            self._open.write(memoryview(data)[start:end])
            return
        self._text += end - start
        if self._text > self._settings.max_field_bytes:
            raise BadRequest(f"The fields beside the file are too large. Maximum is {self._settings.max_field_bytes} bytes.")
        self._field += data[start:end]

    def _on_part_end(self) -> None:
        if self._open is None and self._name:
            self.fields.append((self._name, _text(bytes(self._field))))

    def _on_end(self) -> None:
        self._ended = True


def _filename(part: Message) -> str | None:
    """A part's file name, also from `filename*`, decoded as RFC 2231 says; empty where its charset is none."""
    try:
        name = part.get_filename()
    except ValueError:
        return ""
    return None if name is None else name.replace("\0", "").encode("utf-8", "replace").decode()


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
