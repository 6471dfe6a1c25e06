"""What of an asset can be searched for, pure: its texts as folded words, its values as numbers."""

import hashlib
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

LONGEST = 250  # characters of a word or a field as it is kept; longer ones are kept by their digest
MOST_WORDS = 100  # of one text
MOST_KEYS = 100  # of one object of facts
WHOLE = -1  # the place of a whole text among its words
ANYTHING = ""  # the word of every field that has a value, the names aside, which all assets have
GAP = 1000  # places between the entries of a list, so that no phrase spans two
DATE = re.compile(r"\d{4}-\d\d-\d\d([T ].*)?")
NUMBER = re.compile(r"[-+]?(\d{1,300}(\.\d{0,300})?|\.\d{1,300})([eE][-+]?\d{1,3})?")

Word = tuple[str, str, int, bool]  # field, word, position, repeated
Number = tuple[str, float]  # field, value

# An asset's columns -> the group of fields that they speak of.
GROUPS = {
    "public_id": "filename",
    "display_name": "display_name",
    "context": "context",
    "metadata": "metadata",
    "access_control": "access_control",
    "facts": "facts",
}


def fold(text: str) -> str:
    """A text as it is compared: in one case, in one spelling of each character."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def short(text: str) -> str:
    """The text itself, or for a long one its beginning and a digest of all of it."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 40]} {hashlib.sha256(text.encode()).hexdigest()[:39]}"


def split(text: str) -> list[str]:
    """The words of a text: what stands between white space and punctuation."""
    return [short(word) for word in re.split(r"[\W_]+", fold(text)) if word][:MOST_WORDS]


def words_of(field: str, texts: Iterable[str]) -> Iterator[Word]:
    """Rows of the texts of one field: every word, and every text as a whole."""
    seen: set[str] = set()
    taken: set[tuple[str, int]] = set()
    for number, text in enumerate(texts):
        whole, parts = short(fold(text)), split(text)
        places = [(whole, WHOLE)] if whole else []
        if parts != [whole]:  # a text of one word is that word
            places += [(word, number * GAP + place) for place, word in enumerate(parts)]
        for word, place in places:
            if (word, place) not in taken:
                yield short(field), word, place, word in seen
                taken.add((word, place))
                seen.add(word)


def number_of(text: str) -> float | None:
    """The value of a text that is a number, or a date (as microseconds since 1970)."""
    if DATE.fullmatch(text):
        return moment(text)
    value = float(text) if NUMBER.fullmatch(text) else math.nan
    return value if math.isfinite(value) else None


def moment(text: str) -> float | None:
    try:
        found = datetime.fromisoformat(text)
        return float(round((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1_000_000))
    except (ValueError, OverflowError):
        return None


def terms(columns: Mapping[str, Any]) -> tuple[list[Word], list[Number]]:
    """Every word and number of these columns of an asset."""
    words: list[Word] = []
    numbers: dict[Number, None] = {}
    for field, texts, measured in _texts(columns):
        words += words_of(field, texts)
        if texts and field not in ("filename", "display_name"):
            words.append((short(field), ANYTHING, WHOLE, False))
        found = [number_of(text) for text in texts] if measured else []
        numbers |= {(short(field), value): None for value in found if value is not None}
    return words, list(numbers)


def _texts(columns: Mapping[str, Any]) -> Iterator[tuple[str, list[str], bool]]:
    """Field, its texts, and whether they may be numbers."""
    if "public_id" in columns:
        yield "filename", [columns["public_id"].rpartition("/")[2]], False
    if columns.get("display_name"):
        yield "display_name", [columns["display_name"]], False
    if columns.get("access_control"):
        yield "access_control", [str(rule["access_type"]) for rule in columns["access_control"]], False
    for name in ("context", "metadata"):
        for key, value in (columns.get(name) or {}).items():
            yield f"{name}.{key}", _listed(value), True
    yield from _of_facts(columns.get("facts") or {})


def _of_facts(facts: Mapping[str, Any]) -> Iterator[tuple[str, list[str], bool]]:
    """What is told of a picture: flags and names as words, measures as numbers."""
    shares = (facts.get("predominant") or {}).get("google", [])[:MOST_KEYS]
    yield "colors", [name for name, _ in shares], False
    for name, share in shares:
        yield f"colors.{name}", [str(share)], True
    for key, field in (("grayscale", "grayscale"), ("semi_transparent", "transparent")):
        if key in facts:
            yield field, [_text(facts[key])], False
    for key in ("illustration_score", "quality_score"):
        if facts.get(key) is not None:
            yield key, [str(facts[key])], True
    if "faces" in facts:
        yield "face_count", [str(len(facts["faces"]))], True
    for key in ("image_metadata", "quality_analysis", "accessibility_analysis"):
        for name, value in list((facts.get(key) or {}).items())[:MOST_KEYS]:
            yield f"{key}.{name}", _listed(value), True
    taken = (facts.get("image_metadata") or facts.get("exif") or {}).get("DateTimeOriginal")
    if taken:
        yield "taken_at", [re.sub(r"^(\d{4}):(\d\d):(\d\d)", r"\1-\2-\3", str(taken))], True


def _listed(value: object) -> list[str]:
    if isinstance(value, Mapping):
        return []
    return [_text(item) for item in value] if isinstance(value, list | tuple) else [] if value is None else [_text(value)]


def _text(value: object) -> str:
    """As text that either database keeps."""
    return str(value).lower() if isinstance(value, bool) else str(value).replace("\0", "")
