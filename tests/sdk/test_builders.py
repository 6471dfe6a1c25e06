"""What the official SDK builds out of stored assets: archives and downloads by signed URL, against a live server."""

import io
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import cloudinary
import cloudinary.api
import cloudinary.exceptions
import cloudinary.uploader
import cloudinary.utils
import httpx
import pytest

from tests.live import Live

PICTURES = Path(__file__).parent.parent / "pictures"
CHELSEA = PICTURES / "chelsea.jpg"


@pytest.fixture(autouse=True)
def _pointed(live: Live) -> Iterator[None]:
    cloudinary.reset_config()
    cloudinary.config(cloud_name="demo", api_key="key", api_secret="secret", upload_prefix=live.address)
    yield
    cloudinary.reset_config()


def unzipped(url: str) -> dict[str, bytes]:
    answer = httpx.get(url)
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_create_zip_and_download_it() -> None:
    for name in ("zip/1", "zip/zwei ü"):
        cloudinary.uploader.upload(str(CHELSEA), public_id=name, tags=["zipped"])
    result = cloudinary.uploader.create_zip(tags=["zipped"], target_public_id="zip/out", target_tags=["made", "here"])
    assert (result["public_id"], result["resource_count"], result["file_count"]) == ("zip/out.zip", 2, 2)
    expected = {"zip/1.jpg": CHELSEA.read_bytes(), "zip/zwei ü.jpg": CHELSEA.read_bytes()}
    assert unzipped(result["url"]) == expected
    assert cloudinary.api.resource("zip/out.zip", resource_type="raw")["tags"] == ["here", "made"]
    assert unzipped(cloudinary.utils.download_zip_url(tags=["zipped"])) == expected
    assert unzipped(cloudinary.utils.download_folder("zip/", resource_type="image")) == expected
    again = cloudinary.uploader.create_archive(public_ids=["zip/1", "nobody"], allow_missing=True, target_format="tgz")
    assert (again["file_count"], again["missing_public_ids"]) == (1, ["nobody"])
    with pytest.raises(cloudinary.exceptions.NotFound, match="nobody"):
        cloudinary.uploader.create_archive(public_ids=["zip/1", "nobody"])
    with pytest.raises(cloudinary.exceptions.BadRequest, match="public_ids"):
        cloudinary.uploader.create_archive()


def test_private_files_by_url() -> None:
    result = cloudinary.uploader.upload(str(CHELSEA), public_id="hidden", type="private")
    soon = int(time.time()) + 60
    for url in (
        cloudinary.utils.private_download_url("hidden", "jpg", type="private", attachment=True, expires_at=soon),
        cloudinary.utils.download_backedup_asset(result["asset_id"], result["version_id"]),
    ):
        assert httpx.get(url).content == CHELSEA.read_bytes()
    assert (
        httpx.get(cloudinary.utils.private_download_url("hidden", "jpg", type="private", expires_at=soon - 90)).status_code == 400
    )
