"""Search as plain Python over plain records: what both databases must agree with. It shares the parser, and nothing else."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from app.search.tree import And, Match, Node, Not, Value

COLUMNS = {"folder": "asset_folder", "last_updated.x": "updated_at"}
DATES = ("created_at", "uploaded_at", "updated_at", "last_updated.x")
NUMBERS = ("bytes", "width", "height", "pixels", "aspect_ratio", "pages", "duration")


@dataclass(frozen=True)
class Record:
    """An asset: its columns, its tags, and what was seen on it as model -> (label, score, share of the picture)."""

    columns: dict[str, Any]
    tags: list[str] = field(default_factory=list)
    seen: dict[str, list[tuple[str, float, float]]] = field(default_factory=dict)

    def value(self, name: str) -> Any:
        width, height = int(self.columns.get("width", 0)), int(self.columns.get("height", 0))
        if name == "pixels":
            return width * height or None
        if name == "aspect_ratio":
            return width / height if height else None
        if name == "filename":
            return self.columns["public_id"].split("/")[-1]
        if name == "uploaded_at":
            return int(self.columns["version"]) * 1_000_000
        return self.columns.get(COLUMNS.get(name, name))


def holds(node: Node, record: Record, now: int) -> bool:
    match node:
        case And():
            return all(holds(part, record, now) for part in node.parts)
        case Not():
            return not holds(node.part, record, now)
        case Match():
            return _holds(node, record, now)
        case _:
            return any(holds(part, record, now) for part in node.parts)


def _holds(match: Match, record: Record, now: int) -> bool:
    name, value = match.field, match.values[0]
    if not name:
        return _free(value, record)
    if name == "tags":
        return (value.anything and bool(record.tags)) or any(_text(tag, match.how, value) for tag in record.tags)
    if name.startswith("detected"):
        return _seen(match, record)
    if name in ("filename", "display_name"):
        return _text(record.value(name), match.how, value)
    family, _, key = name.partition(".")
    if family in ("context", "metadata"):
        held = (record.columns.get(family) or {}).get(key)
        texts = [str(item) for item in (held if isinstance(held, list) else [] if held is None else [held])]
        if match.how in (":", "="):
            return any(value.anything or _text(text, match.how, value) for text in texts)
        return any(_between(number, match, now, 1) for text in texts if (number := _measured(text)) is not None)
    return value.anything or _same("active", value) if name == "status" else _column(match, record, now)


def _column(match: Match, record: Record, now: int) -> bool:
    name, value = match.field, match.values[0]
    held = record.value(name)
    if held is None:
        return False
    if name in (*DATES, *NUMBERS):
        return (value.anything and match.how in (":", "=")) or _between(held, match, now, 0.005 if name == "aspect_ratio" else 0)
    if name in ("folder", "asset_folder"):
        inside = value.prefix and value.text.endswith("/") and held == value.text[:-1]
        return inside or bool(held.startswith(value.text) if value.prefix else held == value.text.strip("/"))
    if name == "public_id":
        return bool(held.startswith(value.text) if value.prefix else held == value.text)
    return _same(held, value)


def _free(value: Value, record: Record) -> bool:
    if value.anything:
        return True
    texts = [*record.tags, record.value("filename"), record.columns["display_name"]]
    for family in ("context", "metadata"):
        for held in (record.columns.get(family) or {}).values():
            texts += [str(item) for item in held] if isinstance(held, list) else [str(held)]
    whole = [record.columns["public_id"], record.columns["asset_folder"]]
    named = any(text.startswith(value.text) if value.prefix else text == value.text.strip("/") for text in whole[1:])
    if value.prefix and value.text.endswith("/"):
        named = named or whole[1] == value.text[:-1]
    named = named or (whole[0].startswith(value.text) if value.prefix else whole[0] == value.text)
    return named or _same(record.columns.get("format"), value) or any(_text(text, ":", value) for text in texts)


def fold(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", fold(text))


def _same(held: str | None, value: Value) -> bool:
    if held is None:
        return False
    return fold(held).startswith(fold(value.text)) if value.prefix else fold(held) == fold(value.text)


def _text(held: str, how: str, value: Value) -> bool:
    words, wanted = _words(held), _words(value.text)
    if value.prefix:
        begins = [fold(held), *(words if how == ":" else [])]
        return bool(held) and any(item.startswith(fold(value.text)) for item in begins)
    if how == "=" or not wanted:
        return bool(held) and fold(held) == fold(value.text)
    return any(words[start : start + len(wanted)] == wanted for start in range(len(words)))


def _measured(text: str) -> float | None:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return _micro(datetime.fromisoformat(text).replace(tzinfo=UTC))
    try:
        return float(text)
    except ValueError:
        return None


def _micro(when: datetime) -> float:
    return (when - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _interval(text: str, now: int) -> tuple[float, float]:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        start = _micro(datetime.fromisoformat(text).replace(tzinfo=UTC))
        return start, start + 86_400_000_000 - 1
    if span := re.fullmatch(r"(\d+)([hdw])", text):
        point = now - int(span[1]) * {"h": 3600, "d": 86_400, "w": 604_800}[span[2]] * 1_000_000
        return point, point
    if ":" in text:
        wide, high = text.split(":")
        return float(wide) / float(high), float(wide) / float(high)
    if text.endswith("kb"):
        return float(text[:-2]) * 1024, float(text[:-2]) * 1024
    return float(text), float(text)


def _between(held: float, match: Match, now: int, slack: float) -> bool:
    if match.how == "range":
        (low, high), (no_low, no_high) = match.values, match.open
        above = low.anything or (held > _interval(low.text, now)[1] if no_low else held >= _interval(low.text, now)[0])
        return above and (
            high.anything or (held < _interval(high.text, now)[0] if no_high else held <= _interval(high.text, now)[1])
        )
    low_edge, high_edge = _interval(match.values[0].text, now)
    if match.how in (":", "="):
        if re.fullmatch(r"\d+[hdw]", match.values[0].text):
            return low_edge <= held <= now
        return low_edge - slack <= held <= high_edge + slack
    return {">": held > high_edge, ">=": held >= low_edge, "<": held < low_edge, "<=": held <= high_edge}[match.how]


def _seen(match: Match, record: Record) -> bool:
    path = match.field.split(".")[1:]
    measure = path.pop() if path and path[-1] in ("count", "confidence", "area") else ""
    label = match.label if measure else match.values[0]
    for model, items in record.seen.items():
        if path and model != ".".join(path):
            continue
        names = {name for name, _, _ in items if label and not label.anything and _same(name, label)}
        groups = [[item for item in items if item[0] == name] for name in names]
        if label is None or label.anything:
            groups = [items] if items else []
        for group in groups:
            found = {"count": len(group), "confidence": max(item[1] for item in group), "area": max(item[2] for item in group)}
            if not measure or _between(found[measure], match, 0, 0):
                return True
    return False
