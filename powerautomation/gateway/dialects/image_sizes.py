"""How large an image is, read from the first bytes of its file. Nothing is decoded, and work is bounded.

Formats: PNG (w3.org/TR/png), GIF89a (w3.org/Graphics/GIF), JPEG (ITU T.81), WebP (RFC 9649).
"""

import binascii
from typing import NamedTuple

# A JPEG's size may stand behind photographs of itself and colour profiles, up to 64 KB each.
MOST_BASE64_CHARACTERS = 512 * 1024
MOST_SEGMENTS = 512
_HEADER_CHARACTERS = 64
_PNG = b"\x89PNG\r\n\x1a\n"
_URL_SAFE = str.maketrans("-_", "+/")


class ImageSize(NamedTuple):
    """Width and height in pixels, both at least one."""

    width: int
    height: int


def image_size(base64_data: str) -> ImageSize | None:
    """Return the size of a base64 PNG, JPEG, GIF or WebP; None for what is none of them, broken or too roundabout."""
    head = _decoded(base64_data[:_HEADER_CHARACTERS])
    if head.startswith(b"\xff\xd8"):
        head = _decoded(base64_data[:MOST_BASE64_CHARACTERS])
    return size_of_header(head)


def size_of_header(head: bytes) -> ImageSize | None:
    """Return the size that the first bytes of an image's file tell, None when they do not."""
    if head.startswith(b"\xff\xd8"):
        width, height = _jpeg(head)
    elif head.startswith(_PNG) and head[12:16] == b"IHDR" and len(head) >= 24:
        width, height = int.from_bytes(head[16:20]), int.from_bytes(head[20:24])
    elif head[:6] in (b"GIF87a", b"GIF89a") and len(head) >= 10:
        width, height = int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little")
    elif head[:4] == b"RIFF" and head[8:12] == b"WEBP" and len(head) >= 30:
        width, height = _webp(head)
    else:
        return None
    return ImageSize(width, height) if width > 0 and height > 0 else None


def _decoded(data: str) -> bytes:
    whole = data.translate(_URL_SAFE) if "-" in data or "_" in data else data
    try:
        return binascii.a2b_base64(whole[: len(whole) // 4 * 4])
    except (ValueError, UnicodeEncodeError):
        return b""


def _webp(head: bytes) -> tuple[int, int]:
    kind = head[12:16]
    if kind == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    if kind == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
        return int.from_bytes(head[26:28], "little") & 0x3FFF, int.from_bytes(head[28:30], "little") & 0x3FFF
    if kind == b"VP8L" and head[20] == 0x2F:
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return 0, 0


def _jpeg(head: bytes) -> tuple[int, int]:
    at = 2
    for _ in range(MOST_SEGMENTS):
        if head[at : at + 2] == b"\xff\xff":  # a fill byte before a marker
            at += 1
            continue
        if len(head) < at + 9 or head[at] != 0xFF:
            break
        marker = head[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(head[at + 7 : at + 9]), int.from_bytes(head[at + 5 : at + 7])
        if marker in (0xD9, 0xDA):  # the image itself begins, and its size was not told
            break
        length = 0 if marker == 0x01 or 0xD0 <= marker <= 0xD8 else int.from_bytes(head[at + 2 : at + 4])
        if length == 1:
            break
        at += 2 + length
    return 0, 0
