"""Visual search over HTTP: pictures that look like one, or that words fit."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.params.admin import ListParams
from app.params.visual import VisualParams
from app.web import answers
from app.web.admin import Ask
from app.web.forms import receive
from app.web.plumbing import access, house, limit, proof

router = APIRouter(prefix="/v1_1/{cloud}/resources/visual_search", tags=["search"])


@router.get("")
@router.get("/image")
@router.post("")
async def visual_search(request: Request, cloud: str) -> Response:
    """Exactly one of `image_url`, `image_asset_id`, `text` and, by POST, `image_file`."""
    here = house(request)
    request.state.headers = limit(request).count(proof(request).counted)
    limit(request).check(request.state.headers)
    form = await receive(request, here.intake, here.settings)
    try:
        caller = await here.threads.read(access(request).admin, cloud, proof(request))
        params = VisualParams.read(form.fields)
        file = form.file.path if form.file and not form.file.text else None
        found, total = await here.threads.compute(here.visual.search, caller, params, file)
    finally:
        form.drop()
    asked, plain = Ask(request, caller, form.fields), ListParams.read({"tags": True, "context": True})
    items = [answers.listed(caller, asset, asked.links, plain) for asset in found]
    return asked.answer({"resources": items, "total_count": total})
