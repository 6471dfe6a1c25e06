"""Metadata: what cameras and editors write is told as texts; broken and hostile blocks say nothing and cost nothing."""

import random
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin
from PIL.TiffImagePlugin import IFDRational

from app.imaging import metadata, xmp
from tests.unit.imaging.files import encoded, photo, seeds

Read = Callable[[bytes], tuple[dict[str, str], dict[str, str]]]
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
PACKET = f"""<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmp:CreatorTool="Darkroom &amp; more"><dc:subject><rdf:Bag><rdf:li>cat</rdf:li><rdf:li>tabby</rdf:li></rdf:Bag></dc:subject>
<xmp:History><rdf:Seq><rdf:li xmp:action="saved"/></rdf:Seq></xmp:History></rdf:Description></rdf:RDF></x:xmpmeta>"""


@pytest.fixture
def reading(tmp_path: Path) -> Read:
    def of(data: bytes) -> tuple[dict[str, str], dict[str, str]]:
        path = tmp_path / "file"
        path.write_bytes(data)
        return metadata.read(path)

    return of


def camera() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "ACME", 6
    shot = exif.get_ifd(0x8769)
    shot[0x9003], shot[0x829A], shot[0x829D] = "2020:01:02 03:04:05", IFDRational(1, 500), IFDRational(28, 10)
    shot[0x9286], shot[0x927C] = b"ASCII\0\0\0hello", b"\x01\x02maker note"
    place = exif.get_ifd(0x8825)
    place[1], place[2] = "N", (IFDRational(59), IFDRational(21), IFDRational(45, 10))
    place[3], place[4] = "W", (IFDRational(18), IFDRational(4), IFDRational(0))
    return exif


@pytest.mark.parametrize("format", ["jpg", "png", "webp", "avif"])
def test_exif_is_told_as_texts_and_apart_from_the_rest(reading: Read, format: str) -> None:
    everything, exif = reading(encoded(photo(), format, exif=camera()))
    assert exif["Make"] == "ACME"
    assert exif["DateTimeOriginal"] == "2020:01:02 03:04:05"
    assert (exif["ExposureTime"], exif["FNumber"], exif["UserComment"]) == ("1/500", "2.8", "hello")
    assert exif["GPSLatitude"] == "59 deg 21' 4.50\" N"
    assert exif["GPSPosition"] == "59.351250, -18.066667"
    assert "MakerNote" not in exif
    assert everything.items() >= exif.items()
    assert (everything["ImageWidth"], everything["Colorspace"]) == ("64", "RGB")
    assert all(isinstance(value, str) for value in everything.values())


def test_the_header_of_a_jpeg_is_told(reading: Read) -> None:
    everything, exif = reading(encoded(photo(), "jpg", dpi=(72, 72), comment=b"a comment", progressive=True))
    assert exif == {}
    assert everything["JFIFVersion"] == "1.01"
    assert (everything["DPI"], everything["Comment"], everything["EncodingProcess"]) == ("72", "a comment", "Progressive DCT")


def test_texts_of_a_png_are_told(reading: Read) -> None:
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text("Creation Time", "today")
    chunks.add_itxt("XML:com.adobe.xmp", PACKET)
    everything, _ = reading(encoded(photo(), "png", pnginfo=chunks))
    assert (everything["CreationTime"], everything["CreatorTool"]) == ("today", "Darkroom & more")
    assert not any(name.startswith("XML") for name in everything)


def test_iptc_is_told(reading: Read) -> None:
    fields = [(25, b"cat"), (25, b"tabby"), (120, b"A cat")]
    iptc = b"".join(struct.pack(">BBBH", 0x1C, 2, field, len(text)) + text for field, text in fields)
    block = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(iptc)) + iptc + b"\0" * (len(iptc) % 2)
    data = encoded(photo(), "jpg")
    segment = b"\xff\xed" + struct.pack(">H", len(block) + 2) + block
    everything, _ = reading(data[:2] + segment + data[2:])
    assert (everything["Keywords"], everything["Caption-Abstract"]) == ("cat, tabby", "A cat")


def test_xmp_is_flat_and_lists_are_joined(reading: Read) -> None:
    everything, _ = reading(encoded(photo(), "jpg", xmp=PACKET.encode()))
    assert (everything["CreatorTool"], everything["Subject"]) == ("Darkroom & more", "cat, tabby")
    assert everything["HistoryAction"] == "saved"


@pytest.mark.parametrize(
    "packet",
    [
        f'<!DOCTYPE a [<!ENTITY e "{"x" * 1000}">]>' + PACKET,
        '<!DOCTYPE a SYSTEM "http://127.0.0.1/">' + PACKET,
        "<a>" * 10_000,
        "<a " + " ".join(f'x{n}="1"' for n in range(50_000)) + "/>",
        "\x00\x01 not XML",
    ],
    ids=["entity", "fetch", "deep", "wide", "noise"],
)
def test_a_hostile_packet_says_nothing(packet: str) -> None:
    assert xmp.read(packet.encode()) == {}


def test_what_was_read_before_a_fault_stands() -> None:
    assert xmp.read(PACKET.encode()[:-40])["Subject"] == "cat, tabby"


def test_the_map_is_bounded(reading: Read) -> None:
    names = "".join(f"<dc:n{number}>{'v' * 5000}</dc:n{number}>" for number in range(40))
    frame = f'<r:RDF xmlns:r="{RDF}" xmlns:dc="urn:d"><r:Description>{names}</r:Description></r:RDF>'
    everything, _ = reading(encoded(photo(), "webp", xmp=frame.encode()))
    assert 40 <= len(everything) <= metadata.MOST_ENTRIES
    assert max(map(len, everything.values())) == metadata.LONGEST_VALUE


def test_broken_files_never_raise(reading: Read) -> None:
    chance = random.Random(3)
    rich = {format: encoded(photo(), format, exif=camera()) for format in ("jpg", "png", "webp", "tiff", "avif")}
    for data in [*seeds().values(), *rich.values()]:
        for _ in range(15):
            broken = bytearray(data)
            for _ in range(chance.randint(1, 12)):
                broken[chance.randrange(len(broken))] = chance.randrange(256)
            everything, exif = reading(bytes(broken[: chance.randint(0, len(broken))]))
            assert all(isinstance(value, str) and value.isprintable() for value in (everything | exif).values())
