"""The vendors' own Python SDKs, unchanged but for the base URL: sync, async, streams, tools, right exceptions."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import anthropic
import openai
import pytest

from tests.fixtures.server import Server, running_server
from tests.fixtures.simulators import Answer, Call, Failure, Simulator, Text, Think, Vendor, say
from tests.scenario.conftest import house_config

UPSTREAM_MODELS = {"moonshot": "kimi-k2.6", "anthropic": "sonnet"}
READ_SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
ANTHROPIC_TOOLS: Any = [{"name": "Read", "description": "Reads.", "input_schema": READ_SCHEMA}]
OPENAI_TOOLS: Any = [{"type": "function", "function": {"name": "Read", "parameters": READ_SCHEMA}}]
HI: Any = [{"role": "user", "content": "hi"}]
CALLING = Answer((Think("hm"), Text("Reading. "), Call("Read", {"path": "ä"}), Call("Read", {"path": "b"})))


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture(scope="module")
def server(simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all SDK tests; ``limited-…`` are models whose circuits a test may open."""
    config = house_config(simulator)
    for vendor, upstream in (("moonshot", "kimi-k2.6"), ("anthropic", "claude-sonnet-4-6")):
        for stream in (False, True):
            name = f"limited-{vendor}-{stream}"
            config["providers"][name] = config["providers"][vendor]
            config["models"][name] = {"deployments": [{"provider": name, "model": upstream}]}
    with running_server(tmp_path_factory.mktemp("sdks"), config) as running:
        yield running


@pytest.fixture
def sim(simulator: Simulator) -> Simulator:
    simulator.reset()
    return simulator


@pytest.fixture(params=sorted(UPSTREAM_MODELS))
def vendor(request: pytest.FixtureRequest, sim: Simulator) -> Vendor:
    return sim.vendors[request.param]


@pytest.fixture
def model(vendor: Vendor) -> str:
    return UPSTREAM_MODELS[vendor.name]


@pytest.fixture
def claude_client(server: Server) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=server.url, api_key=server.key, max_retries=0, timeout=20) as client:
        yield client


@pytest.fixture
def gpt_client(server: Server) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key=server.key, max_retries=0, timeout=20) as client:
        yield client


@pytest.fixture
async def async_claude(server: Server) -> AsyncIterator[anthropic.AsyncAnthropic]:
    async with anthropic.AsyncAnthropic(base_url=server.url, api_key=server.key, max_retries=0, timeout=20) as client:
        yield client


@pytest.fixture
async def async_gpt(server: Server) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key=server.key, max_retries=0, timeout=20) as client:
        yield client


def test_anthropic_sdk(claude_client: anthropic.Anthropic, vendor: Vendor, model: str) -> None:
    vendor.then(say("Whole."), say("Streamed text."), CALLING, say("Read both."))
    whole = claude_client.messages.create(model=model, max_tokens=100, messages=HI)
    assert (whole.content[0].type, whole.stop_reason) == ("text", "end_turn")
    with claude_client.messages.stream(model=model, max_tokens=100, messages=HI) as stream:
        assert "".join(stream.text_stream) == "Streamed text."
    thinking: Any = {"type": "enabled", "budget_tokens": 1024}
    options: Any = {"model": model, "max_tokens": 4000, "tools": ANTHROPIC_TOOLS, "thinking": thinking}
    with claude_client.messages.stream(messages=HI, **options) as stream:
        message = stream.get_final_message()
    assert [block.type for block in message.content] == ["thinking", "text", "tool_use", "tool_use"]
    calls = [block for block in message.content if block.type == "tool_use"]
    assert [block.input for block in calls] == [{"path": "ä"}, {"path": "b"}]
    thought, said = message.content[0], message.content[1]
    assert thought.type == "thinking"
    assert said.type == "text"
    history: Any = [
        *HI,
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": thought.thinking, "signature": thought.signature},
                {"type": "text", "text": said.text},
                *({"type": "tool_use", "id": item.id, "name": item.name, "input": item.input} for item in calls),
            ],
        },
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": item.id, "content": "text"} for item in calls],
        },
    ]
    final = claude_client.messages.create(messages=history, **options)
    assert final.content[0].type == "text"
    usage = vendor.exchanges[-1].usage
    assert usage is not None
    assert final.usage.output_tokens == usage.output
    assert final.usage.input_tokens + (final.usage.cache_read_input_tokens or 0) == usage.input + usage.cached


