"""A few requests through the demo model, so that every page of a demo has something to show."""

import asyncio
import contextlib
import http.client
import json
import threading
from collections.abc import Iterator

from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.errors import StartRefused

READY_SECONDS = 60.0
_ALL_INTERFACES = ("0.0.0.0", "::", "")  # noqa: S104 - recognised, not listened on
_QUESTIONS: tuple[tuple[str, str, bool, str], ...] = (
    ("/v1/messages", "claude-sonnet-4-5", True, "Explain what an AI gateway does, in two sentences."),
    ("/v1/messages", "claude-haiku-4-5", False, "Suggest a title for this conversation."),
    ("/v1/messages", "claude-opus-4-8", True, "Review this function: def add(a, b): return a - b"),
    ("/v1/chat/completions", "kimi-k2", True, "把这句话翻译成英文：今天天气很好。"),
    ("/v1/chat/completions", "gpt-5.5", False, "Write a commit message for a fixed typo."),
    ("/v1/messages", "claude-sonnet-4-5", False, "Which tests would you write for a date parser?"),
)


@contextlib.contextmanager
def send_in_background(settings: Settings) -> Iterator[str]:
    """Make a key, send the demo's requests with it once the server is ready, and yield it; stops with the block."""
    if settings.server.port == 0:
        raise StartRefused("The demo needs a fixed port.", action="Leave --port out, or name a free one.")
    key = asyncio.run(_create_key(settings))
    stopped = threading.Event()
    thread = threading.Thread(target=_send_all, args=(settings, key, stopped), name="demo requests", daemon=True)
    thread.start()
    try:
        yield key
    finally:
        stopped.set()
        thread.join(timeout=5)


async def _create_key(settings: Settings) -> str:
    from powerautomation.app.commands.installation import opened
    from powerautomation.identity.api_keys import create_api_key

    async with opened(settings) as installation, installation.database.unit_of_work() as session:
        return (await create_api_key(session, installation.secret_box, installation.admin, "Demo key")).token


def _send_all(settings: Settings, key: str, stopped: threading.Event) -> None:
    # Our own address, not a public one: the demo's requests stay on this machine.
    port = settings.server.port
    host = settings.server.host if settings.server.host not in _ALL_INTERFACES else "127.0.0.1"
    waited = 0.0
    while not _ready(host, port):
        if stopped.wait(0.2) or (waited := waited + 0.2) > READY_SECONDS:
            return
    for path, model, stream, question in _QUESTIONS:
        if stopped.wait(0.1):
            return
        body = {
            "model": model,
            "max_tokens": 400,
            "stream": stream,
            "messages": [{"role": "user", "content": question}],
        }
        with contextlib.suppress(OSError, http.client.HTTPException):
            _post(host, port, path, key, body)


def _ready(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _post(host: str, port: int, path: str, key: str, body: dict[str, object]) -> None:
    connection = http.client.HTTPConnection(host, port, timeout=30)
    try:
        headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
        connection.request("POST", path, json.dumps(body), headers)
        connection.getresponse().read()
    finally:
        connection.close()
