"""The Admin API: list, look up, update and delete what is stored, by Basic key."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from app.db.assets import Asset
from app.errors import BadRequest, NotFound
from app.params.admin import DeleteParams, DetailsParams, ListParams, TagListParams
from app.params.upload import DELIVERY_TYPES
from app.services.accounts import Caller
from app.web import answers, attributes
from app.web.access import authorization
from app.web.answers import Links
from app.web.forms import receive
from app.web.plumbing import access, house, limit

T = TypeVar("T")
TYPES = ("image", "raw", "video")
MODERATIONS = "manual,webpurify,aws_rek,aws_rek_video,perception_point,google_video_moderation,duplicate,metascan".split(",")
DECISIONS = ("pending", "approved", "rejected", "queued", "aborted")
FOREIGN_TYPES = ("fetch", "text", "sprite", "multi", "facebook", "twitter", "twitter_name", "gravatar", "youtube", "vimeo")


@dataclass(frozen=True, slots=True)
class Ask:
    """An Admin request whose caller is known: its parameters, and short ways to run a service and to answer."""

    request: Request
    caller: Caller
    fields: dict[str, object]

    async def run(self, call: Callable[..., T], *args: Any) -> T:
        return await house(self.request).threads.read(call, self.caller, *args)

    @property
    def links(self) -> Links:
        return Links.of(self.request, house(self.request).settings.public_url)

    def answer(self, body: dict[str, Any], cursor: str | None = None) -> Response:
        """Counted and complete: the cursor of a next page is left out on the last."""
        return answers.reply(body | ({"next_cursor": cursor} if cursor else {}), headers=self.request.state.headers)


async def ask(request: Request, cloud: str) -> Ask:
    """Count the call, prove the caller, read the parameters of path, query and body as one."""
    here = house(request)
    request.state.headers = limit(request).count(authorization(request)[:200])
    limit(request).check(request.state.headers)
    form = await receive(request, here.intake, here.settings)
    form.drop()
    caller = await here.threads.read(access(request).admin, cloud, authorization(request))
    return Ask(request, caller, form.fields)


Asked = Annotated[Ask, Depends(ask)]
router = APIRouter(prefix="/v1_1/{cloud}", tags=["admin"])


@router.get("/ping")
async def ping(asked: Asked) -> Response:
    return asked.answer({"status": "ok"})


@router.get("/config")
async def config(asked: Asked, settings: bool = False) -> Response:
    here = house(asked.request)
    created = await here.threads.read(here.accounts.created_at, asked.caller.cloud)
    body = {"cloud_name": asked.caller.cloud, "created_at": answers.moment(created)}
    return asked.answer(body | ({"settings": {"folder_mode": "dynamic"}} if settings else {}))


@router.get("/usage")
async def usage(asked: Asked) -> Response:
    """What is stored. Nothing is metered here, so there are no limits to report."""
    here = house(asked.request)
    count, size = await asked.run(here.library.totals)
    settings = here.settings
    nothing = {"usage": 0}
    return asked.answer(
        {
            "plan": "Self-hosted",
            "last_updated": datetime.now(UTC).strftime("%Y-%m-%d"),
            "date_requested": datetime.now(UTC).strftime("%Y-%m-%dT00:00:00Z"),
            "transformations": nothing,
            "objects": {"usage": count},
            "bandwidth": nothing,
            "storage": {"usage": size},
            "requests": 0,
            "resources": count,
            "derived_resources": 0,
            "media_limits": {
                "image_max_size_bytes": settings.max_body_bytes,
                "video_max_size_bytes": settings.max_file_bytes,
                "raw_max_size_bytes": settings.max_file_bytes,
                "image_max_px": settings.max_pixels,
                "asset_max_total_px": settings.max_pixels,
            },
        }
    )


@router.get("/usage/{date}")
async def usage_on(asked: Asked, date: str) -> Response:
    """The same on any day: no history is kept."""
    return await usage(asked)


@router.get("/resources")
async def resource_types(asked: Asked) -> Response:
    return asked.answer({"resource_types": list(TYPES)})


@router.get("/resources/by_asset_ids")
@router.get("/resources/by_external_ids")
async def by_asset_ids(asked: Asked) -> Response:
    """An asset's external ID is its asset ID."""
    asked.fields.setdefault("asset_ids", asked.fields.get("external_ids") or [])
    return await _list(asked, None)


@router.get("/resources/by_asset_folder")
async def by_asset_folder(asked: Asked) -> Response:
    """Assets of one folder, and how many there are; without those of the folders below it."""
    folder, kind = asked.fields.get("asset_folder"), asked.fields.get("resource_type")
    if folder is None:
        raise BadRequest.missing("asset_folder")
    asked.fields["asset_folder"] = str(folder).strip("/")
    total = await asked.run(house(asked.request).library.filed, asked.fields["asset_folder"], kind)
    return await _list(asked, str(kind) if kind else None, more={"total_count": total})


@router.get("/resources/{resource_type}/context")
async def by_context(asked: Asked, resource_type: str) -> Response:
    """Assets with a key of contextual metadata, or with the key and a value; the answer tells it unasked."""
    return await _list(asked, resource_type, by_context=True)


