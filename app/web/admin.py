"""The Admin API: list, look up, update and delete what is stored, by Basic key."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from app.errors import BadRequest, UnknownRoute
from app.params.admin import ConfigParams, TagListParams, UsageParams
from app.services.accounts import Caller
from app.web import answers
from app.web.answers import Links
from app.web.forms import receive
from app.web.plumbing import access, house, limit, proof

T = TypeVar("T")
TYPES = ("image", "raw", "video")


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
    request.state.headers = limit(request).count(proof(request).counted)
    limit(request).check(request.state.headers)
    form = await receive(request, here.intake, here.settings)
    form.drop()
    caller = await here.threads.read(access(request).admin, cloud, proof(request))
    return Ask(request, caller, form.fields)


Asked = Annotated[Ask, Depends(ask)]
router = APIRouter(prefix="/v1_1/{cloud}", tags=["admin"])


@router.get("/ping")
async def ping(asked: Asked) -> Response:
    return asked.answer({"status": "ok"})


@router.get("/config")
async def config(asked: Asked) -> Response:
    params = ConfigParams.read(asked.fields)
    here = house(asked.request)
    created = await here.threads.read(here.accounts.created_at, asked.caller.cloud)
    body = {"cloud_name": asked.caller.cloud, "created_at": answers.moment(created)}
    return asked.answer(
        body | ({"settings": {"folder_mode": "fixed" if asked.caller.fixed_folders else "dynamic"}} if params.settings else {})
    )


@router.get("/usage")
async def usage(asked: Asked) -> Response:
    """What is stored now, also for a day that is past: no history is kept. Nothing is metered, so there are no limits."""
    here, today = house(asked.request), datetime.now(UTC).date()
    asked_for = UsageParams.read(asked.fields).date or today
    if asked_for > today:
        raise BadRequest.invalid("date", asked_for, "expected a day that has begun")
    count, size, rendered = await asked.run(here.library.totals)
    settings = here.settings
    nothing = {"usage": 0}
    return asked.answer(
        {
            "plan": "Self-hosted",
            "last_updated": str(today),
            "date_requested": f"{asked_for}T00:00:00Z",
            "transformations": nothing,
            "objects": {"usage": count + rendered},
            "bandwidth": nothing,
            "credits": nothing,
            "impressions": nothing,
            "seconds_delivered": nothing,
            "storage": {"usage": size},
            "requests": 0,
            "resources": count,
            "derived_resources": rendered,
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
    asked.fields["date"] = date
    return await usage(asked)


@router.get("/resources")
async def resource_types(asked: Asked) -> Response:
    return asked.answer({"resource_types": list(TYPES)})


@router.get("/tags/{resource_type}")
async def tags(asked: Asked, resource_type: str) -> Response:
    """Tags in use, alphabetical."""
    if resource_type not in TYPES:
        raise UnknownRoute.of("GET", asked.request.url.path)
    names, cursor = await asked.run(house(asked.request).library.tag_names, resource_type, TagListParams.read(asked.fields))
    return asked.answer({"tags": names}, cursor)
