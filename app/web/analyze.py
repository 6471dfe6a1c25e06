"""The Analyze API: a picture by URI or asset ID in, what one detector sees out; nothing is stored. Both path shapes."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from app.params.analysis import AnalyzeParams, ClassicParams
from app.web.admin import Ask, Asked
from app.web.plumbing import house

router = APIRouter(prefix="/v2", tags=["analyze"])


def body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


@router.post("/{cloud}/analysis/analyze/uri", openapi_extra=body(ClassicParams.model_json_schema()))
async def analyze_uri(asked: Asked) -> Response:
    """The classic SDKs' `analyze`: `uri` and `analysis_type`."""
    name, source = ClassicParams.checked(asked.fields)
    return asked.answer(await _analysed(asked, name, source))


@router.post("/analysis/{cloud}/analyze/{model}", openapi_extra=body(AnalyzeParams.model_json_schema()))
async def analyze(asked: Asked, model: str) -> Response:
    """One call a model: `lvis`, `coco`, `cld_fashion`, or a detector of your own."""
    source = AnalyzeParams.checked(asked.fields)
    return asked.answer(await _analysed(asked, model, source) | {"limits": None})


async def _analysed(asked: Ask, name: str, source: dict[str, str]) -> dict[str, Any]:
    here = house(asked.request)
    detector = here.analyzer.detector(name)
    subject = await here.threads.wait(here.analyzer.fetch, asked.caller, source, asked.links.base)
    try:
        analysis = await here.threads.compute(here.analyzer.analyze, detector, subject)
    finally:
        subject.drop()
    return {"data": {"entity": subject.entity, "analysis": analysis}, "request_id": asked.request.state.request_id}
