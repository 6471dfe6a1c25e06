"""A delivery path, read: `s--signature--/transformation/v123/public_id.format`, of which only the public ID must be there."""

import re
from dataclasses import dataclass

SIGNATURE = re.compile(r"s--([A-Za-z0-9_-]{8}|[A-Za-z0-9_-]{32})--")
VERSION = re.compile(r"v\d+")
COMPONENT = re.compile(
    r"(?:(?:a|ac|af|ar|b|bl|bo|br|c|co|cs|d|dl|dn|dpr|du|e|eo|f|fl|fn|fps|g|h|if|ki|l|o|p|pg|q|r|so|sp|t|u|vc|vs|w|x|y|z)_|\$)"
)


@dataclass(frozen=True, slots=True)
class Place:
    """What a delivery path says: `name` is the public ID, mostly with a format behind it; `steps` are its transformation."""

    name: str
    signature: str | None = None
    steps: tuple[str, ...] = ()
    versioned: bool = False

    @classmethod
    def read(cls, path: str, *, steps: bool = True) -> "Place":
        """The path after the delivery type.

        Where `steps` can be there, a version tells them from folders; without one only the first part may be a step.
        """
        parts = [part for part in path.split("/") if part]
        signature = SIGNATURE.fullmatch(parts[0]) if parts else None
        rest = parts[1:] if signature else parts
        version = next((place for place, part in enumerate(rest[:-1]) if VERSION.fullmatch(part)), None)
        name = "/".join(rest if version is None else rest[version + 1 :])
        maybe = rest[:version] if version is not None else rest[:1] if len(rest) > 1 and COMPONENT.match(rest[0]) else []
        found = tuple(maybe) if steps else ()
        return cls(name, signature[1] if signature else None, found, version is not None)
