"""What the original serves and this server does not, each refused with its reason."""

from fastapi import APIRouter
from starlette.responses import Response

from app.errors import BadRequest, NotFound
from app.web.admin import Asked

router = APIRouter(prefix="/v1_1", include_in_schema=False)


@router.api_route("/provisioning/{rest:path}", methods=["GET", "POST", "PUT", "DELETE"])
async def provisioning(rest: str) -> Response:
    """Its callers have the key of an account, which is none of a cloud."""
    raise NotFound("The Provisioning API is not served here: clouds and keys are made by whoever runs this server (CLOUDINARY_URL)")


@router.api_route("/{cloud}/streaming_profiles", methods=["GET", "POST"])
@router.api_route("/{cloud}/streaming_profiles/{name}", methods=["GET", "PUT", "DELETE"])
async def streaming_profiles(asked: Asked) -> Response:
    raise BadRequest("Streaming profiles are not supported by this server: it transcodes no videos")
