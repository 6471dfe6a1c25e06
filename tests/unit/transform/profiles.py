"""Colour profiles made by hand, so that the right colours are known by arithmetic: Display P3, and inks as nobody has them.

Source: ICC.1:2010, header and tag types; SMPTE EG 432-1 for the primaries of P3, adapted to D50.
"""

import struct

import numpy as np
import numpy.typing as npt

P3 = np.array([[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]])  # to XYZ
SRGB = np.array([[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]])
D50 = (0.9642, 1.0, 0.8249)
GAMMA = 2.2
INK = (62, -15, -25)  # L*, a*, b* of every mixture of inks in `inks` without black
PAPER, BLACK = (100, 0, 0), (0, 0, 0)


def p3() -> bytes:
    """Display P3 with a plain gamma."""
    curve = b"curv" + struct.pack(">IIH", 0, 1, round(GAMMA * 256)) + b"\0\0"
    tags = {b"wtpt": _xyz(D50), b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    tags |= {name: _xyz(tuple(P3[:, place])) for place, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))}
    return _profile(b"mntr", b"RGB ", b"XYZ ", "P3 by hand", tags)


def in_srgb(colour: tuple[int, int, int]) -> tuple[int, ...]:
    """What a colour of `p3` is in sRGB."""
    return _encoded(P3 @ (np.array(colour) / 255) ** GAMMA)


def ink_in_srgb() -> tuple[int, ...]:
    """What INK is in sRGB, by CIE's own formula."""
    high = (INK[0] + 16) / 116
    return _encoded(np.array(D50) * np.array([high + INK[1] / 500, high, high - INK[2] / 200]) ** 3)


def _encoded(xyz: npt.NDArray[np.float64]) -> tuple[int, ...]:
    linear = np.clip(np.linalg.inv(SRGB) @ xyz, 0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return tuple(round(value * 255) for value in encoded)


def inks() -> bytes:
    """CMYK in which paper is white, black is black, and every other full ink is one certain blue, whatever is mixed."""
    corners = b"".join(_lab(BLACK if place % 2 else INK if place else PAPER) for place in range(16))
    straight = bytes(range(256))
    matrix = struct.pack(">9i", *(65536 if place % 4 == 0 else 0 for place in range(9)))
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + matrix + straight * 4 + corners + straight * 3
    return _profile(b"prtr", b"CMYK", b"Lab ", "Inks by hand", {b"wtpt": _xyz(D50), b"A2B0": table})


def _lab(colour: tuple[int, int, int]) -> bytes:
    return bytes([round(colour[0] * 2.55), colour[1] + 128, colour[2] + 128])


def _xyz(values: tuple[float, ...]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))


def _profile(kind: bytes, space: bytes, reached: bytes, name: str, tags: dict[bytes, bytes]) -> bytes:
    text = name.encode() + b"\0"
    tags = {b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + b"\0" * 78, b"cprt": b"text\0\0\0\0free\0", **tags}
    place, table, body = 128 + 4 + 12 * len(tags), b"", b""
    for tag, data in tags.items():
        data += b"\0" * (-len(data) % 4)
        table += tag + struct.pack(">II", place + len(body), len(data))
        body += data
    size = place + len(body)
    head = struct.pack(">I4sI4s4s4s", size, b"\0\0\0\0", 0x02400000, kind, space, reached) + b"\0" * 12 + b"acsp"
    head += b"\0" * 28 + struct.pack(">3i", *(round(value * 65536) for value in D50))
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body
