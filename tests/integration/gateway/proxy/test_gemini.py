"""Google's API through a server: its own SDK, its addresses, its key in the query, its streams as an array."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from google import genai
from google.genai import errors, types

from tests.fixtures.clients import Caller
from tests.fixtures.console import Console
from tests.fixtures.server import Server
from tests.fixtures.simulators import Answer, Call, Failure, Simulator, Text, Think, say
from tests.integration.gateway.proxy.conftest import Lane

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
READ = {
    "name": "Read",
    "description": "Reads.",
    "parameters": {"type": "OBJECT", "properties": {"p": {"type": "STRING"}}},
}
THINKS = types.ThinkingConfig(include_thoughts=True)
HI: dict[str, Any] = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}


@pytest.fixture
def sdk(server: Server) -> Iterator[genai.Client]:
    """Google's own SDK, pointed at the server."""
    options = types.HttpOptions(base_url=server.url, client_args={"verify": False})
    client = genai.Client(api_key=server.key, http_options=options)
    yield client
    client.close()


@pytest.fixture
def http(server: Server) -> Iterator[httpx2.Client]:
    with httpx2.Client(verify=False, base_url=server.url, timeout=20) as client:
        yield client


@pytest.fixture(params=["kimi", "google"])
def upstream(request: pytest.FixtureRequest, lane: Lane, sim: Simulator) -> tuple[str, Any]:
    """A model, and the vendor that serves it."""
    return (lane.kimi, sim.moonshot) if request.param == "kimi" else ("native-gemini", sim.google)


def config(**fields: Any) -> types.GenerateContentConfig:
    calling = types.AutomaticFunctionCallingConfig(disable=True)
    return types.GenerateContentConfig(automatic_function_calling=calling, **fields)


def test_the_sdk_reads_whole_answers_and_streams(sdk: genai.Client, upstream: tuple[str, Any]) -> None:
    model, vendor = upstream
    vendor.then(Answer((Think("想"), Text("Grüße 🚀"))), Answer((Think("想"), Text("Grüße 🚀"))))
    whole = sdk.models.generate_content(model=model, contents="hi", config=config(thinking_config=THINKS))
    assert whole.text == "Grüße 🚀"
    assert whole.usage_metadata is not None
    said = vendor.exchanges[-1].usage
    assert whole.usage_metadata.prompt_token_count == said.input + said.cached
    assert whole.usage_metadata.total_token_count == said.input + said.cached + said.output
    chunks = list(sdk.models.generate_content_stream(model=model, contents="hi", config=config(thinking_config=THINKS)))
    assert "".join(chunk.text or "" for chunk in chunks) == "Grüße 🚀"
    parts = [part for chunk in chunks for part in (chunk.candidates or [])[0].content.parts or []]  # type: ignore[union-attr]
    assert "".join(part.text or "" for part in parts if part.thought) == "想"


@pytest.mark.parametrize("streamed", [False, True])
def test_the_sdk_holds_a_conversation_with_parallel_calls(
    sdk: genai.Client, upstream: tuple[str, Any], streamed: bool
) -> None:
    """It keeps signatures as bytes and sends them back; the simulated vendors judge what arrives."""
    model, vendor = upstream
    calls = (Think("Both."), Call("Read", {"p": "ä"}), Call("Read", {"p": "b"}))
    vendor.then(Answer(calls), Answer((Call("Read", {"p": "c"}),)), say("Done."))
    tools = [types.Tool(function_declarations=[types.FunctionDeclaration(**READ)])]
    chat = sdk.chats.create(model=model, config=config(tools=tools, thinking_config=THINKS))
    message: Any = "Read them."
    for expected in (["ä", "b"], ["c"], []):
        if streamed:
            answers = [part for chunk in chat.send_message_stream(message) for part in chunk.function_calls or []]
        else:
            answers = list(chat.send_message(message).function_calls or [])
        assert [call.args["p"] for call in answers] == expected  # type: ignore[index]
        message = [
            types.Part(
                function_response=types.FunctionResponse(id=call.id, name=call.name, response={"output": "text"})
            )
            for call in answers
        ]
    assert [exchange.outcome for exchange in vendor.exchanges] == ["completed"] * 3, [
        exchange.rejection for exchange in vendor.exchanges
    ]


