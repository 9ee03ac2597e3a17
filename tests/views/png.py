"""What a PNG holds besides its picture."""

from __future__ import annotations

import struct


def size(png: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def chunks(png: bytes) -> list[str]:
    """List the kinds of a PNG's chunks, of which some hold texts and times."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    place, kinds = 8, []
    while place < len(png):
        length, kind = struct.unpack(">I4s", png[place : place + 8])
        kinds.append(kind.decode("ascii"))
        place += 12 + length
    return kinds
