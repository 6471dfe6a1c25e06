"""Transformations of a cloud: list, look up, create, change, delete - by name or by their own text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from app.db import transformations
from app.db.engine import Database
from app.db.transformations import Derived, Transformation
from app.errors import AlreadyExists, BadRequest, NotFound
from app.params.admin import TransformationListParams, TransformationParams
from app.params.transformations import NAME, canonical, is_transformation, told, written
from app.ports import Storage
from app.services import files
from app.services.accounts import Caller


@dataclass(frozen=True, slots=True)
class Transformations:
    db: Database
    storage: Storage

    def list(self, caller: Caller, params: TransformationListParams) -> tuple[list[Transformation], str | None]:
        with self.db.read() as c:
            return transformations.page(c, caller.cloud_id, params.named, params.size, params.next_cursor)

    def get(
        self, caller: Caller, raw: Mapping[str, object], params: TransformationListParams
    ) -> tuple[Transformation, Sequence[Derived], str | None]:
        """One transformation, a page of what it rendered, and that page's cursor."""
        with self.db.read() as c:
            found = _found(c, caller, _wanted(raw))
            derived, cursor = transformations.rendered(c, caller.cloud_id, _spellings(found), params.size, params.next_cursor)
        return found, derived, cursor

    def create(self, caller: Caller, raw: Mapping[str, object]) -> None:
        """A name for a transformation. Given its own text for a name it is kept as one that nobody has named."""
        params = TransformationParams.read(raw)
        body = written(raw.get("transformation") or "")
        name = (params.name or "").removeprefix("t_") or body
        named = not is_transformation(name)
        if not is_transformation(body):
            raise BadRequest.invalid("transformation", body, "expected a transformation, as in c_scale,w_100")
        if not named and canonical(name) != canonical(body):
            raise BadRequest.invalid("name", name, "a transformation's text can only be the name of itself")
        if named and not NAME.fullmatch(name):
            raise BadRequest.invalid("name", name, "expected letters, digits, spaces, dots, - and _; at most 255")
        allowed = named if params.allowed_for_strict is None else params.allowed_for_strict
        kept = name if named else canonical(name)
        with self.db.begin() as tx:
            if not transformations.create(tx, caller.cloud_id, kept, body, named=named, allowed_for_strict=allowed):
                raise AlreadyExists(f"Transformation {name} already exists")

    def update(self, caller: Caller, raw: Mapping[str, object]) -> None:
        """Let it through strict mode or not, or give a name another meaning: what was rendered before stays as it was."""
        params = TransformationParams.read(raw)
        body = written(raw["unsafe_update"]) if raw.get("unsafe_update") else None
        if params.allowed_for_strict is None and body is None:
            raise BadRequest.missing("allowed_for_strict")
        if body is not None and not is_transformation(body):
            raise BadRequest.invalid("unsafe_update", body, "expected a transformation, as in c_scale,w_100")
        with self.db.begin() as tx:
            found = _found(tx, caller, _wanted(raw))
            if body is not None and not found.named:
                raise BadRequest("Only a named transformation can be given another meaning")
            values = {"allowed_for_strict": params.allowed_for_strict, "body": body}
            transformations.change(tx, found.id, {name: value for name, value in values.items() if value is not None})

    def remove(self, caller: Caller, raw: Mapping[str, object]) -> None:
        """Delete it, and what it rendered."""
        with self.db.begin() as tx:
            found = _found(tx, caller, _wanted(raw))
            keys = transformations.remove_rendered(tx, caller.cloud_id, _spellings(found))
            transformations.remove(tx, found.id)
        files.forget(self.storage, *keys)


def info(found: Transformation) -> list[dict[str, object]]:
    return told(found.body)


def _wanted(raw: Mapping[str, object]) -> str:
    value = raw.get("transformation") or raw.get("name")
    if not value:
        raise BadRequest.missing("transformation")
    return written(value)


def _found(c: Connection, caller: Caller, text: str) -> Transformation:
    """By name, by `t_name`, or by text however its parts are ordered. Raises NotFound."""
    for name in (text, text.removeprefix("t_"), canonical(text)):
        found = transformations.find(c, caller.cloud_id, name)
        if found:
            return found
    raise NotFound(f"Can't find transformation {text[:200]}")


def _spellings(found: Transformation) -> list[str]:
    """How a derived picture's row may write it."""
    return [f"t_{found.name}"] if found.named else list(dict.fromkeys((found.body, canonical(found.body))))
