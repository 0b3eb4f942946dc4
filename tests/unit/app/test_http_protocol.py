"""The HTTP/1.1 protocol on real sockets, as clients and proxies meet it."""

import asyncio
import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.sync.client import connect

from powerautomation.app.http_protocol import MOST_HEAD_BYTES
from tests.unit.app.wire import Asgi, Served, Wire, serving

BIG = 16 * 1024 * 1024
TEXT = [(b"content-type", b"text/plain")]


async def read(receive: Any) -> bytes:
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("the client left")
        parts.append(message["body"])
        if not message["more_body"]:
            return b"".join(parts)


async def start(send: Any, headers: list[tuple[bytes, bytes]] | None = None, status: int = 200) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers or []})


async def body(send: Any, part: bytes, *, more: bool = False) -> None:
    await send({"type": "http.response.body", "body": part, "more_body": more})


def applications(served: Served) -> dict[str, Asgi]:
    async def echo(scope: Any, receive: Any, send: Any) -> None:
        content = await read(receive)
        await start(send, [(b"content-length", b"%d" % len(content))])
        await body(send, content)

    async def described(scope: Any, receive: Any, send: Any) -> None:
        content = await read(receive)
        seen = {
            "method": scope["method"],
            "version": scope["http_version"],
            "path": scope["path"],
            "raw_path": scope["raw_path"].decode("latin-1"),
            "query": scope["query_string"].decode("latin-1"),
            "headers": [[name.decode(), value.decode("latin-1")] for name, value in scope["headers"]],
            "body": content.decode("latin-1"),
        }
        encoded = json.dumps(seen).encode()
        await start(send, [(b"content-length", b"%d" % len(encoded))])
        await body(send, encoded)

    async def parts(scope: Any, receive: Any, send: Any) -> None:
        await start(send, TEXT)
        for part in (b"one ", b"", b"two "):
            await body(send, part, more=True)
        await body(send, b"three")

    async def nothing(scope: Any, receive: Any, send: Any) -> None:
        await start(send, status=204)
        await body(send, b"")

    async def big(scope: Any, receive: Any, send: Any) -> None:
        await start(send, [(b"content-length", b"%d" % BIG)])
        await body(send, b"x" * BIG)

    async def gated(scope: Any, receive: Any, send: Any) -> None:
        await start(send, TEXT)
        await body(send, b"begun, ", more=True)
        await served.gate()
        await body(send, b"done")

    async def slow_reader(scope: Any, receive: Any, send: Any) -> None:
        await served.gate()
        await echo(scope, receive, send)

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        await read(receive)
        served.notes.put("waiting")
        served.notes.put((await receive())["type"])

    async def impatient(scope: Any, receive: Any, send: Any) -> None:
        await read(receive)
        for _ in range(2):
            waiting = asyncio.create_task(receive())
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        served.notes.put("waiting")
        served.notes.put((await receive())["type"])

    async def unread(scope: Any, receive: Any, send: Any) -> None:
        await start(send, [(b"content-length", b"2")], 413)
        await body(send, b"no")

    async def split_header(scope: Any, receive: Any, send: Any) -> None:
        await start(send, [(b"x-a", b"1\r\nset-cookie: stolen=1"), (b"content-length", b"2")])
        await body(send, b"ok")

    async def longer(scope: Any, receive: Any, send: Any) -> None:
        await start(send, [(b"content-length", b"2")])
        await body(send, b"too long")

    async def shorter(scope: Any, receive: Any, send: Any) -> None:
        await start(send, [(b"content-length", b"20")])
        await body(send, b"too short")

    async def shorter_in_parts(scope: Any, receive: Any, send: Any) -> None:
        await start(send, [(b"content-length", b"20")])
        await body(send, b"too", more=True)
        await body(send, b" short")

    async def fails(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("a secret of the program")

    async def fails_after_the_head(scope: Any, receive: Any, send: Any) -> None:
        await start(send, TEXT)
        raise RuntimeError("a secret of the program")

    async def fails_midway(scope: Any, receive: Any, send: Any) -> None:
        await start(send, TEXT)
        await body(send, b"a part", more=True)
        raise RuntimeError("a secret of the program")

    async def returns(scope: Any, receive: Any, send: Any) -> None:
        return

    async def returns_midway(scope: Any, receive: Any, send: Any) -> None:
        await start(send, TEXT)
        await body(send, b"a part", more=True)

    async def socket(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "websocket"
        assert (await receive())["type"] == "websocket.connect"
        await send({"type": "websocket.accept"})
        message = await receive()
        await send({"type": "websocket.send", "text": f"{scope['path']} {message['text']}"})
        await send({"type": "websocket.close", "code": 1000})

    return {
        "/": echo, "/echo": echo, "/described": described, "/a b/ü": described, "/parts": parts, "/nothing": nothing,
        "/big": big, "/gated": gated, "/slow-reader": slow_reader, "/watched": watched, "/impatient": impatient,
        "/unread": unread, "/split-header": split_header, "/longer": longer, "/shorter": shorter,
        "/shorter-in-parts": shorter_in_parts, "/fails": fails, "/fails-after-the-head": fails_after_the_head,
        "/fails-midway": fails_midway, "/returns": returns, "/returns-midway": returns_midway, "/socket": socket,
    }  # fmt: skip


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """One server for the tests that leave it as it was."""
    with serving(applications) as running:
        yield running


@pytest.fixture
def wire(served: Served) -> Iterator[Wire]:
    """A fresh connection; afterwards the server still answers others."""
    with served.connect() as connection:
        yield connection
    with served.connect() as another:
        assert another.get("/parts").body == b"one two three"


def post(path: str, content: str, *, version: str = "1.1", extra: str = "") -> str:
    return f"POST {path} HTTP/{version}\nhost: x\n{extra}content-length: {len(content)}\n\n{content}"


def test_one_connection_serves_one_request_after_another(wire: Wire) -> None:
    for number in range(3):
        answer = wire.send(post("/echo", f"hello {number}")).answer()
        assert (answer.status, answer.body, answer.header("connection")) == (200, b"hello %d" % number, "")


def test_pipelined_requests_are_answered_in_order(wire: Wire) -> None:
    wire.send("".join(post("/echo", f"number {number}") for number in range(20)))
    assert [wire.answer().body for _ in range(20)] == [b"number %d" % number for number in range(20)]


def test_pipelined_request_waits_for_the_answer_before_it(served: Served, wire: Wire) -> None:
    wire.send("GET /gated HTTP/1.1\nhost: x\n\n" + post("/echo", "second"))
    assert served.note() == "at the gate"
    served.release()
    assert [wire.answer().body, wire.answer().body] == [b"begun, done", b"second"]


def test_request_may_arrive_byte_by_byte(wire: Wire) -> None:
    for byte in post("/echo", "slowly").replace("\n", "\r\n").encode():
        wire.send(bytes([byte]))
    assert wire.answer().body == b"slowly"


def test_chunked_request_body_arrives_whole(wire: Wire) -> None:
    wire.send("POST /echo HTTP/1.1\nhost: x\ntransfer-encoding: chunked\n\n5\nhello\n")
    wire.send("7;extension=1\n, world\n0\n\n")
    assert wire.answer().body == b"hello, world"
    assert wire.get("/parts").status == 200


def test_trailers_do_not_pose_as_headers(wire: Wire) -> None:
    wire.send("POST /described HTTP/1.1\nhost: x\ntransfer-encoding: chunked\n\n2\nhi\n0\nx-api-key: forged\n\n")
    seen = json.loads(wire.answer().body)
    assert [name for name, _ in seen["headers"]] == ["host", "transfer-encoding"]
    assert seen["body"] == "hi"


@pytest.mark.parametrize("path", ["/echo", "/parts", "/big"])
def test_head_is_answered_without_a_body(wire: Wire, path: str) -> None:
    answer = wire.send(f"HEAD {path} HTTP/1.1\nhost: x\n\n").answer(to="HEAD")
    assert answer.status == 200
    assert answer.header("content-length") == {"/echo": "0", "/parts": "", "/big": str(BIG)}[path]
    assert wire.get("/parts").body == b"one two three", "something followed the head"


def test_an_answer_without_content_has_neither_length_nor_body(wire: Wire) -> None:
    answer = wire.get("/nothing")
    assert (answer.status, answer.header("transfer-encoding")) == (204, "")
    assert wire.get("/parts").body == b"one two three"


def test_a_body_of_unknown_length_is_chunked(wire: Wire) -> None:
    answer = wire.get("/parts")
    assert (answer.header("transfer-encoding"), answer.body) == ("chunked", b"one two three")


def test_parts_leave_the_moment_they_are_sent(served: Served, wire: Wire) -> None:
    wire.send("GET /gated HTTP/1.1\nhost: x\n\n")
    assert served.note() == "at the gate"
    assert wire._until(b"begun, \r\n").startswith(b"HTTP/1.1 200")
    served.release()
    assert wire._chunks() == b"done"


def test_client_that_asks_first_is_told_to_continue(wire: Wire) -> None:
    wire.send("POST /echo HTTP/1.1\nhost: x\nexpect: 100-continue\ncontent-length: 5\n\n")
    assert wire.answer().status == 100
    assert wire.send("hello").answer().body == b"hello"


def test_client_that_asks_first_may_be_refused_at_once(wire: Wire) -> None:
    wire.send("POST /unread HTTP/1.1\nhost: x\nexpect: 100-continue\ncontent-length: 5\n\n")
    assert wire.answer().status == 413


@pytest.mark.parametrize("path", ["/parts", "/big", "/nothing"])
def test_http_1_0_gets_a_plain_body_that_ends_with_the_connection(wire: Wire, path: str) -> None:
    """RFC 9112 section 6.1: no transfer coding in answer to HTTP/1.0. nginx asks so unless it is told otherwise."""
    answer = wire.send(f"GET {path} HTTP/1.0\n\n").answer()
    assert answer.header("transfer-encoding") == ""
    assert answer.header("connection") == "close"
    assert answer.body == {"/parts": b"one two three", "/big": b"x" * BIG, "/nothing": b""}[path]
    assert wire.is_closed_within(5)


def test_connection_ends_when_the_client_says_so(wire: Wire) -> None:
    answer = wire.send(post("/echo", "bye", extra="connection: close\n")).answer()
    assert (answer.body, answer.header("connection")) == (b"bye", "close")
    assert wire.is_closed_within(5)


def test_path_is_decoded_and_query_is_not(wire: Wire) -> None:
    seen = json.loads(wire.get("/a%20b/%C3%BC?q=%20a&b=%C3%BC&empty").body)
    assert seen["path"] == "/a b/ü"
    assert seen["raw_path"] == "/a%20b/%C3%BC"
    assert seen["query"] == "q=%20a&b=%C3%BC&empty"


@pytest.mark.parametrize("target", ["http://x/described?a=1", "/described?a=1#piece"])
def test_other_forms_of_the_address_mean_the_same(wire: Wire, target: str) -> None:
    seen = json.loads(wire.get(target).body)
    assert (seen["path"], seen["query"]) == ("/described", "a=1")


def test_headers_arrive_in_order_with_small_names(wire: Wire) -> None:
    wire.send("GET /described HTTP/1.1\nHost: x\nX-Api-Key: A b\nx-api-key: second\n\n")
    seen = json.loads(wire.answer().body)
    assert seen["headers"] == [["host", "x"], ["x-api-key", "A b"], ["x-api-key", "second"]]
    assert seen["version"] == "1.1"


@pytest.mark.parametrize(
    "garbage",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nbad header\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nhost: x\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"CONNECT elsewhere:443 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
    ids=["no request", "header", "path", "length", "two lengths", "tunnel", "tls"],
)
def test_what_is_no_request_is_refused_and_ends_the_connection(wire: Wire, garbage: bytes) -> None:
    answer = wire.send(garbage).answer()
    assert (answer.status, answer.header("connection")) == (400, "close")
    assert answer.header("x-content-type-options") == "nosniff"
    assert b"Traceback" not in answer.body
    assert wire.is_closed_within(5)


def test_large_body_is_taken_as_fast_as_it_is_read(served: Served, wire: Wire) -> None:
    wire.send(f"POST /slow-reader HTTP/1.1\nhost: x\ncontent-length: {BIG}\n\n")
    assert served.note() == "at the gate"
    wire.socket.settimeout(0.3)
    content = bytes(range(256)) * (BIG // 256)
    sent = 0
    with contextlib.suppress(TimeoutError):
        while sent < BIG:
            sent += wire.socket.send(content[sent:])
    assert sent < BIG, "an application that does not read took everything"
    wire.socket.settimeout(10)
    served.release()
    wire.send(content[sent:])
    assert wire.answer().body == content


def test_large_body_comes_back_unchanged(wire: Wire) -> None:
    content = bytes(range(256)) * (BIG // 256)
    wire.send(f"POST /echo HTTP/1.1\nhost: x\ncontent-length: {BIG}\n\n")
    wire.send(content)
    assert wire.answer().body == content


def test_answer_larger_than_the_sockets_buffers_arrives_whole(wire: Wire) -> None:
    wire.send("GET /big HTTP/1.1\nhost: x\n\n" * 4)
    assert [len(wire.answer().body) for _ in range(4)] == [BIG] * 4


def test_waiting_application_hears_that_the_client_left(served: Served, wire: Wire) -> None:
    wire.send(post("/watched", "hi"))
    assert served.note() == "waiting"
    wire.close()
    assert served.note() == "http.disconnect"


def test_running_application_hears_that_the_client_left_although_another_request_waits(
    served: Served, wire: Wire
) -> None:
    wire.send(post("/watched", "hi") + post("/echo", "second"))
    assert served.note() == "waiting"
    wire.close()
    assert served.note() == "http.disconnect"


def test_waiting_that_was_given_up_can_begin_again(served: Served, wire: Wire) -> None:
    wire.send(post("/impatient", "hi"))
    assert served.note() == "waiting"
    wire.close()
    assert served.note() == "http.disconnect"


def test_header_with_a_line_break_is_refused(wire: Wire) -> None:
    answer = wire.get("/split-header")
    assert (answer.status, answer.body) == (500, b"Internal Server Error")
    assert answer.header("set-cookie") == ""


@pytest.mark.parametrize("path", ["/longer", "/shorter", "/fails", "/fails-after-the-head", "/returns"])
def test_failure_before_the_first_byte_is_a_500_without_a_word_about_why(wire: Wire, path: str) -> None:
    answer = wire.get(path)
    assert (answer.status, answer.body, answer.header("connection")) == (500, b"Internal Server Error", "close")
    assert answer.header("x-content-type-options") == "nosniff"
    assert wire.is_closed_within(5)


@pytest.mark.parametrize("path", ["/shorter-in-parts", "/fails-midway", "/returns-midway"])
def test_failure_in_mid_answer_cuts_it_off_visibly(wire: Wire, path: str) -> None:
    with pytest.raises(ConnectionError):
        wire.get(path)
    assert b"secret" not in wire._buffer


def test_websocket_upgrade_works_also_on_a_used_connection(served: Served, wire: Wire) -> None:
    assert wire.get("/parts").status == 200
    with connect(f"ws://127.0.0.1:{served.port}/socket?a=1", sock=wire.socket) as session:
        session.send("hello")
        assert session.recv(timeout=10) == "/socket hello"


def test_upgrade_to_something_else_is_answered_as_a_request(wire: Wire) -> None:
    wire.send("GET /parts HTTP/1.1\nhost: x\nconnection: upgrade\nupgrade: h2c\n\n")
    assert wire.answer().body == b"one two three"


@pytest.fixture(scope="module")
def hurried() -> Iterator[Served]:
    """A server that closes idle connections after a third of a second."""
    with serving(applications, keep_alive_seconds=0.3) as running:
        yield running


def test_idle_connection_is_closed_in_time_and_not_before(hurried: Served) -> None:
    with hurried.connect() as wire:
        for _ in range(4):
            assert not wire.is_closed_within(0.1)
            assert wire.get("/parts").status == 200
        assert wire.is_closed_within(2)


def test_running_request_outlives_the_idle_limit(hurried: Served) -> None:
    with hurried.connect() as wire:
        assert wire.get("/parts").status == 200
        wire.send("GET /gated HTTP/1.1\nhost: x\n\n")
        assert hurried.note() == "at the gate"
        wire._until(b"begun, \r\n")
        assert not wire.is_closed_within(0.7)
        hurried.release()
        assert wire._chunks() == b"done"
        assert wire.is_closed_within(2)


def test_open_websocket_outlives_the_idle_limit(hurried: Served) -> None:
    with hurried.connect() as wire:
        assert wire.get("/parts").status == 200
        with connect(f"ws://127.0.0.1:{hurried.port}/socket", sock=wire.socket) as session:
            with pytest.raises(TimeoutError):
                session.recv(timeout=0.7)
            session.send("still here")
            assert session.recv(timeout=10) == "/socket still here"


@pytest.mark.parametrize("sent", ["", "GET /parts HTTP/1.1\nhost: x\n"], ids=["nothing", "half a head"])
def test_connection_that_never_asks_anything_is_closed(hurried: Served, sent: str) -> None:
    with hurried.connect() as wire:
        wire.send(sent)
        assert wire.is_closed_within(2)


def test_graceful_stop_lets_a_running_answer_finish_and_closes_idle_connections() -> None:
    with serving(applications) as served, served.connect() as idle, served.connect() as busy:
        assert idle.get("/parts").status == 200
        busy.send("GET /gated HTTP/1.1\nhost: x\n\n")
        assert served.note() == "at the gate"
        served.server.should_exit = True
        assert idle.is_closed_within(5)
        served.release()
        assert busy.answer().body == b"begun, done"
        assert busy.is_closed_within(5)


def test_head_without_end_is_refused(wire: Wire) -> None:
    line = f"x-line: {'v' * 1000}\n"
    wire.send("GET /parts HTTP/1.1\nhost: x\n" + line * (MOST_HEAD_BYTES // len(line) + 1))
    assert wire.answer().status == 431
    assert wire.is_closed_within(5)


def test_head_may_be_as_large_as_real_clients_make_it(wire: Wire) -> None:
    wire.send(f"GET /parts HTTP/1.1\nhost: x\ncookie: {'c' * 16_000}\nx-long: {'v' * 60_000}\n\n")
    assert wire.answer().status == 200


def test_garbage_behind_a_running_request_never_lands_in_its_answer(served: Served, wire: Wire) -> None:
    wire.send("GET /gated HTTP/1.1\nhost: x\n\n")
    assert served.note() == "at the gate"
    wire._until(b"begun, \r\n")
    wire.send("nonsense\n\n")
    assert wire.rest() == b""
    served.release()
