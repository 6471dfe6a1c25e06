"""Transformation text <-> the objects SDKs write, by one table of names; order within a component does not matter."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.errors import BadRequest

LONGEST = 8192
NAME = re.compile(r"[\w. -]{1,255}")
FORMAT = re.compile(r"[A-Za-z0-9]{0,10}")  # behind the last slash: `c_scale,w_100/jpg`, or nothing: the original's own

# Prefix in a URL -> the word SDKs use for it.
WORDS = dict(
    pair.split(":")
    for pair in (
        "a:angle ac:audio_codec af:audio_frequency ar:aspect_ratio b:background bo:border br:bit_rate c:crop co:color "
        "cs:color_space d:default_image dl:delay dn:density dpr:dpr du:duration e:effect eo:end_offset f:fetch_format "
        "fl:flags fn:custom_function fps:fps g:gravity h:height if:if ki:keyframe_interval l:overlay o:opacity p:prefix "
        "pg:page q:quality r:radius so:start_offset sp:streaming_profile t:transformation u:underlay vc:video_codec "
        "vs:video_sampling w:width x:x y:y z:zoom"
    ).split()
)
PREFIXES = {word: prefix for prefix, word in WORDS.items()}
PART = re.compile(rf"(?:({'|'.join(sorted(WORDS, key=len, reverse=True))})_|(\$[A-Za-z]\w*)_)(.+)", re.DOTALL)
WHOLE, DECIMAL = re.compile(r"-?(0|[1-9]\d{0,14})"), re.compile(r"-?\d{1,15}\.\d{1,15}")


def written(value: object) -> str:
    """A transformation as any SDK sends it - text, an object, a list of them, or JSON text of these - as URL text."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise BadRequest.invalid("transformation", value, "expected a transformation or JSON") from None
    if isinstance(value, Mapping):
        text = _component(value)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        text = "/".join(_component(item) if isinstance(item, Mapping) else str(item) for item in value)
    else:
        text = str(value)
    text = text.strip().lstrip("/")
    if not text or len(text) > LONGEST or "\0" in text:
        raise BadRequest.invalid("transformation", text, f"expected text of 1 to {LONGEST} characters")
    return text


def canonical(text: str) -> str:
    """The same transformation always as the same text: conditions first, then variables, then the rest by name."""
    return "/".join(",".join(sorted(component.split(","), key=_place)) for component in text.split("/"))


def is_transformation(text: str) -> bool:
    """Whether every component is made of known prefixes; a name is not."""
    components = text.split("/")
    steps = components[:-1] if len(components) > 1 and FORMAT.fullmatch(components[-1]) else components
    return all(PART.fullmatch(part) for step in steps for part in step.split(","))


def told(text: str) -> list[dict[str, Any]]:
    """The components as objects with long names, numbers as numbers; a format is told with the last."""
    components = text.split("/")
    ending = components.pop() if len(components) > 1 and FORMAT.fullmatch(components[-1]) else ""
    found = [_object(component) for component in components]
    if ending:
        found[-1]["format"] = ending
    return found


def _object(component: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in component.split(","):
        match = PART.fullmatch(part)
        if match:
            word, value = WORDS.get(match[1] or "", match[2] or ""), _number(match[3])
            found[word] = f"{found[word]}.{value}" if word in found else value
        elif part:
            found["raw_transformation"] = ",".join(filter(None, (found.get("raw_transformation"), part)))
    return found


def _number(text: str) -> Any:
    return int(text) if WHOLE.fullmatch(text) else float(text) if DECIMAL.fullmatch(text) else text


def _component(given: Mapping[str, Any]) -> str:
    raw = given.get("raw_transformation")
    parts = [_part(word, value) for word, value in given.items() if word not in ("raw_transformation", "format") and value != ""]
    text = canonical(",".join(parts + ([str(raw)] if raw else [])))
    return text + (f"/{given['format']}" if "format" in given else "")


def _part(word: str, value: Any) -> str:
    prefix = PREFIXES.get(word, word)
    if prefix not in WORDS and not prefix.startswith("$"):
        raise BadRequest.invalid("transformation", word, "no such transformation parameter")
    if isinstance(value, Mapping):
        raise BadRequest.invalid("transformation", word, "write it as the URL does")
    text = ".".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return f"{prefix}_{text.replace('#', 'rgb:', 1) if text.startswith('#') else text}"


def _place(part: str) -> tuple[int, str]:
    if part.startswith("if_"):
        return 0, ""
    return (1, "") if part.startswith("$") else (2, part)  # variables keep their order: one may use another
