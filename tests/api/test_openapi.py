"""The description of the API is valid: every path parameter declared, every operation with a name of its own."""

import re
from typing import Any

import pytest

from app.house import House
from app.main import create_app


@pytest.fixture
def description(house: House) -> dict[str, Any]:
    return create_app(house).openapi()


@pytest.mark.filterwarnings("error")
def test_every_path_parameter_is_declared_and_every_operation_named_once(description: dict[str, Any]) -> None:
    names: list[str] = []
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            declared = {item["name"] for item in operation.get("parameters", []) if item["in"] == "path"}
            assert declared == set(re.findall(r"{(\w+)}", path)), f"{method} {path}"
            names.append(operation["operationId"])
    assert len(names) == len(set(names))


def test_upload_describes_its_whole_table_and_every_reference_leads_somewhere(description: dict[str, Any]) -> None:
    upload = description["paths"]["/v1_1/{cloud}/{resource_type}/upload"]["post"]
    schema = upload["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert {"file", "detection", "auto_tagging", "moderation", "access_control"} <= schema["properties"].keys()

    def references(item: Any) -> list[str]:
        if isinstance(item, dict):
            own = [item["$ref"]] if isinstance(item.get("$ref"), str) else []
            return own + [found for value in item.values() for found in references(value)]
        return [found for value in item for found in references(value)] if isinstance(item, list) else []

    for reference in references(description):
        place: Any = description
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
