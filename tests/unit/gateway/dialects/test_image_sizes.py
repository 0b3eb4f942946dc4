"""An image's size is read from its first bytes, whatever stands there."""

import base64
import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerautomation.gateway.dialects.image_sizes import (
    MOST_BASE64_CHARACTERS,
    MOST_SEGMENTS,
    ImageSize,
    image_size,
    size_of_header,
)

Make = Callable[[int, int], bytes]
EDGES = st.integers(1, 16_383)


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height) + b"\x08\x02\0\0\0"


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\xf7\0\0"


def jpeg(width: int, height: int, *, start: int = 0xC0, before: bytes = b"") -> bytes:
    jfif = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
    tables = b"\xff\xc4" + struct.pack(">H", 6) + b"huff"
    frame = bytes((0xFF, start)) + struct.pack(">HBHHB", 17, 8, height, width, 3) + b"\0" * 9
    return b"\xff\xd8" + jfif + before + tables + frame + b"\xff\xda"


def webp(kind: bytes, body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 22 + len(body)) + b"WEBP" + kind + struct.pack("<I", len(body)) + body


def webp_lossy(width: int, height: int) -> bytes:
    return webp(b"VP8 ", b"\x30\x01\0\x9d\x01\x2a" + struct.pack("<HH", width, height))


def webp_lossless(width: int, height: int) -> bytes:
    return webp(b"VP8L", b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14) + b"\0" * 5)


def webp_extended(width: int, height: int) -> bytes:
    return webp(b"VP8X", b"\x10\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little"))


def told(data: bytes) -> ImageSize | None:
    return image_size(base64.b64encode(data).decode())


@pytest.mark.parametrize("make", [png, gif, jpeg, webp_lossy, webp_lossless, webp_extended])
@given(width=EDGES, height=EDGES, rest=st.binary(max_size=200))
def test_the_size_of_every_format_is_read(make: Make, width: int, height: int, rest: bytes) -> None:
    assert told(make(width, height) + rest) == (width, height)


def test_a_progressive_jpeg_behind_a_photograph_and_profiles_is_read() -> None:
    embedded = b"\xff\xe1" + struct.pack(">H", 65_535) + b"Exif\0\0" + jpeg(160, 120).ljust(65_527, b"\0")
    fill = b"\xff\xff\xff"
    assert told(jpeg(4032, 3024, start=0xC2, before=embedded * 3 + fill)) == (4032, 3024)


def test_base64_for_addresses_is_read_too() -> None:
    data = base64.urlsafe_b64encode(png(0xFBEF, 767)).decode()
    assert "-" in data
    assert image_size(data) == (0xFBEF, 767)


@given(st.one_of(st.text(), st.binary().map(lambda data: base64.b64encode(data).decode())))
def test_anything_else_has_no_size_or_a_real_one(data: str) -> None:
    size = image_size(data)
    assert size is None or min(size) >= 1


@given(st.sampled_from([png, gif, jpeg, webp_lossy, webp_lossless, webp_extended]), st.data())
def test_a_header_that_was_cut_or_spoiled_is_survived(make: Make, data: st.DataObject) -> None:
    whole = bytearray(make(640, 480))
    for _ in range(data.draw(st.integers(0, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    size = size_of_header(bytes(whole[: data.draw(st.integers(0, len(whole)))]))
    assert size is None or min(size) >= 1


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param(png(0, 5), id="no width"),
        pytest.param(b"\xff\xd8" + b"\xff\xe0\0\x01" * 1000, id="a segment shorter than its length"),
        pytest.param(b"\xff\xd8" + b"\xff\xe0\0\0" * 1000, id="segments of no length"),
        pytest.param(b"\xff\xd8" + b"\xff\x01" * 5000, id="markers without segments"),
        pytest.param(b"\xff\xd8" + b"\xff\xe0\0\x02" * (MOST_SEGMENTS + 1) + jpeg(5, 5)[2:], id="too many segments"),
        pytest.param(b"\xff\xd8" + b"\xff" * 600_000, id="nothing but fill bytes"),
        pytest.param(
            jpeg(5, 5, before=(b"\xff\xe2" + struct.pack(">H", 65_535) + b"\0" * 65_533) * 9), id="behind too much"
        ),
    ],
)
def test_hostile_headers_have_no_size(hostile: bytes) -> None:
    assert told(hostile) is None


def test_no_more_than_a_bounded_beginning_is_read() -> None:
    beginning = base64.b64encode(jpeg(640, 480)).decode()
    assert image_size(beginning + "=" * 10) == (640, 480)
    assert image_size("A" * MOST_BASE64_CHARACTERS + beginning) is None
