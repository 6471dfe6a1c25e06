"""Folders over HTTP: list, create, move, delete, search."""

import time
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from app.db.folders import Folder
from app.errors import BadRequest
from app.params.admin import FolderSearchParams, PageParams
from app.web import answers
from app.web.admin import Ask, Asked
from app.web.plumbing import house

router = APIRouter(prefix="/v1_1/{cloud}/folders", tags=["folders"])


def shown(folder: Folder) -> dict[str, Any]:
    created = answers.moment(folder.created_at).replace("Z", "+00:00")
    return {"name": folder.name, "path": folder.path, "external_id": folder.external_id, "created_at": created}


def named(path: str) -> dict[str, str]:
    return {"name": path.rpartition("/")[2], "path": path}


async def _list(asked: Ask, path: str) -> Response:
    """Unlike other lists this one tells the last page by a null."""
    found, cursor, total = await asked.run(house(asked.request).folders.list, path, PageParams.read(asked.fields))
    return asked.answer({"folders": [shown(item) for item in found], "next_cursor": cursor, "total_count": total})


@router.get("")
async def root(asked: Asked) -> Response:
    return await _list(asked, "")


@router.get("/search")
@router.post("/search")
async def search(asked: Asked) -> Response:
    start = time.perf_counter()
    found, cursor, total = await asked.run(house(asked.request).folders.search, FolderSearchParams.read(asked.fields))
    took = round((time.perf_counter() - start) * 1000)
    return asked.answer({"total_count": total, "time": took, "folders": [shown(item) for item in found]}, cursor)


@router.get("/{path:path}")
async def below(asked: Asked, path: str) -> Response:
    """The folders directly below one."""
    return await _list(asked, path)


@router.post("/{path:path}")
async def create(asked: Asked, path: str) -> Response:
    return asked.answer({"success": True} | shown(await asked.run(house(asked.request).folders.create, path)))


@router.put("/{path:path}")
async def move(asked: Asked, path: str) -> Response:
    target = str(asked.fields.get("to_folder") or "")
    if not target:
        raise BadRequest.missing("to_folder")
    await asked.run(house(asked.request).folders.move, path, target)
    return asked.answer({"from": named(path), "to": named(target)})


@router.delete("/{path:path}")
async def delete(asked: Asked, path: str) -> Response:
    return asked.answer({"deleted": await asked.run(house(asked.request).folders.remove, path)})
