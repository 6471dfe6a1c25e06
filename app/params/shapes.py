"""Kinds of values that have a shape of their own: boxes, named outlines, access rules, delivery headers, a quality, a URL."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

import orjson
from pydantic import BeforeValidator

MOST_BOXES = 100
MOST_POINTS = 500
FARTHEST = 1_000_000  # a coordinate, in pixels
REGION = re.compile(r"[A-Za-z0-9_-]{1,64}")
QUALITY = re.compile(r"([1-9]\d?|100)(:(420|444))?|auto(:(best|good|eco|low))?")
HEADERS = {name.lower(): name for name in ("Link", "Authorization", "X-Robots-Tag")}  # what the original keeps of `headers`
LONGEST_HEADER = 2048
ACCESS_TYPES = ("token", "anonymous")
MOST_RULES = 10


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise ValueError("expected JSON") from None


def _number(value: object) -> int:
    if isinstance(value, bool):
        raise ValueError("expected numbers")
    try:
        number = float(str(value))
    except ValueError:
        number = math.nan
    if not 0 <= number <= FARTHEST:
        raise ValueError(f"expected numbers from 0 to {FARTHEST}")
    return round(number)


def _boxes(value: object) -> object:
    """`x,y,w,h|x,y,w,h`, JSON text, one flat list of four numbers, or a list of any of these."""
    if isinstance(value, str):
        value = value.strip()
        items: Any = _json(value) if value.startswith("[") else [part for part in value.split("|") if part.strip()]
    else:
        items = value
    if not isinstance(items, list | tuple):
        raise ValueError("expected boxes x,y,width,height separated by |")
    if items and all(not isinstance(item, list | tuple) and not re.search(r"[,\[]", str(item)) for item in items):
        items = [items]  # four numbers alone are one box
    if len(items) > MOST_BOXES:
        raise ValueError(f"expected at most {MOST_BOXES} boxes")
    found = []
    for item in items:
        if isinstance(item, str):
            item = item.strip().removeprefix("[").removesuffix("]").split(",")
        if not isinstance(item, list | tuple) or len(item) != 4:
            raise ValueError("expected boxes x,y,width,height separated by |")
        found.append([_number(part) for part in item])
    return found


def _regions(value: object) -> object:
    """JSON of an object: a name -> at least two points `[x, y]`."""
    if isinstance(value, str):
        value = _json(value) if value.strip() else {}
    if not isinstance(value, Mapping) or len(value) > MOST_BOXES:
        raise ValueError(f"expected an object of at most {MOST_BOXES} names with their points")
    found = {}
    for name, points in value.items():
        if not REGION.fullmatch(str(name)):
            raise ValueError("a region's name has letters, digits, - and _, at most 64")
        if not isinstance(points, list | tuple) or not 2 <= len(points) <= MOST_POINTS:
            raise ValueError(f"a region has 2 to {MOST_POINTS} points")
        if any(not isinstance(point, list | tuple) or len(point) != 2 for point in points):
            raise ValueError("a region's point is [x, y]")
        found[str(name)] = [[_number(part) for part in point] for point in points]
    return found


def _rules(value: object) -> object:
    """JSON of a list of rules (or of one): `{"access_type": "token"}`, `{"access_type": "anonymous", "start": …, "end": …}`."""
    if isinstance(value, str):
        if not value.strip():  # nothing was said; null and an empty list take all rules away
            return None
        value = _json(value) or []
    rules = [value] if isinstance(value, Mapping) else value
    if isinstance(rules, list) and rules and all(isinstance(item, str) for item in rules):
        rules = [_json(item) for item in rules]
    if not isinstance(rules, list | tuple) or len(rules) > MOST_RULES or not all(isinstance(rule, Mapping) for rule in rules):
        raise ValueError(f"expected a list of at most {MOST_RULES} rules")
    return [_rule(rule) for rule in rules]


def _rule(rule: Mapping[str, object]) -> dict[str, str]:
    access, unknown = rule.get("access_type"), rule.keys() - {"access_type", "start", "end", "key"}
    if access not in ACCESS_TYPES or unknown:
        raise ValueError("a rule has access_type (token or anonymous), start and end")
    times = {name: moment(str(rule[name])) for name in ("start", "end") if rule.get(name) not in (None, "")}
    if access == "token" and times:
        raise ValueError("start and end belong to anonymous rules")
    if len(times) == 2 and times["start"] > times["end"]:
        raise ValueError("start is after end")
    key = rule.get("key")
    if key is not None and not re.fullmatch(r"[0-9a-fA-F]{1,128}", str(key)):
        raise ValueError("a rule's key is hexadecimal")
    return {"access_type": str(access), **times} | ({"key": str(key)} if key is not None else {})


def moment(text: str) -> str:
    """Any ISO 8601 moment in UTC, as answers write it (`2026-01-02T03:04:05Z`). Raises ValueError."""
    plain = re.sub(r"\s+(?=[+-]\d)", "", text.strip())
    try:
        when = datetime.fromisoformat(plain)
        when = when.replace(tzinfo=when.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("expected moments as ISO 8601") from None
    return when.strftime("%Y-%m-%dT%H:%M:%SZ") if when.year > 999 else f"{when.year:04d}{when.strftime('-%m-%dT%H:%M:%SZ')}"


def _headers(value: object) -> object:
    """Lines `Name: value`, a list of them, or an object. Of all names only the documented ones are kept, in their spelling."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        value = _json(value)
    if isinstance(value, Mapping):
        pairs = [(str(name), str(text)) for name, text in value.items()]
    else:
        lines = value if isinstance(value, list | tuple) else str(value).split("\n")
        split = [str(line).partition(":") for line in lines if str(line).strip()]
        if any(not colon for _, colon, _ in split):
            raise ValueError("expected lines of Name: value")
        pairs = [(name, text) for name, _, text in split]
    found = {HEADERS[name.strip().lower()]: text.strip() for name, text in pairs if name.strip().lower() in HEADERS}
    if any(not (text.isprintable() and text.isascii()) or len(text) > LONGEST_HEADER for text in found.values()):
        raise ValueError(f"a header's value is one line of ASCII, at most {LONGEST_HEADER} characters")
    return found


def _quality(value: object) -> object:
    text = str(value).strip()
    if text and not QUALITY.fullmatch(text):
        raise ValueError("expected 1 to 100, 80:420 or auto:best")
    return text


def _target(value: object) -> object:
    text = str(value).strip()
    try:
        parts = urlsplit(text)
        proper = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        proper = None
    if text and (not proper or not text.isprintable() or not text.isascii() or " " in text or len(text) > LONGEST_HEADER):
        raise ValueError("expected http(s)://host/path")
    return text


Boxes = Annotated[list[list[int]] | None, BeforeValidator(_boxes)]
Regions = Annotated[dict[str, list[list[int]]] | None, BeforeValidator(_regions)]
Rules = Annotated[list[dict[str, str]] | None, BeforeValidator(_rules)]
Headers = Annotated[dict[str, str] | None, BeforeValidator(_headers)]
Quality = Annotated[str | None, BeforeValidator(_quality)]
Target = Annotated[str | None, BeforeValidator(_target)]
