"""Events come out whole, wherever the network tore the bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerautomation.gateway.dialects.sse import MOST_EVENT_BYTES, EventSplitter

STREAM = (
    b': keep-alive\n\ndata: {"a":1}\n\nevent: x\ndata: two\ndata:lines\nid: 7\n\r\ndata:{"no":"space"}\r\n\r\n'
    b"\n\ndata: gr\xc3\xbc\xc3\x9fe \xf0\x9f\x9a\x80\n\nretry: 3\n\ndata: [DONE]\n\n"
)
PAYLOADS = [b'{"a":1}', b"two\nlines", b'{"no":"space"}', "grüße 🚀".encode(), b"[DONE]"]


def test_payloads_come_out_without_their_wrapping() -> None:
    splitter = EventSplitter()
    assert splitter.feed(STREAM) == PAYLOADS
    assert splitter.rest == b""


@given(st.lists(st.integers(0, len(STREAM)), max_size=12).map(sorted))
def test_any_cut_gives_the_same_payloads(cuts: list[int]) -> None:
    splitter = EventSplitter()
    payloads: list[bytes] = []
    for start, end in zip([0, *cuts], [*cuts, len(STREAM)], strict=True):
        payloads += splitter.feed(STREAM[start:end])
    assert payloads == PAYLOADS


def test_one_byte_at_a_time_gives_the_same_payloads() -> None:
    splitter = EventSplitter()
    assert [payload for byte in STREAM for payload in splitter.feed(bytes([byte]))] == PAYLOADS


def test_a_last_event_without_a_blank_line_is_found_at_the_end() -> None:
    splitter = EventSplitter()
    assert splitter.feed(b"data: [DONE]\n") == []
    assert splitter.finish() == [b"[DONE]"]
    assert splitter.finish() == []


def test_an_endless_event_is_refused() -> None:
    splitter = EventSplitter()
    with pytest.raises(ValueError, match="8 MB"):
        splitter.feed(b"data: " + b"x" * MOST_EVENT_BYTES)
