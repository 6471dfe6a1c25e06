"""Parameters that ask for a service the original sells as an add-on and this server does not have.

A value the API knows answers as an add-on without a subscription; an unknown one is refused in the documented words. Never ignored.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from app.errors import BadRequest, Unsubscribed, humanised


@dataclass(frozen=True, slots=True)
class Addon:
    """One parameter: value -> the add-on's name, and how an upload words an unknown value."""

    names: Mapping[str, str]
    wrong: str
    separator: str = ","
    served: Collection[str] = ()  # values this server does itself


ADDONS = {
    "categorization": Addon(
        {
            "google_tagging": "Google Auto Tagging",
            "google_video_tagging": "Google Automatic Video Tagging",
            "imagga_tagging": "Imagga Auto Tagging",
            "aws_rek_tagging": "Amazon Rekognition Auto Tagging",
        },
        "Categorization {} is not valid",
    ),
    "ocr": Addon({"adv_ocr": "OCR Text Detection and Extraction"}, "Ocr {} is not valid"),
    "raw_convert": Addon(
        {
            "aspose": "Aspose Document Conversion",
            "google_speech": "Google AI Video Transcription",
            "extract_text": "Extract Text",
            "azure_video_indexer": "Microsoft Azure Video Indexer",
        },
        "Raw convert is invalid",
    ),
    "background_removal": Addon(
        {
            "cloudinary_ai": "Cloudinary AI Background Removal",
            "pixelz": "Pixelz Remove the Background",
            "remove_the_background": "Remove the Background",
        },
        "Background removal is invalid",
    ),
    "moderation": Addon(
        {
            "aws_rek": "Amazon Rekognition AI Moderation",
            "aws_rek_video": "Amazon Rekognition Video Moderation",
            "duplicate": "Cloudinary Duplicate Image Detection",
            "google_video_moderation": "Google AI Video Moderation",
            "metascan": "MetaDefender Anti-Malware Protection",
            "perception_point": "Perception Point Malware Detection",
            "webpurify": "WebPurify Image Moderation",
        },
        "Moderation {} moderation is not valid",
        "|",
        ("manual",),
    ),
}
SWITCHES = ("similarity_search", "visual_search", "auto_transcription", "auto_chaptering", "auto_video_details")


def refuse_addons(raw: Mapping[str, object], *, on_update: bool = False) -> None:
    """Raise Unsubscribed for an add-on, BadRequest for a value that is none. A value may carry options behind a colon."""
    for parameter, addon in ADDONS.items():
        text = str(raw.get(parameter) or "")
        for value in filter(None, (item.strip() for item in text.split(addon.separator))):
            if value in addon.served:
                continue
            name = addon.names.get(value.partition(":")[0])
            if name is None and on_update:
                raise BadRequest(f"Illegal value '{value[:100]}' for parameter {parameter}")
            if name is None:
                raise BadRequest(addon.wrong.format(value[:100]))
            raise Unsubscribed(name)
    for parameter in SWITCHES:
        if str(raw.get(parameter) or "").lower() not in ("", "0", "false"):
            raise Unsubscribed(humanised(parameter))
