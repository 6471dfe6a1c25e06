"""Video and sound: stored, told of and delivered as they are; nothing is transcoded."""

import pytest

from tests.api.caller import Caller, message, signed
from tests.media import mp4, wav, webm


def test_a_video_is_told_by_its_container(api: Caller) -> None:
    body = api.stored(mp4(64, 36), path="video/upload", public_id="clip")
    assert (body["resource_type"], body["format"], body["width"], body["height"]) == ("video", "mp4", 64, 36)
    assert (body["duration"], body["frame_rate"], body["nb_frames"], body["rotation"]) == (2.0, 25.0, 50, 0)
    assert body["is_audio"] is False
    assert body["url"].endswith(f"/demo/video/upload/v{body['version']}/clip.mp4")
    assert "pages" not in body
    details = api.get("resources/video/upload/clip")
    assert (details["duration"], details["video"]["codec"]) == (2.0, "h264")


def test_a_sound_is_a_video_without_a_size(api: Caller) -> None:
    body = api.stored(wav(), path="video/upload")
    assert (body["resource_type"], body["format"], body["is_audio"], body["duration"]) == ("video", "wav", True, 1.0)
    assert not {"width", "height", "video"} & body.keys()
    assert body["audio"]["frequency"] == 8000


@pytest.mark.parametrize(
    ("content", "kind"), [(mp4(), "video"), (webm(), "video"), (wav(), "video"), (b"a,b\n1,2\n", "raw"), (b"ID3", "raw")]
)
def test_auto_tells_videos_from_other_files(api: Caller, content: bytes, kind: str) -> None:
    assert api.stored(content, path="auto/upload")["resource_type"] == kind


def test_a_video_is_delivered_byte_for_byte_and_in_ranges(api: Caller) -> None:
    url = api.stored(mp4(), path="video/upload", public_id="clip")["url"]
    answer = api.client.get(url)
    assert (answer.content, answer.headers["content-type"]) == (mp4(), "video/mp4")
    part = api.client.get(url, headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"ftyp")
    for path in ("video/upload/clip.jpg", "video/upload/clip.webm", "video/upload/w_10/clip.mp4"):
        wrong = api.client.get(f"/demo/{path}")
        assert (wrong.status_code, "is not supported by this server" in message(wrong)) == (400, True)


@pytest.mark.parametrize("content", [b"no video at all", mp4()[:60], (b"GIF89a" + bytes(50))])
def test_what_is_no_video_is_refused(api: Caller, content: bytes) -> None:
    answer = api.upload(content, path="video/upload")
    assert (answer.status_code, message(answer)) == (400, "Unsupported video format or file")
    assert api.get("resources/video")["resources"] == []


def test_what_looks_into_pictures_does_not_look_into_videos(api: Caller) -> None:
    answer = api.upload(mp4(), path="video/upload", detection="coco")
    assert (answer.status_code, message(answer)) == (400, "Detection looks at images only; leave it out for video files")
    api.stored(mp4(), path="video/upload", public_id="clip")
    answer = api.admin("POST", "resources/video/upload/clip", json={"detection": "coco"})
    assert (answer.status_code, message(answer)) == (400, "Detection looks at images only; leave it out for video files")


def test_formats_can_be_restricted(api: Caller) -> None:
    assert api.upload(mp4(), path="video/upload", allowed_formats="webm").status_code == 400
    assert api.upload(webm(), path="video/upload", allowed_formats="webm,mp4").status_code == 200


def test_a_video_is_listed_tagged_renamed_and_destroyed(api: Caller) -> None:
    api.stored(mp4(), path="video/upload", public_id="a", tags="t")
    assert [item["public_id"] for item in api.get("resources/video/tags/t")["resources"]] == ["a"]
    assert api.post("video/tags", data=signed({"command": "add", "tag": "u", "public_ids": "a"})).json() == {"public_ids": ["a"]}
    assert api.get("tags/video")["tags"] == ["t", "u"]
    renamed = api.post("video/rename", data=signed({"from_public_id": "a", "to_public_id": "b"})).json()
    assert (renamed["public_id"], renamed["duration"]) == ("b", 2.0)
    changed = api.post("video/explicit", data=signed({"public_id": "b", "type": "upload", "context": "k=v"})).json()
    assert changed["context"] == {"custom": {"k": "v"}}
    assert api.post("video/destroy", data=signed({"public_id": "b"})).json() == {"result": "ok"}
    assert api.get("resources/video")["resources"] == []


def test_a_picture_over_a_video_of_the_same_name_is_another_asset(api: Caller) -> None:
    api.stored(mp4(), path="video/upload", public_id="same")
    api.stored(public_id="same")
    assert api.get("resources/video/upload/same")["format"] == "mp4"
    assert api.get("resources/image/upload/same")["format"] == "jpg"
