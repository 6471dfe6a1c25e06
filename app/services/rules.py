"""Conditional rules of structured metadata: kept and returned. User interfaces apply them; nothing here evaluates one."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from app.db import fields, rules
from app.db.engine import Database
from app.db.rules import Rule
from app.errors import BadRequest, NotFound
from app.params.definitions import RuleParams
from app.params.sheet import absent
from app.services.accounts import Caller


@dataclass(frozen=True, slots=True)
class Rules:
    db: Database

    def list(self, caller: Caller) -> list[Rule]:
        with self.db.read() as c:
            return rules.list_rules(c, caller.cloud_id)

    def create(self, caller: Caller, raw: Mapping[str, object]) -> Rule:
        values = _given(raw)
        for name in ("metadata_field_id", "condition", "result"):
            if not values.get(name):
                raise BadRequest.missing(name)
        with self.db.begin() as tx:
            _check_field(tx, caller, values)
            made = rules.create(tx, caller.cloud_id, {"name": None, "state": "active"} | values)
            return _found(tx, caller, made)

    def update(self, caller: Caller, external_id: str, raw: Mapping[str, object]) -> Rule:
        """What is sent replaces its old value."""
        values = _given(raw)
        with self.db.begin() as tx:
            _found(tx, caller, external_id)
            _check_field(tx, caller, values)
            rules.change(tx, caller.cloud_id, external_id, values)
            return _found(tx, caller, external_id)

    def remove(self, caller: Caller, external_id: str) -> None:
        with self.db.begin() as tx:
            _found(tx, caller, external_id)
            rules.remove(tx, caller.cloud_id, external_id)


def signature(condition: Mapping[str, Any]) -> str:
    """One UUID for equal conditions, however their keys are ordered."""
    return str(uuid.uuid3(uuid.NAMESPACE_OID, json.dumps(condition, sort_keys=True)))


def _given(raw: Mapping[str, object]) -> dict[str, Any]:
    return RuleParams.read(raw).model_dump(exclude_none=True)


def _check_field(tx: Connection, caller: Caller, values: Mapping[str, Any]) -> None:
    id = values.get("metadata_field_id")
    if id is not None and fields.find(tx, caller.cloud_id, id) is None:
        raise absent([id])


def _found(c: Connection, caller: Caller, external_id: str) -> Rule:
    rule = rules.find(c, caller.cloud_id, external_id)
    if rule is None:
        raise NotFound(f"Metadata rule {external_id} not found")
    return rule
