"""Video and sound files: what their container tells. Nothing is decoded and nothing is transcoded."""

import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from app.errors import InvalidPicture

READER = Path(__file__).with_name("container_reader.py")
SECONDS = 30.0
MOST_BYTES = 1 << 20  # of what the reader says
HEAD = 400

# Our name of a format -> the media type it is served with.
FORMATS = {
    "3gp": "video/3gpp",
    "aac": "audio/aac",
    "aiff": "audio/aiff",
    "amr": "audio/amr",
    "avi": "video/x-msvideo",
    "flac": "audio/flac",
    "flv": "video/x-flv",
    "m4a": "audio/mp4",
    "mkv": "video/x-matroska",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "mpg": "video/mpeg",
    "ogg": "audio/ogg",
    "ogv": "video/ogg",
    "ts": "video/mp2t",
    "wav": "audio/wav",
    "webm": "video/webm",
    "wma": "audio/x-ms-wma",
    "wmv": "video/x-ms-wmv",
}
# MediaInfo's name of a container -> ours with pictures in it, and with sound alone.
CONTAINERS = {
    "MPEG-4": ("mp4", "m4a"),
    "QuickTime": ("mov", "m4a"),
    "WebM": ("webm", "webm"),
    "Matroska": ("mkv", "mkv"),
    "AVI": ("avi", "avi"),
    "Wave": ("wav", "wav"),
    "Wave64": ("wav", "wav"),
    "MPEG Audio": ("mp3", "mp3"),
    "ADTS": ("aac", "aac"),
    "AMR": ("amr", "amr"),
    "AIFF": ("aiff", "aiff"),
    "FLAC": ("flac", "flac"),
    "Ogg": ("ogv", "ogg"),
    "Flash Video": ("flv", "flv"),
    "MPEG-PS": ("mpg", "mpg"),
    "MPEG-TS": ("ts", "ts"),
    "Windows Media": ("wmv", "wma"),
}
STARTS = re.compile(
    rb"....(ftyp|moov|mdat|free|skip|wide)|\x1aE\xdf\xa3|RIFF....(WAVE|AVI )|FORM....AIF[FC]|OggS|fLaC|ID3|FLV\x01|#!AMR"
    rb"|\xff[\xfb\xfa\xf3\xf2\xf1\xf9]|\0\0\x01[\xba\xb3]|0&\xb2\x75\x8e\x66\xcf\x11|G.{187}G.{187}G",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Media:
    """A video or a sound: the size is upright, and none without pictures. `facts` are told under their documented names."""

    format: str
    width: int | None
    height: int | None
    duration: float | None
    facts: Mapping[str, Any]


def is_media(path: Path) -> bool:
    """Whether the file begins like one of the formats that are read at all; manifests that point elsewhere are none of them."""
    with path.open("rb") as file:
        return STARTS.match(file.read(HEAD)) is not None


def read(path: Path) -> Media:
    """What the container tells. Raises InvalidPicture for anything that is no video and no sound."""
    if not is_media(path):
        raise InvalidPicture("Unsupported video format or file")
    command = [sys.executable, "-P", str(READER), str(path)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=True, stdin=subprocess.DEVNULL)
        tracks = orjson.loads(done.stdout[:MOST_BYTES])
    except (subprocess.SubprocessError, orjson.JSONDecodeError) as error:
        raise InvalidPicture("Unsupported video format or file") from error
    return told(tracks)


def told(tracks: list[dict[str, Any]]) -> Media:
    """MediaInfo's tracks in the API's words."""
    general, video, audio = (_first(tracks, kind) for kind in ("General", "Video", "Audio"))
    known = video.get("width") or audio.get("sampling_rate")  # a cut-off header has neither
    if general.get("format") not in CONTAINERS or not known:
        raise InvalidPicture("Unsupported video format or file")
    format = CONTAINERS[general["format"]][0 if video else 1]
    if format == "mp4":
        format = "mov" if general.get("codec_id", "").startswith("qt") else _mobile(general)
    width, height, turn = _whole(video.get("width")), _whole(video.get("height")), _whole(video.get("rotation")) or 0
    if turn % 180:
        width, height = height, width
    length = _number(general.get("duration")) or _number((video or audio).get("duration"))
    facts = {
        "bit_rate": _whole(general.get("overall_bit_rate")),
        "frame_rate": _number(video.get("frame_rate")),
        "nb_frames": _whole(video.get("frame_count")),
        "rotation": turn % 360 if video else None,
        "is_audio": not video,
        "audio": _given(
            codec=_codec(audio),
            bit_rate=_text(_whole(audio.get("bit_rate"))),
            frequency=_whole(audio.get("sampling_rate")),
            channels=_whole(audio.get("channel_s")),
            channel_layout={1: "mono", 2: "stereo"}.get(_whole(audio.get("channel_s")) or 0),
        ),
        "video": _given(
            codec=_codec(video),
            bit_rate=_text(_whole(video.get("bit_rate"))),
            profile=video.get("format_profile"),
            dar=_first_of(video.get("other_display_aspect_ratio")),
        ),
    }
    return Media(format, width, height, length / 1000 if length else None, _given(**facts))


def _mobile(general: Mapping[str, Any]) -> str:
    return "3gp" if str(general.get("codec_id", "")).startswith("3g") else "mp4"


def _first(tracks: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    return next((track for track in tracks if track.get("track_type") == kind), {})


def _codec(track: Mapping[str, Any]) -> str | None:
    """The usual short name where there is one: AVC is h264."""
    name = str(track.get("format") or "").lower()
    if name == "mpeg audio":
        return "mp3" if "3" in str(track.get("format_profile")) else "mp2"
    return {"avc": "h264", "mpeg video": "mpeg2video", "mpeg-4 visual": "mpeg4", "pcm": "pcm"}.get(name, name) or None


def _number(value: object) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if 0 <= number < 1e15 else None


def _whole(value: object) -> int | None:
    number = _number(value)
    return None if number is None else round(number)


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)


def _first_of(values: object) -> str | None:
    return str(values[0])[:16] if isinstance(values, list) and values else None


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None and value != {}}
