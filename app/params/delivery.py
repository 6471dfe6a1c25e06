"""A delivery path, read: whose picture, of which kind, and `s--signature--/transformation/v123/public_id.format`.

Source: advanced URL delivery options, delivery URL signatures.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote

SIGNATURE = re.compile(r"s--([A-Za-z0-9_-]{8}|[A-Za-z0-9_-]{32})--")
VERSION = re.compile(r"v\d+")
COMPONENT = re.compile(
    r"(?:(?:a|ac|af|ar|b|bl|bo|br|c|co|cs|d|dl|dn|dpr|du|e|eo|f|fl|fn|fps|g|h|if|ki|l|o|p|pg|q|r|so|sp|t|u|vc|vs|w|x|y|z)_|\$)"
)
KINDS = ("image", "video", "raw", "any")
OTHERS = ("v1_1", "v2", "docs", "console")  # paths that are no cloud's
SHORT = {"iu": ("image", "upload")}
WITH_SUFFIX = {  # what stands before public IDs that end in words for search engines
    "images": ("image", "upload"),
    "private_images": ("image", "private"),
    "authenticated_images": ("image", "authenticated"),
    "files": ("raw", "upload"),
    "videos": ("video", "upload"),
}
# Paths that are a picture's beyond doubt: its kind stands first or second. Others are told from the API's by its routes.
PLAIN = rf"(?!(?:{'|'.join(OTHERS)})/)(?:res/)?(?:[^/]+/)?(?:{'|'.join((*KINDS, *SHORT, *WITH_SUFFIX))})/.+"


@dataclass(frozen=True, slots=True)
class Address:
    """Whose asset a path names, and the rest of the path; an empty cloud is the only one there is."""

    cloud: str
    resource_type: str
    type: str
    rest: str
    raw: str  # the rest as it was sent, still percent-encoded, which is what signatures are made of
    has_suffix: bool = False

    @classmethod
    def read(cls, raw: str) -> "Address | None":
        """Any form of the path, as it was sent; None for one that names nothing."""
        sent = _parts(raw)
        parts = [unquote(part) for part in sent]
        if parts[:1] == ["res"]:
            parts, sent = parts[1:], sent[1:]
        cloud = ""
        if parts[:1] and parts[0] in OTHERS:
            return None
        if parts and not _kind(parts):
            cloud, parts, sent = parts[0], parts[1:], sent[1:]
        found = _kind(parts)
        if found is None:  # <cloud>/<public_id> is a picture
            return cls(cloud, "image", "upload", "/".join(parts), "/".join(sent)) if cloud and parts else None
        kind, type, used = found
        if len(parts) <= used:
            return None
        suffixed = parts[0] in WITH_SUFFIX
        return cls(cloud, kind, type, "/".join(parts[used:]), "/".join(sent[used:]), suffixed)


@dataclass(frozen=True, slots=True)
class Place:
    """What the rest of a path says: `name` is the public ID, mostly with a format behind it; `steps` are its transformation."""

    name: str
    signature: str | None = None
    steps: tuple[str, ...] = ()
    versioned: bool = False
    signed: tuple[str, ...] = ()  # spellings that the signature may be of

    @classmethod
    def read(cls, path: str, *, steps: bool = True, raw: str = "", has_suffix: bool = False, is_url: bool = False) -> "Place":
        """The path behind the delivery type; `raw` is the same as it was sent.

        Components are taken while they look like some; a version ends them. At least one part is left for the public ID.
        """
        parts, sent = _parts(path), _parts(raw or path)
        signature = SIGNATURE.fullmatch(parts[0]) if parts else None
        if signature:
            parts, sent = parts[1:], sent[1:]
        count = 0
        while steps and count < len(parts) - 1 and _is_component(parts[count]):
            count += 1
        versioned = count < len(parts) - 1 and bool(VERSION.fullmatch(parts[count]))
        first = count + versioned
        tail = "/".join(sent[first:])
        rest = _suffixless(parts[first:]) if has_suffix else parts[first:]
        tail = "/".join(_suffixless(tail.split("/"))) if has_suffix else tail
        if is_url:
            rest, tail = [_address("/".join(rest))], _address(tail)
        named = [*sent[:count], tail]
        spaced = [part.replace("%20", " ") for part in sent[:count]]  # Node.js signs these before it encodes their blanks
        spellings = tuple("/".join(parts) for parts in (named, [*sent[:count], *sent[count:first], tail], [*spaced, tail]))
        signed = tuple(dict.fromkeys(form for text in spellings for form in (text, unquote(text))))
        return cls("/".join(rest), signature[1] if signature else None, tuple(parts[:count]), versioned, signed)

    def as_folder(self) -> "Place":
        """The same without a transformation: what looked like components are folders."""
        return Place("/".join((*self.steps, self.name)), self.signature, (), self.versioned, self.signed)


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _kind(parts: list[str]) -> tuple[str, str, int] | None:
    """Resource type, delivery type, and how many parts named them."""
    if len(parts) > 1 and parts[0] in KINDS:
        return parts[0], parts[1], 2
    known = (SHORT | WITH_SUFFIX).get(parts[0]) if parts else None
    return (*known, 1) if known else None


def _is_component(part: str) -> bool:
    pieces = part.split(",")
    return bool(COMPONENT.match(pieces[0])) or (len(pieces) > 1 and all("_" in piece for piece in pieces))


def _suffixless(parts: list[str]) -> list[str]:
    """`folder/id/words.jpg` without its words: `folder/id.jpg`."""
    if len(parts) < 2:
        return parts
    dot, ending = parts[-1].rpartition(".")[1:]
    return [*parts[:-2], parts[-2] + dot + ending if dot else parts[-2]]


def _address(text: str) -> str:
    """A remote address whose double slash was collapsed on the way."""
    return re.sub(r"^(https?):/+", r"\1://", text)
