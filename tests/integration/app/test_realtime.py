"""The console's WebSocket on both storage columns: what arrives, for whom, and when it closes."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from powerautomation import __version__
from powerautomation.app import realtime
from powerautomation.infrastructure.settings import Settings
from tests.fixtures.simulators import Simulator, say
from tests.integration.app.installation import Installation, Json, Person, installation, settings_with

LIMIT_SECONDS = 10.0
HOST = b"console.test"


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
async def here(column: Settings, simulator: Simulator) -> AsyncIterator[Installation]:
    """An installation whose one provider is simulated."""
    simulator.reset()
    declared = {"dialect": "openai-chat", "base_url": simulator.moonshot.base_url, "api_key": "sk-moonshot"}
    settings = settings_with(
        column,
        providers={"moonshot": declared},
        models={"kimi": {"deployments": [{"provider": "moonshot", "model": "kimi-k2.6"}]}},
    )
    async with installation(settings) as running:
        yield running


class Page:
    """One open console page, as the server sees its WebSocket."""

    def __init__(self, here: Installation, cookie: str, origin: bytes | None = b"https://console.test") -> None:
        headers = [(b"host", HOST), (b"cookie", cookie.encode())]
        if origin is not None:
            headers.append((b"origin", origin))
        self._to_server: asyncio.Queue[Any] = asyncio.Queue()
        self._to_page: asyncio.Queue[Any] = asyncio.Queue()
        scope = {
            "type": "websocket",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "wss",
            "path": "/realtime",
            "raw_path": b"/realtime",
            "query_string": b"",
            "root_path": "",
            "headers": headers,
            "subprotocols": [],
            "client": ("203.0.113.7", 50000),
            "server": ("console.test", 443),
            "state": {},
        }
        self._to_server.put_nowait({"type": "websocket.connect"})
        self.task = asyncio.create_task(here.front(scope, self._to_server.get, self._to_page.put))
        self.seen: list[Json] = []

    async def message(self) -> Any:
        """The next ASGI message of the server."""
        return await asyncio.wait_for(self._to_page.get(), LIMIT_SECONDS)

    async def frame(self, wanted: Callable[[Json], bool] = lambda frame: True) -> Json:
        """The next frame that is wanted; those before it are passed over and kept in ``seen``."""
        async with asyncio.timeout(LIMIT_SECONDS):
            while True:
                message = await self._to_page.get()
                assert message["type"] == "websocket.send", message
                frame: Json = json.loads(message["text"])
                self.seen.append(frame)
                if wanted(frame):
                    return frame

    async def leave(self) -> None:
        """Close the page."""
        self._to_server.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await asyncio.wait_for(self.task, LIMIT_SECONDS)


async def opened(here: Installation, person: Person) -> Page:
    page = Page(here, person.cookie)
    assert (await page.message())["type"] == "websocket.accept"
    assert await page.frame() == {"type": "hello", "version": __version__}
    return page


def completed(request_id: str) -> Callable[[Json], bool]:
    return lambda frame: request_id in [item["id"] for item in frame.get("completed", ())]


async def test_finished_requests_arrive_with_what_the_console_shows(here: Installation, simulator: Simulator) -> None:
    admin = await here.administrator()
    page = await opened(here, admin)
    request_id = (await admin.ask("kimi")).headers["x-request-id"]
    frame = await page.frame(completed(request_id))
    (item,) = [item for item in frame["completed"] if item["id"] == request_id]
    shown = await admin.ok("GET", f"requests/{request_id}")
    assert item == {name: shown[name] for name in item}
    assert (item["outcome"], item["deployment"], item["api_key_name"]) == ("completed", "moonshot/kimi-k2.6", "test")
    await page.leave()
    assert here.application.live_feed._listeners == set()


async def test_requests_are_not_shown_to_who_may_not_see_them(here: Installation, simulator: Simulator) -> None:
    admin = await here.administrator()
    link = await admin.ok("POST", "users", {"name": "Grace", "email": "grace@example.org", "role": "guest"})
    guest = here.browser()
    accepted = {"token": link["token"], "new_password": "an old lighthouse keeper"}
    assert (await guest.post("/api/v1/session/invitation/accept", json=accepted)).status_code == 200
    page = Page(here, "; ".join(f"{name}={value}" for name, value in guest.cookies.items()))
    assert (await page.message())["type"] == "websocket.accept"
    watched = await opened(here, admin)
    request_id = (await admin.ask("kimi")).headers["x-request-id"]
    await watched.frame(completed(request_id))
    await admin.ok("POST", "api-keys", {"name": "last"})
    await page.frame(lambda frame: frame.get("kind") == "api_keys.created")
    assert [frame["type"] for frame in page.seen if frame["type"] == "requests"] == []
    await page.leave()
    await watched.leave()


async def test_running_requests_are_shown_until_they_end(here: Installation, simulator: Simulator) -> None:
    admin = await here.administrator()
    page = await opened(here, admin)
    simulator.moonshot.then(say("one two three", chunk=4, hold_after=1))
    asking = asyncio.create_task(admin.ask("kimi", stream=True))
    frame = await page.frame(lambda frame: bool(frame.get("running")))
    (running,) = frame["running"]
    assert (running["requested_model"], running["deployment"]) == ("kimi", "moonshot/kimi-k2.6")
    assert running["state"] == "streaming"
    late = await opened(here, admin)
    assert [item["id"] for item in (await late.frame())["running"]] == [running["id"]]
    simulator.release()
    answer = await asking
    assert answer.headers["x-request-id"] == running["id"]
    finished = await page.frame(completed(running["id"]))
    if finished["running"]:
        await page.frame(lambda frame: frame["type"] == "requests" and not frame["running"])
    await page.leave()
    await late.leave()


async def test_changes_are_announced_by_name(here: Installation, simulator: Simulator) -> None:
    admin = await here.administrator()
    page = await opened(here, admin)
    await admin.ok("POST", "api-keys", {"name": "another"})
    await page.frame(lambda frame: frame == {"type": "changed", "kind": "api_keys.created"})
    await page.leave()


async def test_requests_and_changes_of_another_organization_never_arrive(
    here: Installation, simulator: Simulator
) -> None:
    admin, stranger = await here.administrator(), await here.stranger()
    mine, theirs = await opened(here, admin), await opened(here, stranger)
    await admin.ok("POST", "api-keys", {"name": "another"})
    simulator.moonshot.then(say("one two three", chunk=4, hold_after=1))
    asking = asyncio.create_task(admin.ask("kimi", stream=True))
    await mine.frame(lambda frame: bool(frame.get("running")))
    simulator.release()
    own = (await asking).headers["x-request-id"]
    await mine.frame(completed(own))
    last = (await stranger.ask("kimi")).headers["x-request-id"]
    await theirs.frame(completed(last))
    shown = [item["id"] for frame in theirs.seen for item in [*frame.get("completed", ()), *frame.get("running", ())]]
    assert shown == [last]
    assert [frame for frame in theirs.seen if frame["type"] == "changed"] == []
    await mine.leave()
    await theirs.leave()


async def test_page_of_another_site_and_strangers_are_turned_away(here: Installation) -> None:
    admin = await here.administrator()
    for cookie, origin in (
        (admin.cookie, b"https://elsewhere.example"),
        (admin.cookie, b"https://console.test.elsewhere.example"),
        (admin.cookie, b"null"),
        ("", b"https://console.test"),
        ("pa_session=worthless", b"https://console.test"),
    ):
        page = Page(here, cookie, origin)
        refused = await page.message()
        assert (refused["type"], refused["code"]) == ("websocket.close", 1008), (cookie, origin)
        await asyncio.wait_for(page.task, LIMIT_SECONDS)


async def test_program_that_names_no_origin_is_served(here: Installation) -> None:
    page = Page(here, (await here.administrator()).cookie, None)
    assert (await page.message())["type"] == "websocket.accept"
    await page.leave()


async def test_signing_out_closes_open_pages(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(realtime, "SIGN_IN_CHECK_SECONDS", 0.02)
    admin = await here.administrator()
    page = await opened(here, admin)
    await admin.ok("DELETE", "session")
    while (message := await page.message())["type"] == "websocket.send":
        pass
    assert (message["type"], message["code"]) == ("websocket.close", 1008)
    await asyncio.wait_for(page.task, LIMIT_SECONDS)


async def test_quiet_page_is_pinged(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(realtime, "PING_SECONDS", 0.02)
    page = await opened(here, await here.administrator())
    await page.frame(lambda frame: frame == {"type": "ping"})
    await page.leave()


async def test_page_that_reads_nothing_loses_the_oldest_and_memory_stays_bounded(here: Installation) -> None:
    feed = here.application.live_feed
    listener = feed.listen("org_default", frozenset({"requests:read"}))
    for number in range(1000):
        listener.offer(str(number))
    frames = await listener.next_frames()
    assert (len(frames), frames[-1]) == (256, "999")
    feed.leave(listener)


async def test_metrics_count_requests_attempts_tokens_and_nothing_secret(
    here: Installation, simulator: Simulator
) -> None:
    from tests.fixtures.simulators import Failure

    def value(text: str, name: str, *labels: str) -> float:
        lines = [line for line in text.splitlines() if line.startswith(name) and all(label in line for label in labels)]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines)

    admin = await here.administrator()
    before = (await admin.http.get("http://127.0.0.1:8080/metrics")).text
    simulator.moonshot.then(Failure("server_error"), say("fine"))
    answer = await admin.ask("kimi", user="canary-person-7731")
    assert answer.status_code == 200
    await here.application.flusher.flush_now()
    browser = here.browser()
    answer = await browser.get("http://127.0.0.1:8080/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    after = answer.text
    for grown, name, labels in (
        (1, "gen_ai_server_request_duration_seconds_count", ['gen_ai_request_model="kimi"', 'outcome="completed"']),
        (1, "powerautomation_gateway_attempts_total", ['deployment="moonshot/kimi-k2.6"', 'outcome="failed"']),
        (1, "powerautomation_gateway_attempts_total", ['deployment="moonshot/kimi-k2.6"', 'outcome="completed"']),
        (simulator.moonshot.exchanges[1].usage, "gen_ai_client_token_usage_sum", ['gen_ai_token_type="output"']),
    ):
        expected = grown if isinstance(grown, int) else (grown.output if grown else -1)
        assert value(after, name, *labels) - value(before, name, *labels) == expected, name
    assert value(after, "powerautomation_ledger_lag_records") == 0
    assert value(after, "powerautomation_gateway_requests_in_flight") == 0
    assert value(after, "process_resident_memory_bytes") > 1_000_000
    for secret in ("canary-person-7731", admin.key, "sk-moonshot", "pa_session"):
        assert secret not in after
