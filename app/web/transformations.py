"""Transformations over HTTP: list, details with what they rendered, create, change, delete."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from app.db.transformations import Derived, Transformation
from app.params.admin import TransformationListParams
from app.services.transformations import info
from app.web.admin import Ask, Asked
from app.web.plumbing import house

router = APIRouter(prefix="/v1_1/{cloud}/transformations", tags=["transformations"])


def shown(found: Transformation) -> dict[str, Any]:
    """SDKs take the answer's name back as it is: a name is told as URLs write it."""
    name = f"t_{found.name}" if found.named else found.body
    return {"name": name, "allowed_for_strict": found.allowed_for_strict, "used": found.used, "named": found.named}


def rendered(asked: Ask, item: Derived) -> dict[str, Any]:
    asset = item.asset
    names = {"public_id": asset.public_id, "resource_type": asset.resource_type, "type": asset.type, "format": item.format}
    links = asked.links.of_derived(asked.caller.cloud, asset, item.transformation, item.format)
    return names | links | {"bytes": item.bytes, "id": item.derived_id}


@router.get("")
async def find(asked: Asked) -> Response:
    """The list, or with `transformation` one of them."""
    params, service = TransformationListParams.read(asked.fields), house(asked.request).transformations
    if not (asked.fields.get("transformation") or asked.fields.get("name")):
        found, cursor = await asked.run(service.list, params)
        return asked.answer({"transformations": [shown(item) for item in found]}, cursor)
    one, derived, cursor = await asked.run(service.get, asked.fields, params)
    return asked.answer(shown(one) | {"info": info(one), "derived": [rendered(asked, item) for item in derived]}, cursor)


@router.post("")
async def create(asked: Asked) -> Response:
    await asked.run(house(asked.request).transformations.create, asked.fields)
    return asked.answer({"message": "created"})


@router.put("")
async def update(asked: Asked) -> Response:
    await asked.run(house(asked.request).transformations.update, asked.fields)
    return asked.answer({"message": "updated"})


@router.delete("")
async def delete(asked: Asked) -> Response:
    await asked.run(house(asked.request).transformations.remove, asked.fields)
    return asked.answer({"message": "deleted"})


@router.get("/{transformation:path}")
async def find_by_path(asked: Asked, transformation: str) -> Response:
    """The OpenAPI description's spelling: the transformation in the path."""
    asked.fields["transformation"] = transformation
    return await find(asked)


@router.post("/{transformation:path}")
async def create_by_path(asked: Asked, transformation: str) -> Response:
    asked.fields.setdefault("name", transformation)
    return await create(asked)


@router.put("/{transformation:path}")
async def update_by_path(asked: Asked, transformation: str) -> Response:
    asked.fields["transformation"] = transformation
    return await update(asked)


@router.delete("/{transformation:path}")
async def delete_by_path(asked: Asked, transformation: str) -> Response:
    asked.fields["transformation"] = transformation
    return await delete(asked)