@router.get("/resources/{resource_type}/moderations/{kind}/{status}")
async def by_moderation(asked: Asked, resource_type: str, kind: str, status: str) -> Response:
    """Assets of a moderation; the answer tells it unasked."""
    if kind not in MODERATIONS or status not in DECISIONS:
        raise BadRequest(f"Unknown moderation {kind[:100]}/{status[:100]}: expected one of {', '.join(MODERATIONS)}")
    return await _list(asked, resource_type, moderation=(kind, status))


@router.get("/resources/{resource_type}/tags/{tag:path}")
async def by_tag(asked: Asked, resource_type: str, tag: str) -> Response:
    """Assets with a tag, newest first."""
    return await _list(asked, resource_type, tag=tag)


@router.get("/resources/{resource_type}/{type}/{public_id:path}")
async def details(asked: Asked, resource_type: str, type: str, public_id: str) -> Response:
    return await _details(asked, await asked.run(house(asked.request).library.get, resource_type, type, public_id))


@router.get("/resources/{resource_type}/{type}")
async def by_type(asked: Asked, resource_type: str, type: str) -> Response:
    return await _list(asked, resource_type, type=type)


@router.get("/resources/{resource_type}")
async def by_resource_type(asked: Asked, resource_type: str) -> Response:
    """Assets of a type; where the segment is no type it is an asset ID, whose details are told."""
    if resource_type in TYPES:
        return await _list(asked, resource_type)
    return await _details(asked, await asked.run(house(asked.request).library.get_by_asset_id, resource_type))


@router.post("/resources/{resource_type}/{type}/{public_id:path}")
async def update(asked: Asked, resource_type: str, type: str, public_id: str) -> Response:
    """Change an asset; with `detection` look at the stored picture again, with `auto_tagging` add tags by that."""
    library = house(asked.request).library
    asset = await asked.run(library.get, resource_type, type, public_id)
    changed = await house(asked.request).threads.compute(library.update, asked.caller, asset, asked.fields)
    return asked.answer(answers.detailed(asked.caller, changed, asked.links))


@router.put("/resources/{asset_id}")
async def update_by_asset_id(asked: Asked, asset_id: str) -> Response:
    library = house(asked.request).library
    asset = await asked.run(library.get_by_asset_id, asset_id)
    changed = await house(asked.request).threads.compute(library.update, asked.caller, asset, asked.fields)
    return asked.answer(answers.detailed(asked.caller, changed, asked.links))


@router.delete("/resources")
async def delete_by_asset_ids(asked: Asked) -> Response:
    return await _delete(asked, None, None)


@router.delete("/resources/{resource_type}/tags/{tag:path}")
async def delete_by_tag(asked: Asked, resource_type: str, tag: str) -> Response:
    return await _delete(asked, resource_type, None, tag)


@router.delete("/resources/{resource_type}/{type}")
async def delete(asked: Asked, resource_type: str, type: str) -> Response:
    return await _delete(asked, resource_type, type)


@router.get("/tags/{resource_type}")
async def tags(asked: Asked, resource_type: str) -> Response:
    """Tags in use, alphabetical."""
    names, cursor = await asked.run(house(asked.request).library.tag_names, resource_type, TagListParams.read(asked.fields))
    return asked.answer({"tags": names}, cursor)


async def _details(asked: Ask, asset: Asset) -> Response:
    """Everything about one asset, and what the flags of the call ask about its picture."""
    here, params = house(asked.request), DetailsParams.read(asked.fields)
    facts = await here.threads.compute(here.describing.of_asset, asset, params.facts) if params.facts else {}
    boxes = attributes.coordinates(asset) if params.coordinates else {}
    return asked.answer(answers.detailed(asked.caller, asset, asked.links) | boxes | facts)


async def _list(
    asked: Ask, resource_type: str | None, type: str | None = None, more: dict[str, int] | None = None, **chosen: Any
) -> Response:
    if (resource_type or TYPES[0]) not in TYPES or (type or DELIVERY_TYPES[0]) not in (*DELIVERY_TYPES, *FOREIGN_TYPES):
        raise NotFound(f"Unknown route {asked.request.method} {asked.request.url.path[:200]}")
    told = {"context": "true"} if "by_context" in chosen else {"moderations": "true"} if "moderation" in chosen else {}
    params = ListParams.read(asked.fields | ({"type": type} if type else {}) | told)
    found, cursor = await asked.run(partial(house(asked.request).library.list, **chosen), params, resource_type)
    items = [answers.listed(asked.caller, asset, asked.links, params) for asset in found]
    return asked.answer({"resources": items} | (more or {}), cursor)


async def _delete(asked: Ask, resource_type: str | None, type: str | None, tag: str | None = None) -> Response:
    params = DeleteParams.read(asked.fields)
    done = await asked.run(house(asked.request).library.delete, params, resource_type, type, tag)
    body = {
        "deleted": {id: "deleted" if there else "not_found" for id, there in done.found.items()},
        "deleted_counts": {
            id: {"original": int(there and not params.keep_original), "derived": 0} for id, there in done.found.items()
        },
        "partial": done.next_cursor is not None,
    }
    return asked.answer(body, done.next_cursor)
