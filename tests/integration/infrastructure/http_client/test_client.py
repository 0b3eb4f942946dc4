"""The HTTP client against servers that do what servers do: scripted byte for byte, over real sockets."""

import asyncio
import contextlib
import gzip

import pytest

from powerautomation.infrastructure.http_client import (
    AnswerTooLarge,
    Client,
    ConnectFailed,
    ConnectionBroken,
    ConnectTimeout,
)
from tests.integration.infrastructure.http_client.scripted import (
    LIMIT_SECONDS,
    OK,
    Visitor,
    always,
    fetch,
    serving,
)


async def test_request_arrives_as_it_was_meant(client: Client) -> None:
    seen = []

    async def script(visitor: Visitor) -> None:
        seen.append(await visitor.request())
        visitor.say(OK)

    async with serving(script) as site:
        url = f"{site.url}/v1/chat?x=1%20y"
        response = await client.request("POST", url, [("authorization", "Bearer k"), ("x-é", "ü")], b"b" * 100_000)
        assert (response.status, await response.read(10)) == (200, b"ok")
    line, headers, body = seen[0]
    assert line == "POST /v1/chat?x=1%20y HTTP/1.1"
    assert headers["host"] == f"127.0.0.1:{site.port}"
    assert headers["authorization"] == "Bearer k"
    assert headers["accept-encoding"] == "identity"
    assert body == b"b" * 100_000


async def test_connection_is_used_again_and_parallel_requests_get_their_own(client: Client) -> None:
    async with serving(always(OK)) as site:
        for _ in range(5):
            assert await fetch(client, site.url) == (200, b"ok")
        assert site.connections == 1
        answers = await asyncio.gather(*(fetch(client, site.url) for _ in range(10)))
        assert answers == [(200, b"ok")] * 10
        assert site.connections == 10


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n", b"abcdefg"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", b""),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, b"ok"),
        (b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" + OK, b"ok"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Thing: a\r\nX-Thing: b\r\n\r\nok", b"ok"),
    ],
)
@pytest.mark.parametrize("pieces", ["at once", "byte by byte"])
async def test_every_framing_is_read_however_it_is_cut(client: Client, answer: bytes, body: bytes, pieces: str) -> None:
    async def script(visitor: Visitor) -> None:
        while True:
            await visitor.request()
            for part in [answer] if pieces == "at once" else [answer[i : i + 1] for i in range(len(answer))]:
                visitor.say(part)
                await visitor.writer.drain()
                await asyncio.sleep(0)

    async with serving(script) as site:
        assert (await fetch(client, site.url))[1] == body
        assert (await fetch(client, site.url))[1] == body
        assert site.connections == 1


async def test_answer_without_length_ends_with_the_connection(client: Client) -> None:
    async def script(visitor: Visitor) -> None:
        await visitor.request()
        visitor.say(b"HTTP/1.1 200 OK\r\n\r\nall of it")

    async with serving(script) as site:
        assert await fetch(client, site.url) == (200, b"all of it")
        assert await fetch(client, site.url) == (200, b"all of it")
        assert site.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-le",
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"SSH-2.0-OpenSSH_9\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 7\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\nraw",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\n" + b"x-filler: " + b"f" * 200_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 40_000 + b"\r\n",
    ],
)
async def test_what_is_no_whole_answer_is_a_broken_connection(client: Client, answer: bytes) -> None:
    async def script(visitor: Visitor) -> None:
        await visitor.request()
        visitor.say(answer)

    async with serving(script) as site:
        with pytest.raises(ConnectionBroken):
            await fetch(client, site.url)
        with pytest.raises(ConnectionBroken):
            await fetch(client, site.url)
        assert site.connections == 2, "a broken connection must not be used again"


async def test_compressed_answer_is_read_and_a_bomb_is_not(client: Client) -> None:
    def gzipped(body: bytes) -> bytes:
        packed = gzip.compress(body)
        return b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n%b" % (len(packed), packed)

    async with serving(always(gzipped(b"plain text"))) as site:
        assert await fetch(client, site.url) == (200, b"plain text")
    async with serving(always(gzipped(bytes(30_000_000)))) as site:
        with pytest.raises((ConnectionBroken, AnswerTooLarge)):
            await fetch(client, site.url)