def test_the_sdk_sends_pictures_and_wants_json(sdk: genai.Client, upstream: tuple[str, Any]) -> None:
    model, vendor = upstream
    vendor.then(say('{"colour": "blue"}'))
    picture = types.Part.from_bytes(data=base64.b64decode(PNG), mime_type="image/png")
    wanted = config(
        response_mime_type="application/json",
        response_schema={"type": "OBJECT", "properties": {"colour": {"type": "STRING"}}},
    )
    answer = sdk.models.generate_content(model=model, contents=[picture, "which colour?"], config=wanted)
    assert json.loads(answer.text or "") == {"colour": "blue"}
    assert PNG in vendor.exchanges[0].body.decode()
    assert "colour" in json.dumps(vendor.exchanges[0].json.get("response_format") or vendor.exchanges[0].json)


def test_the_sdk_counts_and_lists(sdk: genai.Client, lane: Lane, sim: Simulator) -> None:
    estimated = sdk.models.count_tokens(model=lane.kimi, contents="The quick brown fox. " * 100)
    assert 400 <= (estimated.total_tokens or 0) <= 700
    exact = sdk.models.count_tokens(model="native-gemini", contents="The quick brown fox. " * 100)
    sim.google.then(say("x"))
    told = sdk.models.generate_content(model="native-gemini", contents="The quick brown fox. " * 100).usage_metadata
    assert told is not None
    assert exact.total_tokens == told.prompt_token_count
    assert sdk.models.get(model="priced-kimi").name == "models/priced-kimi"
    assert "models/native-gemini" in {model.name for model in sdk.models.list()}


def test_the_sdk_understands_our_errors(sdk: genai.Client, lane: Lane, sim: Simulator) -> None:
    with pytest.raises(errors.ClientError) as refused:
        sdk.models.generate_content(model="no-such-model", contents="hi")
    assert (refused.value.code, refused.value.status) == (404, "NOT_FOUND")
    assert "no-such-model" in str(refused.value.message)
    for vendor in (sim.google, sim.moonshot):
        vendor.always(Failure("caller"))
    for name in ("native-gemini", lane.kimi):
        with pytest.raises(errors.ClientError) as refused:
            sdk.models.generate_content(model=name, contents="hi")
        assert (refused.value.code, refused.value.status) == (400, "INVALID_ARGUMENT")


@pytest.mark.parametrize("prefix", ["/v1beta", "/v1"])
def test_a_stream_without_sse_is_one_array(
    http: httpx2.Client, server: Server, upstream: tuple[str, Any], prefix: str
) -> None:
    model, vendor = upstream
    vendor.then(Answer((Text("one, two, three"), Call("Read", {})), chunk=4))
    url = f"{prefix}/models/{model}:streamGenerateContent"
    answer = http.post(url, json=HI, headers={"x-goog-api-key": server.key})
    assert answer.headers["content-type"] == "application/json"
    pieces = [piece["candidates"][0] for piece in answer.json()]
    parts = [part for piece in pieces for part in piece["content"]["parts"]]
    assert "".join(part.get("text", "") for part in parts) == "one, two, three"
    assert len(pieces) > 3
    assert pieces[-1]["finishReason"] == "STOP"
    (error,) = http.post(url.replace(model, "no-such-model"), json=HI, headers={"x-goog-api-key": server.key}).json()
    assert error["error"]["status"] == "NOT_FOUND"


