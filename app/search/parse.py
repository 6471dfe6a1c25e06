"""An expression -> a tree, or a BadRequest that says at which column what was expected."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, cast

from lark import Lark, Token, Transformer, UnexpectedInput, v_args
from lark.exceptions import UnexpectedToken, VisitError

from app.errors import BadRequest
from app.search.tree import EVERYTHING, And, How, Match, Node, Not, Or, Value

LONGEST = 20_000  # characters of an expression
MOST_TERMS = 200  # comparisons; a value of free text is one in each of its fields
FREE_TERMS = 5
DEEPEST = 40

# What the parser expects, in words.
WORDS = {
    "WORD": "a word or field",
    "VALUE": "a value",
    "QUOTED": "quoted text",
    "LPAR": "(",
    "RPAR": ")",
    "_IS": ":",
    "EXACT": "=",
    "ORDER": "> or <",
    "OPEN": "[ or {",
    "CLOSE": "] or }",
    "_MINUS": "-",
    "AND": "AND",
    "OR": "OR",
    "NOT": "NOT",
    "TO": "TO",
    "$END": "the end",
}

# What helps with a character that cannot stand where it does.
HINTS = (
    ("*", "a star ends a value"),
    ("\"'", "a quotation mark opens and closes"),
    ("!(){}[]^~?:\\=&><", "a backslash makes it text"),
)


def parse(expression: str) -> Node:
    """The tree of an expression; an empty one asks for everything. Raises BadRequest."""
    if len(expression) > LONGEST:
        raise BadRequest(f"Invalid expression: {len(expression)} characters, expected at most {LONGEST}")
    if "\0" in expression:
        raise wrong(expression.index("\0"), "expected text without NUL")
    try:
        return cast(_Built, _parser().parse(expression)).node
    except UnexpectedInput as error:
        raise _told(expression, error) from None
    except VisitError as error:
        if isinstance(error.orig_exc, BadRequest):
            raise error.orig_exc from None
        raise


def wrong(place: int, hint: str) -> BadRequest:
    """The refusal of an expression at a place (characters from 0; people count columns from 1)."""
    return BadRequest(f"Invalid expression at column {place + 1}: {hint}")


def _told(expression: str, error: UnexpectedInput) -> BadRequest:
    token = error.token if isinstance(error, UnexpectedToken) else None
    ended = token is not None and token.type == "$END"
    place = len(expression.rstrip()) if ended else max(0, error.pos_in_stream or 0)
    expected = getattr(error, "expected", None) or getattr(error, "allowed", None) or ()
    named = [text for name, text in WORDS.items() if name in expected]
    found = "the end" if ended else f"'{expression[place : place + 1]}'"
    hint = f"expected {', '.join(named)} instead of {found}" if named else f"{found} cannot stand here"
    return wrong(
        place, hint + next((f"; {told}" for marks, told in HINTS if not ended and found[1:-1] and found[1:-1] in marks), "")
    )


@cache
def _parser() -> Lark:
    grammar = (Path(__file__).parent / "grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual", transformer=_Builder())


@dataclass(frozen=True, slots=True)
class _Built:
    """A part of the tree, how deep it is and how many comparisons it has."""

    node: Node
    depth: int = 1
    terms: int = 1


def _joined(kind: type[And] | type[Or], parts: Sequence[_Built]) -> _Built:
    if len(parts) == 1:
        return parts[0]
    nodes: list[Node] = []
    for part in parts:
        nodes += part.node.parts if isinstance(part.node, kind) else [part.node]
    terms = sum(part.terms for part in parts)
    _bounded(terms, MOST_TERMS * FREE_TERMS)  # a field before its parentheses may still make it fewer
    return _Built(kind(tuple(nodes)), 1 + max(part.depth for part in parts), terms)


def _bounded(terms: int, most: int) -> None:
    if terms > most:
        raise BadRequest(f"Invalid expression: more than {MOST_TERMS} comparisons")


def _deeper(part: _Built, node: Node) -> _Built:
    if part.depth >= DEEPEST:
        raise BadRequest(f"Invalid expression: nested more than {DEEPEST} deep")
    return replace(part, node=node, depth=part.depth + 1)


def _value(token: Token) -> Value:
    """A value without its quotes and backslashes; the star that ends it stands for any end."""
    quoted = token.type == "QUOTED"
    inner = token[1:-1] if quoted else str(token)
    starred = inner.endswith("*") and not re.search(r"(?<!\\)(\\\\)*\\\*$", inner)
    text = re.sub(r"\\(.)", r"\1", inner[:-1] if starred else inner, flags=re.DOTALL)
    return Value(text, token.start_pos or 0, starred)


@v_args(inline=True)
class _Builder(Transformer[Token, _Built]):
    """Runs while the parser reads, so that no depth of an expression is a depth of ours."""

    def start(self, part: _Built | None = None) -> _Built:
        _bounded(part.terms if part else 0, MOST_TERMS)
        return part or _Built(EVERYTHING, 0, 0)

    def either(self, *parts: _Built) -> _Built:
        return _joined(Or, parts)

    def both(self, *parts: _Built) -> _Built:
        return _joined(And, parts)

    def never(self, part: _Built) -> _Built:
        return _deeper(part, Not(part.node))

    def group(self, part: _Built) -> _Built:
        return _deeper(part, part.node)

    def operand(self, token: Token) -> Value:
        return _value(token)

    def free(self, token: Token) -> _Built:
        value = _value(token)
        return _Built(Match("", ":", (value,), value.place), terms=FREE_TERMS)

    def same(self, field: Token, value: Value) -> _Built:
        return self._one(field, ":", value)

    def exact(self, field: Token, _sign: Token, value: Value) -> _Built:
        return self._one(field, "=", value)

    def compared(self, field: Token, order: Token, value: Value) -> _Built:
        return self._one(field, cast(How, order.lstrip(":")), value)

    def labelled(self, field: Token, label: Value, order: Token, value: Value) -> _Built:
        return self._one(field, cast(How, order.lstrip(":")), value, label=label)  # also `=`

    def ranged(self, field: Token, *rest: Any) -> _Built:
        opening, low, high, closing = (item for item in rest if not (isinstance(item, Token) and item.type == "EXACT"))
        return self._one(field, "range", low, high, open=(opening == "{", closing == "}"))

    def spread(self, field: Token, *rest: Any) -> _Built:
        """`tags:(cat OR dog)`: the field is that of every value in the parentheses."""
        part: _Built = rest[-1]
        how: How = "=" if len(rest) == 2 else ":"
        given = _given(part.node, _value(field).text, field.start_pos or 0, how)
        return _deeper(replace(part, terms=part.terms // FREE_TERMS), given)

    def _one(self, field: Token, how: How, *values: Value, **more: Any) -> _Built:
        return _Built(Match(_value(field).text, how, values, field.start_pos or 0, **more))


def _given(node: Node, field: str, place: int, how: How) -> Node:
    """The tree with a field put before every bare value; its depth is bounded while it is built."""
    match node:
        case Match():
            if node.field:
                raise wrong(node.place, f"expected values of {field} only, inside its parentheses")
            return replace(node, field=field, how=how, place=node.values[0].place)
        case Not():
            return Not(_given(node.part, field, place, how))
        case _:
            return type(node)(tuple(_given(part, field, place, how) for part in node.parts))
