"""Speaks to the API as the official SDK would; signatures come from the SDK's own code."""

import time
from pathlib import Path
from typing import Any

import cloudinary.utils
import httpx2 as httpx
from starlette.testclient import TestClient

PICTURES = Path(__file__).parent.parent / "pictures"
BASIC = ("key", "secret")


def signed(
    parameters: dict[str, Any], secret: str = "secret", algorithm: str = "sha1", version: int = 2, **more: Any
) -> dict[str, Any]:
    """The parameters with timestamp, signature and key, as an SDK sends them."""
    full = {"timestamp": str(int(time.time()))} | parameters
    signature = cloudinary.utils.api_sign_request(dict(full), secret, algorithm, version)
    return full | {"signature": signature, "api_key": "key"} | more


class Caller:
    """Requests to one cloud. `upload` signs, `admin` uses Basic credentials."""

    def __init__(self, client: TestClient, cloud: str = "demo") -> None:
        self.client = client
        self.cloud = cloud

    def post(self, path: str, **request: Any) -> httpx.Response:
        return self.client.post(f"/v1_1/{self.cloud}/{path}", **request)

    def upload(self, picture: str | bytes = "chelsea.jpg", path: str = "image/upload", **parameters: Any) -> httpx.Response:
        """A signed multipart upload of one of the test pictures, or of bytes."""
        content = (PICTURES / picture).read_bytes() if isinstance(picture, str) else picture
        name = picture if isinstance(picture, str) else "file.jpg"
        return self.post(path, data=signed(parameters), files={"file": (name, content)})

    def stored(self, picture: str | bytes = "chelsea.jpg", **parameters: Any) -> dict[str, Any]:
        """The same, and it must succeed."""
        answer = self.upload(picture, **parameters)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def admin(self, method: str, path: str, **request: Any) -> httpx.Response:
        return self.client.request(method, f"/v1_1/{self.cloud}/{path}", auth=BASIC, **request)

    def get(self, path: str, **parameters: Any) -> dict[str, Any]:
        """An Admin GET that must succeed."""
        answer = self.admin("GET", path, params=parameters)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body


def message(answer: httpx.Response) -> str:
    """The sentence of an error answer, which must be in the body and in X-Cld-Error alike."""
    text = str(answer.json()["error"]["message"])
    assert answer.headers["x-cld-error"] == text.encode("ascii", "backslashreplace").decode()
    return text