def test_openai_sdk(gpt_client: openai.OpenAI, vendor: Vendor, model: str) -> None:
    vendor.then(say("Whole."), CALLING, say("Read both."))
    whole = gpt_client.chat.completions.create(model=model, messages=HI)
    assert (whole.choices[0].message.content, whole.choices[0].finish_reason) == ("Whole.", "stop")
    with gpt_client.chat.completions.stream(
        model=model, messages=HI, tools=OPENAI_TOOLS, stream_options={"include_usage": True}
    ) as stream:
        completion = stream.get_final_completion()
    message = completion.choices[0].message
    calls = message.tool_calls or []
    assert [json.loads(item.function.arguments) for item in calls] == [{"path": "ä"}, {"path": "b"}]
    assert completion.choices[0].finish_reason == "tool_calls"
    usage = vendor.exchanges[-1].usage
    assert usage is not None
    assert completion.usage is not None
    assert completion.usage.completion_tokens == usage.output
    reasoning = getattr(message, "reasoning_content", None)
    history: Any = [
        *HI,
        {
            "role": "assistant",
            "content": message.content,
            "reasoning_content": reasoning,
            "tool_calls": [
                {
                    "id": item.id,
                    "type": "function",
                    "function": {"name": item.function.name, "arguments": item.function.arguments},
                }
                for item in calls
            ],
        },
        *({"role": "tool", "tool_call_id": item.id, "content": "text"} for item in calls),
    ]
    final = gpt_client.chat.completions.create(model=model, messages=history, tools=OPENAI_TOOLS)
    assert final.choices[0].message.content == "Read both."


async def test_both_async_sdks(
    async_claude: anthropic.AsyncAnthropic, async_gpt: openai.AsyncOpenAI, vendor: Vendor, model: str
) -> None:
    vendor.always(say("Grüße 世界"))
    text = ""
    async with async_claude.messages.stream(model=model, max_tokens=100, messages=HI) as stream:
        async for piece in stream.text_stream:
            text += piece
    assert text == "Grüße 世界"
    text = ""
    async for chunk in await async_gpt.chat.completions.create(model=model, messages=HI, stream=True):
        text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
    assert text == "Grüße 世界"


def test_models_and_counting(claude_client: anthropic.Anthropic, gpt_client: openai.OpenAI, sim: Simulator) -> None:
    assert {"kimi-k2", "sonnet"} <= {item.id for item in claude_client.models.list()}
    assert {"kimi-k2", "sonnet"} <= {item.id for item in gpt_client.models.list()}
    assert gpt_client.models.retrieve("kimi-k2").id == "kimi-k2"
    counted = claude_client.messages.count_tokens(model="kimi-k2", messages=HI, tools=ANTHROPIC_TOOLS)
    assert counted.input_tokens > 20


def _ask(client: Any, options: dict[str, Any], on_chunk: Callable[[], None]) -> None:
    if isinstance(client, anthropic.Anthropic):
        answer: Any = client.messages.create(**{"max_tokens": 100, "messages": HI, **options})
    else:
        answer = client.chat.completions.create(**{"messages": HI, **options})
    if options.get("stream"):
        for _ in answer:
            on_chunk()


def _raises(client: Any, error: str, on_chunk: Callable[[], None] = lambda: None, **options: Any) -> Exception:
    module = anthropic if isinstance(client, anthropic.Anthropic) else openai
    with pytest.raises(getattr(module, error)) as caught:
        _ask(client, options, on_chunk)
    return caught.value


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_errors_become_the_right_exceptions(
    claude_client: anthropic.Anthropic,
    gpt_client: openai.OpenAI,
    sim: Simulator,
    vendor: Vendor,
    model: str,
    stream: bool,
) -> None:
    for client in (claude_client, gpt_client):
        vendor.then(Failure("caller"))
        refused = _raises(client, "BadRequestError", model=model, stream=stream)
        assert "the simulator was told to refuse this" in str(refused)
        _raises(client, "NotFoundError", model="no-such-model", stream=stream)
        wrong = client.with_options(api_key="pa_wrong")
        _raises(wrong, "AuthenticationError", model=model, stream=stream)
        if stream:
            sim.reset()
            vendor.then(say("0123456789", chunk=2, hold_after=1, break_after=2, break_with="error_event"))
            _raises(client, "APIError", on_chunk=sim.release, model=model, stream=True)
    sim.reset()
    for client in (claude_client, gpt_client):
        vendor.always(Failure("rate_limited", retry_after="60"))
        limited = _raises(client, "APIStatusError", model=f"limited-{vendor.name}-{stream}", stream=stream)
        assert limited.response.status_code in (429, 503, 529)  # type: ignore[attr-defined]
        assert int(limited.response.headers["retry-after"]) > 0  # type: ignore[attr-defined]