def test_an_array_that_breaks_ends_with_the_error(
    http: httpx2.Client, server: Server, lane: Lane, sim: Simulator
) -> None:
    sim.moonshot.then(say("0123456789" * 6, chunk=10, break_after=2))
    url = f"/v1beta/models/{lane.kimi}:streamGenerateContent"
    answer = http.post(url, json=HI, headers={"x-goog-api-key": server.key})
    *_, last = answer.json()
    assert last["error"]["code"] == 502


CARRIERS = ("authorization", "x-api-key", "x-goog-api-key", "query")


@pytest.mark.parametrize("carrier", CARRIERS)
def test_every_carrier_gets_the_same_decision_and_no_key_reaches_log_or_vendor(
    http: httpx2.Client, server: Server, lane: Lane, sim: Simulator, carrier: str
) -> None:
    wrong = server.key[:-1] + ("a" if server.key[-1] != "a" else "b")
    statuses = []
    for key in (server.key, wrong, "pa_", "AIzaSomeoneElse", ""):
        headers = (
            {} if carrier == "query" else {carrier: f"Bearer {key}".strip() if carrier == "authorization" else key}
        )
        query = f"?key={key}" if carrier == "query" else ""
        for method in ("generateContent", "countTokens"):
            answer = http.post(f"/v1beta/models/{lane.kimi}:{method}{query}", json=HI, headers=headers)
            statuses.append(answer.status_code)
            assert not key or key == "pa_" or key not in answer.text
        statuses.append(http.get(f"/v1beta/models{query}", headers=headers).status_code)
    assert statuses == [200] * 3 + [401] * 12
    assert wrong not in server.log
    assert server.key not in server.log
    assert all(server.key not in json.dumps(exchange.headers) for exchange in sim.ledger.exchanges())


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1beta/models/kimi-1:predict", 405),
        ("POST", "/v1beta/models/kimi-1", 405),
        ("GET", "/v1beta/models/kimi-1:generateContent", 405),
        ("DELETE", "/v1beta/models/kimi-1", 405),
        ("GET", "/v1beta/cachedContents", 404),
        ("POST", "/v1beta/models/:generateContent", 404),
        ("GET", "/v1beta/models/no-such-model", 404),
        ("POST", "/v1beta/models/kimi-1:streamGenerateContent?alt=proto", 400),
    ],
)
def test_other_addresses_are_refused_in_googles_shape(
    http: httpx2.Client, server: Server, method: str, path: str, status: int
) -> None:
    answer = http.request(method, path, json=HI if method == "POST" else None, headers={"x-goog-api-key": server.key})
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == status


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"null", b"\xff\xfe\x00", b'{"contents": 5}', b'{"contents": [{"parts": 5}]}', b'{"a":' * 5000,
     b'{"contents": [{"parts": [{"text": "x"}]}], "generationConfig": {"thinkingConfig": 5}}'],
)  # fmt: skip
def test_what_is_not_a_request_is_refused(lane: Lane, server: Server, sim: Simulator, raw: bytes) -> None:
    with Caller(server.url, server.key, "gemini") as caller:
        url = f"/v1beta/models/{lane.kimi}"
        for method in ("generateContent", "countTokens"):
            if method == "countTokens" and b"generationConfig" in raw:
                continue
            answer = caller.http.post(f"{url}:{method}", content=raw)
            assert answer.status_code == 400, answer.text
            assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"
    assert sim.ledger.exchanges() == []


def test_a_quota_with_a_delay_is_handed_on_with_it(
    lane: Lane, server: Server, sim: Simulator, console: Console
) -> None:
    sim.google.then(Failure("rate_limited", retry_after="77.5"))
    with Caller(server.url, server.key, "gemini") as caller:
        seen = caller.ask("limited-gemini")
    assert seen.status == 429
    assert 77 <= int(seen.headers["retry-after"]) <= 78
    assert "1234" not in seen.raw.decode(), "the vendor's words name our project"
    (attempt,) = console.request(seen.request_id)["attempts"]
    assert attempt["failure_kind"] == "rate_limited"
