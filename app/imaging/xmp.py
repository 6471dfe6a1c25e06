"""An XMP packet as a flat map of texts. Document types are refused, so nothing can be expanded or fetched."""

from contextlib import suppress
from xml.parsers import expat

LARGEST = 1 << 18  # bytes of a packet that are looked at
MOST_ELEMENTS = 5000
DEEPEST = 32
MOST_NAMES = 500
LONGEST = 40  # characters of one element's name
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
FRAME = (RDF, "adobe:ns:meta/")  # elements and attributes of the packet itself, not of the picture
XML = "http://www.w3.org/XML/1998/namespace"


class Refused(Exception):
    """The packet wants more than plain elements and text."""


def read(packet: bytes) -> dict[str, str]:
    """`{"CreatorTool": …, "Subject": "a, b"}`: names without prefix; nested names joined, lists joined by commas.

    The parser is expat with namespaces; the start of a document type declaration ends the parse, before any entity can be
    declared. What was read until a fault stands.
    """
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    with suppress(expat.ExpatError, Refused, ValueError, LookupError):
        parser.Parse(packet[:LARGEST].strip(b"\x00"), True)
    return {name: ", ".join(values) for name, values in reader.found.items()}


class _Reader:
    """The open elements' own names (empty for those of the frame), the text since the last tag, and what was found."""

    def __init__(self) -> None:
        self.found: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.pieces: list[str] = []
        self.elements = 0

    def refuse(self, *_declaration: object) -> None:
        raise Refused

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        if self.elements > MOST_ELEMENTS or len(self.open) >= DEEPEST:
            raise Refused
        self.pieces.clear()
        self.open.append(_own(tag))
        for name, value in attributes.items():
            if own := _own(name):
                self._put("".join(self.open) + own, value)

    def end(self, _tag: str) -> None:
        self._put("".join(self.open), "".join(self.pieces))
        self.pieces.clear()
        self.open.pop()

    def text(self, piece: str) -> None:
        self.pieces.append(piece)

    def _put(self, name: str, value: str) -> None:
        if name and value.strip():
            if len(self.found) >= MOST_NAMES:
                raise Refused
            self.found.setdefault(name, []).append(value.strip())


def _own(tag: str) -> str:
    """The name after its namespace with a capital, or nothing for a tag of the frame, of XML, or of no namespace."""
    space, _, name = tag.rpartition(" ")
    return "" if not space or space in FRAME or space == XML else name[:1].upper() + name[1:LONGEST]
