"""Structured metadata of one asset, pure: what a call says of it, read against the cloud's fields and laid over what is stored."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.errors import BadRequest
from app.params.metadata import Field, Value, empty, fits, named, read

Changes = Mapping[str, Value | None]  # None: the value is to go


@dataclass(frozen=True, slots=True)
class Sheet:
    """A cloud's fields by external ID. `governed` are those an active rule is for."""

    fields: Mapping[str, Field]
    governed: frozenset[str] = frozenset()

    def read(self, given: Mapping[str, object]) -> Changes:
        """What a call says, typed. Raises BadRequest with everything that is wrong."""
        unknown = [id for id in given if id not in self.fields]
        if unknown:
            raise absent(unknown)
        changes: dict[str, Value | None] = {}
        wrong: list[str] = []
        for id, raw in given.items():
            try:
                value = None if empty(raw) else read(self.fields[id], raw)
                changes[id] = None if empty(value) else value
            except ValueError as error:
                wrong.append(f"Invalid value {str(raw)[:100]} for metadata field {id}: {error}")
        if wrong:
            raise BadRequest(". ".join(wrong))
        return changes

    def fresh(self, changes: Changes) -> dict[str, list[str]]:
        """By field: values that its datasource is to learn (`allow_dynamic_list_values`)."""
        listed = {id: self.fields[id] for id in changes if self.fields[id].listed}
        new = {id: [one for one in named(field, changes[id]) if one not in field.entries] for id, field in listed.items()}
        return {id: ids for id, ids in new.items() if ids}

    def filled(self, changes: Changes) -> dict[str, Any]:
        """The values of a new asset: those given, and the default of every field that nothing was said of."""
        return self._complete({}, changes, self.fields)

    def merged(self, stored: Mapping[str, Any], changes: Changes, *, clear_invalid: bool = False) -> dict[str, Any]:
        """The values of a stored asset after a change: the others stay, also where a field's rules have changed since.

        `clear_invalid` drops those that are no longer valid. Without it they fail the change where an active rule governs a field.
        """
        kept = {id: value for id, value in stored.items() if id in self.fields and id not in changes}
        stale = [id for id, value in kept.items() if not fits(self.fields[id], value)]
        if not clear_invalid and (failing := self.governed.intersection(stale)):
            wrong = ", ".join(sorted(failing))
            raise BadRequest(f"The stored value of metadata field {wrong} is no longer valid; send another or clear_invalid")
        if clear_invalid:
            kept = {id: value for id, value in kept.items() if id not in stale}
        return self._complete(kept, changes, [id for id, field in self.fields.items() if field.mandatory])

    def _complete(self, kept: Mapping[str, Any], changes: Changes, wanted: Iterable[str]) -> dict[str, Any]:
        """Kept and changed values, and defaults for the wanted fields that have neither. Raises for a mandatory one without."""
        given = {id: value for id, value in changes.items() if value is not None}
        defaults = {id: self.fields[id].default for id in wanted if id not in changes and id not in kept}
        values = {**kept, **given} | {id: value for id, value in defaults.items() if value is not None}
        demanded = (id for id, field in self.fields.items() if field.mandatory and not field.default_disabled)
        missing = [id for id in demanded if id not in values]
        if missing:
            raise BadRequest(". ".join(f"Metadata field {id} is mandatory; give it a value" for id in missing))
        return {id: values[id] for id in self.fields if id in values}


def absent(ids: Iterable[str]) -> BadRequest:
    """The documented refusal of fields nobody defined."""
    return BadRequest(f"Metadata External IDs do not exist: {json.dumps(list(ids)[:100], ensure_ascii=False)}")
