"""How the wire spells a value: each kind turns what any SDK sends into one Python value, or says what it expected."""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from app.errors import BadRequest

LONGEST = 255  # characters of an entry of a list: tags, detectors, fields
TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


def P(sentence: str, *, unsigned: bool = False, preset: bool = True, default: Any = None, alias: str | None = None) -> Any:
    """Declare a parameter: its sentence, whether an unsigned call may send it, whether a preset may hold it.

    `alias` is its name on the wire where Python keeps that word for itself.
    """
    return Field(default, alias=alias, description=sentence, json_schema_extra={"unsigned": unsigned, "preset": preset})


def _flag(value: object) -> object:
    word = str(value).strip().lower()
    if word in TRUE | FALSE:
        return word in TRUE
    if word in ("", "none"):
        return None
    raise ValueError("expected true or false")


def _csv(value: object) -> object:
    """`a,b`, repeats, `name[]`, JSON arrays: one list, trimmed, without blanks or repeats, in order.

    Text is split at its commas; an entry of an array is one whole text, commas and all.
    """
    items = _array(value) if isinstance(value, str) else value
    parts = items if isinstance(items, list | tuple) else str(items).split(",")
    return list(dict.fromkeys(part for part in (_kept(str(item).strip(), LONGEST) for item in parts) if part))


def _array(text: str) -> object:
    """JSON text of an array as the array; any other text, also one that only begins like an array, as it is."""
    if not text.startswith("["):
        return text
    try:
        return _json(text)
    except ValueError:
        return text


def _items(value: object) -> object:
    """As a list of whole texts: repeats are kept apart and commas inside one of several are left alone (public ids)."""
    if isinstance(value, list | tuple):
        return list(dict.fromkeys(_kept(str(item)) for item in value if str(item)))
    return _csv(value)


def _ids(value: object) -> object:
    """The same, but one text with commas stays one: only who knows the names can tell whether it is one or several."""
    alone = isinstance(value, str) and "," in value and not isinstance(_array(value), list)
    return _kept(str(value)) if alone else _items(value)


def parts(text: str) -> list[str]:
    """What a text that separates by commas lists."""
    return [part for part in map(str.strip, text.split(",")) if part]


def _pairs(value: object) -> object:
    """`k=v|k2=v2` with `\\|` and `\\=` escaped, JSON text of an object, or an object."""
    if isinstance(value, str) and value.startswith("{"):
        value = _json(value)
    if isinstance(value, Mapping):
        return {_kept(str(key)): _kept(str(item)) for key, item in value.items()}
    pairs: list[list[str]] = []
    for part in re.split(r"(?<!\\)\|", str(value)):
        pair = re.split(r"(?<!\\)=", part, maxsplit=1)
        if len(pair) == 1 and part and pairs:
            pairs[-1][-1] += f"|{part}"  # one SDK sends the marks of a value without their backslashes
        elif part:
            pairs.append(pair)
    if any(len(pair) != 2 or not pair[0] for pair in pairs):
        raise ValueError("expected key=value pairs separated by |")
    return {_kept(_bare(key)): _kept(_bare(item)) for key, item in pairs}


def _values(value: object) -> object:
    """The same for structured metadata: objects keep the types of their values, and texts may hold JSON lists."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        value = _json(value.strip())
        json.dumps(value, ensure_ascii=False).encode()  # raises for half a surrogate pair, which no database keeps
    if isinstance(value, Mapping):
        return {str(key): item for key, item in value.items()}
    pairs: Any = _pairs(value)
    return {key: item if item.startswith("[") else item.replace('\\"', '"') for key, item in pairs.items()}


def _bare(text: str) -> str:
    return re.sub(r"\\([|=])", r"\1", text)


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError("expected JSON") from error


def _unit(value: object) -> object:
    if str(value).strip().lower() == "default":
        return "default"
    try:
        number = float(str(value))
    except ValueError:
        number = -1.0
    if not 0.0 <= number <= 1.0:
        raise ValueError("expected a number from 0 to 1, or default")
    return number


def _count(value: object) -> object:
    if not re.fullmatch(r"\d{1,9}", str(value).strip()):
        raise ValueError("expected a whole number")
    return int(str(value))


def _size(value: object) -> object:
    """Entries of a page: a page of none would tell nothing and never end."""
    if str(value).strip() == "0":
        raise ValueError("expected a whole number above 0")
    return None if value == "" else _count(value)


def _label(value: object) -> object:
    if "/" in str(value):
        raise ValueError("a display name has no slash")
    return _text(value)


def _direction(value: object) -> object:
    if value == "":
        return None
    words = {"asc": "asc", "1": "asc", "desc": "desc", "-1": "desc"}
    if str(value).lower() not in words:
        raise ValueError("expected asc or desc")
    return words[str(value).lower()]


def _text(value: object) -> object:
    if isinstance(value, Mapping | list | tuple):
        raise ValueError("expected one text")
    return _kept(str(value))


def _kept(text: str, longest: int | None = None) -> str:
    """The text itself if either database keeps it as it is."""
    if "\0" in text or (longest is not None and len(text) > longest):
        raise ValueError("expected text without NUL" + (f" of at most {longest} characters" if longest else ""))
    return text


Text = Annotated[str | None, BeforeValidator(_text)]
Flag = Annotated[bool | None, BeforeValidator(_flag)]
Csv = Annotated[list[str] | None, BeforeValidator(_csv)]
Items = Annotated[list[str] | None, BeforeValidator(_items)]
Ids = Annotated[list[str] | str | None, BeforeValidator(_ids)]
Pairs = Annotated[dict[str, str] | None, BeforeValidator(_pairs)]
Values = Annotated[dict[str, Any] | None, BeforeValidator(_values)]
Unit = Annotated[float | str | None, BeforeValidator(_unit)]
Count = Annotated[int | None, BeforeValidator(_count)]
Size = Annotated[int | None, BeforeValidator(_size)]
Label = Annotated[str | None, BeforeValidator(_label)]
Direction = Annotated[str | None, BeforeValidator(_direction)]


class Params(BaseModel):
    """A table of parameters. Names the table does not know are ignored, as the original does."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @classmethod
    def read(cls, raw: Mapping[str, object]) -> Self:
        """Parse a raw mapping, or raise BadRequest with every wrong parameter named."""
        try:
            return cls.model_validate({name: value for name, value in raw.items() if value is not None})
        except ValidationError as error:
            wrong = [
                BadRequest.invalid(str(item["loc"][0]), item["input"], item["msg"].removeprefix("Value error, ")).message
                for item in error.errors()
            ]
            raise BadRequest(". ".join(wrong)) from error

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """What the table knows, as the wire spells it."""
        return tuple(field.alias or name for name, field in cls.model_fields.items())

    @classmethod
    def marked(cls, mark: str) -> tuple[str, ...]:
        """Names of the parameters declared with `unsigned` or `preset`, in the table's order."""
        extras = ((field.alias or name, field.json_schema_extra) for name, field in cls.model_fields.items())
        return tuple(name for name, extra in extras if isinstance(extra, dict) and extra.get(mark))