async def test_second_answer_to_one_question_closes_the_connection(client: Client) -> None:
    async with serving(always(OK + b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwrong")) as site:
        for _ in range(3):
            with contextlib.suppress(ConnectionBroken):
                assert await fetch(client, site.url) == (200, b"ok")
        assert site.connections == 3


async def test_server_that_speaks_on_an_idle_connection_is_left(client: Client) -> None:
    left = asyncio.Event()

    async def script(visitor: Visitor) -> None:
        await visitor.request()
        visitor.say(OK)
        await visitor.writer.drain()
        await spoken.wait()
        visitor.say(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwrong")
        await visitor.gone()
        left.set()

    spoken = asyncio.Event()
    async with serving(script) as site:
        assert await fetch(client, site.url) == (200, b"ok")
        spoken.set()
        async with asyncio.timeout(LIMIT_SECONDS):
            await left.wait()


@pytest.mark.parametrize("when", ["before the head", "in the body"])
async def test_cancelled_request_closes_its_connection_at_once(client: Client, when: str) -> None:
    began, gone = asyncio.Event(), asyncio.Event()

    async def script(visitor: Visitor) -> None:
        await visitor.request()
        if when == "in the body":
            visitor.say(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n")
            await visitor.writer.drain()
        began.set()
        await visitor.gone()
        gone.set()

    async def ask(url: str) -> None:
        response = await client.request("POST", url)
        try:
            await response.read(100)
        finally:
            response.close()

    async with serving(script) as site:
        task = asyncio.create_task(ask(site.url))
        await began.wait()
        task.cancel()
        async with asyncio.timeout(LIMIT_SECONDS):
            await gone.wait()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_stream_hands_over_each_piece_when_it_arrives(client: Client) -> None:
    steps = [asyncio.Event() for _ in range(3)]

    async def script(visitor: Visitor) -> None:
        await visitor.request()
        visitor.say(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        for number, step in enumerate(steps):
            await step.wait()
            visitor.say(b"8\r\ndata: %d\n\r\n" % number)
        visitor.say(b"0\r\n\r\n")

    async with serving(script) as site, asyncio.timeout(LIMIT_SECONDS):
        response = await client.request("POST", site.url)
        assert response.header(b"content-type") == "text/event-stream"
        for number, step in enumerate(steps):
            step.set()
            assert await response.read_chunk() == b"data: %d\n" % number
        assert await response.read_chunk() is None


async def test_reader_that_falls_behind_stops_the_server_instead_of_filling_memory(client: Client) -> None:
    sent = 0

    async def script(visitor: Visitor) -> None:
        nonlocal sent
        await visitor.request()
        visitor.say(b"HTTP/1.1 200 OK\r\ncontent-length: 50000000\r\n\r\n")
        for _ in range(500):
            visitor.say(b"x" * 100_000)
            sent += 100_000
            await visitor.writer.drain()

    async with serving(script) as site, asyncio.timeout(LIMIT_SECONDS):
        response = await client.request("POST", site.url)
        previous = -1
        while sent != previous:
            previous = sent
            await asyncio.sleep(0.1)
        assert sent < 20_000_000
        received = 0
        while (chunk := await response.read_chunk()) is not None:
            received += len(chunk)
        assert received == 50_000_000


async def test_answer_longer_than_the_reader_allows_is_refused(client: Client) -> None:
    async with serving(always(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n" + b"x" * 50)) as site:
        response = await client.request("POST", site.url)
        with pytest.raises(AnswerTooLarge):
            await response.read(49)
        assert await (await client.request("POST", site.url)).read(50) == b"x" * 50


async def test_connection_the_server_closed_while_idle_is_not_used(client: Client) -> None:
    async def script(visitor: Visitor) -> None:
        await visitor.request()
        visitor.say(OK)

    async with serving(script) as site, asyncio.timeout(LIMIT_SECONDS):
        for _ in range(5):
            assert await fetch(client, site.url) == (200, b"ok")
            while client.open_connections:
                await asyncio.sleep(0)
        assert site.connections == 5


async def test_redirect_is_an_answer_and_not_followed(client: Client) -> None:
    answer = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"
    async with serving(always(answer)) as site:
        assert (await fetch(client, site.url))[0] == 302


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/", "file:///etc/passwd", "http://", "http://user:secret@127.0.0.1/", "127.0.0.1:80", "",
        "http://127.0.0.1:99999/", "http://127.0.0.1/a b", "http://127.0.0.1/\r\nx: y", "http://[::1", "http://a..b/",
    ],
)  # fmt: skip
async def test_address_that_is_none_is_refused_before_anything_is_sent(client: Client, url: str) -> None:
    with pytest.raises(ConnectFailed) as refused:
        await client.request("GET", url)
    assert "secret" not in str(refused.value)


async def test_header_with_a_line_break_is_refused(client: Client) -> None:
    with pytest.raises(ValueError, match="line break"):
        await client.request("GET", "http://127.0.0.1:1/", [("authorization", "Bearer a\r\nx-evil: 1")])


async def test_nobody_listening_is_said_in_words(client: Client) -> None:
    with pytest.raises(ConnectFailed, match="refused"):
        await client.request("GET", "http://127.0.0.1:1/")


async def test_server_that_never_accepts_is_a_timeout() -> None:
    client = Client(connect_timeout_seconds=0.2)

    async def script(visitor: Visitor) -> None:
        await visitor.gone()

    async with serving(script) as site:
        with pytest.raises(ConnectTimeout):
            await client.request("GET", f"https://127.0.0.1:{site.port}/")
    await client.close()


async def test_closed_client_leaves_no_connection(client: Client) -> None:
    gone = asyncio.Event()

    async def script(visitor: Visitor) -> None:
        await visitor.request()
        visitor.say(OK)
        await visitor.gone()
        gone.set()

    async with serving(script) as site:
        assert await fetch(client, site.url) == (200, b"ok")
        await client.close()
        async with asyncio.timeout(LIMIT_SECONDS):
            await gone.wait()
