"""A change of a stored asset by `explicit` or `update`: made while the caller waits, or promised to a job."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from starlette.requests import Request

from app.db.assets import Asset
from app.params.admin import UpdateParams
from app.services.accounts import Caller
from app.services.deferring import batch
from app.services.notices import Wish
from app.web import answers
from app.web.answers import Links
from app.web.plumbing import house


async def change(
    request: Request, caller: Caller, asset: Asset, fields: Mapping[str, object], event: str
) -> Asset | dict[str, Any]:
    """The changed asset, or the pending answer to an asynchronous call; `event` is what its notice is called."""
    here = house(request)
    later = bool(UpdateParams.read(fields).later)
    base = Links.of(request, here.settings.public_url).base
    wish = Wish.of(fields, request.state.request_id, base, batch() if later else None)
    if later:
        await here.threads.read(here.deferring.change_later, caller, asset, fields, event, wish)
        return answers.pending(wish, asset.type, asset.resource_type, asset.public_id)
    told = partial(here.deferring.tell, caller, event, wish)
    return await here.threads.compute(here.library.update, caller, asset, fields, told)
