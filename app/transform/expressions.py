"""What conditions and numbers of a transformation come to: `w_gt_300_and_!sale!_in_tags`, `iw_div_2_sub_10`, `$size_mul_2`.

Arithmetic goes from left to right without precedence; `and` binds tighter than `or`.
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from math import isfinite

from app.errors import BadRequest

Value = float | str | tuple[str, ...]
Values = Mapping[str, Value]
Lookup = Callable[[str], "Value | None"]  # the value of `w`, `tags`, `ctx:!key!`, `$name`; None where there is no such word

TOKEN = re.compile(
    r"((?:ctx|md):![^!]*!|![^!]*!|\$?[A-Za-z][A-Za-z0-9]*|-?\d{1,15}(?:\.\d{1,15})?|-?\.\d{1,15}|-?\d{1,9}:\d{1,9})(?:_|$)"
)
RATIO = re.compile(r"(\d{1,9}):(\d{1,9})")
NUMBER = re.compile(r"-?(?:\d{1,15}(?:\.\d{1,15})?|\.\d{1,15})")
ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "mod": operator.mod,
    "pow": operator.pow,
}
COMPARISONS: Mapping[str, Callable[[Value, Value], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: _number(a) < _number(b),
    "gt": lambda a, b: _number(a) > _number(b),
    "lte": lambda a, b: _number(a) <= _number(b),
    "gte": lambda a, b: _number(a) >= _number(b),
    "in": lambda a, b: _within(a, b),
    "nin": lambda a, b: not _within(a, b),
}
MOST_TOKENS = 100


def holds(text: str, lookup: Lookup) -> bool:
    """Whether a condition is true. Raises BadRequest for one that cannot be read."""
    tokens = _tokens(text)
    return any(all(_comparison(part, lookup, text) for part in _split(either, "and")) for either in _split(tokens, "or"))


def number(text: str, lookup: Lookup) -> float:
    """What an expression comes to. Raises BadRequest."""
    try:
        return _number(value(text, lookup))
    except TypeError:
        raise _invalid(text) from None


def value(text: str, lookup: Lookup) -> Value:
    """The value of an expression; text stands between exclamation marks. Raises BadRequest."""
    return _sum(_tokens(text), lookup, text)


def is_expression(text: str) -> bool:
    """Whether there is something to compute, in contrast to a plain number or word."""
    return "$" in text or any(f"_{name}_" in text for name in ARITHMETIC)


def _tokens(text: str) -> list[str]:
    found, place = list[str](), 0
    while place < len(text):
        token = TOKEN.match(text, place)
        if not token or len(found) == MOST_TOKENS:
            raise _invalid(text)
        found.append(token[1])
        place = token.end()
    return found


def _split(tokens: Sequence[str], word: str) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for token in tokens:
        if token == word:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _comparison(tokens: list[str], lookup: Lookup, text: str) -> bool:
    place = next((place for place, token in enumerate(tokens) if token in COMPARISONS), None)
    if place is None:
        raise _invalid(text)
    left, right = _sum(tokens[:place], lookup, text), _sum(tokens[place + 1 :], lookup, text)
    try:
        return COMPARISONS[tokens[place]](left, right)
    except TypeError:
        raise _invalid(text) from None


def _sum(tokens: Sequence[str], lookup: Lookup, text: str) -> Value:
    if len(tokens) % 2 == 0:
        raise _invalid(text)
    total = _operand(tokens[0], lookup, text)
    for sign, token in zip(tokens[1::2], tokens[2::2], strict=True):
        if sign not in ARITHMETIC:
            raise _invalid(text)
        try:
            total = ARITHMETIC[sign](_number(total), _number(_operand(token, lookup, text)))
        except (ArithmeticError, TypeError, ValueError):
            raise _invalid(text) from None
        if isinstance(total, complex) or not isfinite(total):
            raise _invalid(text)
    return total


def _operand(token: str, lookup: Lookup, text: str) -> Value:
    if NUMBER.fullmatch(token):
        return float(token)
    if ratio := RATIO.fullmatch(token):
        return float(ratio[1]) / max(float(ratio[2]), 1e-9)
    if token.startswith("!"):
        return token[1:-1]
    found = lookup(token)
    if found is None:
        raise BadRequest(f"Undefined variable in transformation: {token[:100]}" if token[0] == "$" else _invalid(text).message)
    return found


def _number(given: Value) -> float:
    if isinstance(given, str) and NUMBER.fullmatch(given):
        return float(given)
    if not isinstance(given, float | int):
        raise TypeError(given)
    return float(given)


def _within(given: Value, group: Value) -> bool:
    """Whether every item of `a:b` is one of the group, which may be written so too."""
    items = given.split(":") if isinstance(given, str) else list(given) if isinstance(given, tuple) else [f"{given:g}"]
    among = group.split(":") if isinstance(group, str) else list(group) if isinstance(group, tuple) else [f"{group:g}"]
    return all(item in among for item in items)


def _invalid(text: str) -> BadRequest:
    return BadRequest(f"Invalid expression in transformation: {text[:100]}")
