"""Video and sound files: what their containers tell, and that nothing else passes for one."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidPicture
from app.imaging import containers
from tests.media import box, full, mp4, wav, webm

WRITTEN = {"wav": wav(), "mp4": mp4(), "webm": webm()}


def file(folder: Path, content: bytes) -> Path:
    path = folder / "file"
    path.write_bytes(content)
    return path


def test_a_sound(tmp_path: Path) -> None:
    media = containers.read(file(tmp_path, wav(seconds=1.5, rate=8000, channels=2)))
    assert (media.format, media.width, media.height, media.duration) == ("wav", None, None, 1.5)
    assert media.facts["is_audio"] is True
    assert media.facts["audio"] == {
        "codec": "pcm",
        "bit_rate": "256000",
        "frequency": 8000,
        "channels": 2,
        "channel_layout": "stereo",
    }
    assert "video" not in media.facts


def test_a_video(tmp_path: Path) -> None:
    media = containers.read(file(tmp_path, mp4(64, 36, frames=50)))
    assert (media.format, media.width, media.height, media.duration) == ("mp4", 64, 36, 2.0)
    assert {name: media.facts[name] for name in ("frame_rate", "nb_frames", "rotation", "is_audio")} == {
        "frame_rate": 25.0,
        "nb_frames": 50,
        "rotation": 0,
        "is_audio": False,
    }
    assert media.facts["video"]["codec"] == "h264"
    assert isinstance(media.facts["bit_rate"], int)


def test_a_turned_video_has_its_upright_size(tmp_path: Path) -> None:
    media = containers.read(file(tmp_path, mp4(64, 36, turned=True, brand=b"qt  ")))
    assert (media.format, media.width, media.height, media.facts["rotation"]) == ("mov", 36, 64, 90)


def test_a_webm(tmp_path: Path) -> None:
    media = containers.read(file(tmp_path, webm(64, 36, seconds=2.0)))
    assert (media.format, media.width, media.height, media.duration) == ("webm", 64, 36, 2.0)


PLAYLIST = b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1/x.ts\n"


NO_VIDEO = [
    b"x",
    b"text that is no video" * 50,
    "some UTF-16 text".encode("utf-16"),
    PLAYLIST,
    b"<?xml version='1.0'?><MPD/>",
    wav()[:20],
    mp4()[:60],
    b"ID3" + bytes(99),
    b"\x1aE\xdf\xa3" + bytes(500),
    b"RIFF\xff\xff\xff\xffWAVE",
    b"\0\0\0\x18ftypheic" + bytes(200),
    b"PK\3\4" + bytes(100),
]


@pytest.mark.parametrize("content", NO_VIDEO, ids=range(len(NO_VIDEO)))
def test_what_is_no_video_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InvalidPicture, match="Unsupported video format or file"):
        containers.read(file(tmp_path, content))


def test_a_movie_that_points_at_another_file_does_not_open_it(tmp_path: Path) -> None:
    """A QuickTime reference movie names `secret.wav` beside it; what it holds must not be told."""
    (tmp_path / "secret.wav").write_bytes(wav(seconds=7))
    name = b"secret.wav\0"
    reference = box(b"rmda", full(b"rdrf", b"url ", len(name).to_bytes(4, "big"), name))
    pointing = box(b"ftyp", b"qt  ", bytes(4), b"qt  ") + box(b"moov", box(b"rmra", reference))
    with pytest.raises(InvalidPicture):
        containers.read(file(tmp_path, pointing))


@given(st.sampled_from(sorted(WRITTEN)), st.lists(st.tuples(st.integers(0, 600), st.integers(1, 255)), min_size=1, max_size=6))
def test_broken_tracks_never_raise_anything_else(name: str, changes: list[tuple[int, int]]) -> None:
    tracks: list[dict[str, object]] = [
        {"track_type": "General", "format": "MPEG-4", "duration": changes[0][0], "codec_id": name},
        {
            "track_type": "Video",
            "width": str(changes[0][1]),
            "height": None,
            "rotation": "90.000",
            "frame_count": name,
            "frame_rate": "nan",
        },
    ]
    media = containers.told(tracks)
    assert media.height == changes[0][1]
    assert "nb_frames" not in media.facts
    assert "frame_rate" not in media.facts
