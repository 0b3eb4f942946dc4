"""Providers by preset, through the vendors' real SDKs: hosts with ways of their own refuse nothing of what is sent."""

from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest

from tests.fixtures.server import Server, running_server
from tests.fixtures.simulators import Answer, Call, Simulator, Text, Think, say
from tests.fixtures.simulators.chat_models import CHAT_HOSTS

HOSTS = {host.name: sorted(host.models)[0] for host in CHAT_HOSTS.values() if host.own_rules}
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "properties": {"path": {"type": ["string", "null"]}},
    "required": ["path"],
}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture(scope="module")
def server(simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose providers are presets at other addresses; each offers one model under the provider's name."""
    config = {
        "providers": {
            name: {"preset": name, "base_url": simulator.vendors[name].base_url, "api_key": f"sk-{name}"}
            for name in HOSTS
        },
        "models": {name: {"deployments": [{"provider": name, "model": model}]} for name, model in HOSTS.items()},
    }
    with running_server(tmp_path_factory.mktemp("presets"), config) as running:
        yield running


@pytest.fixture(params=sorted(HOSTS))
def name(request: pytest.FixtureRequest, simulator: Simulator) -> str:
    simulator.reset()
    found: str = request.param
    return found


CALLING = Answer((Think("I must read."), Text("Reading."), Call("Read", {"path": "a"})))


def test_anthropic_sdk_holds_a_conversation_with_tools_at_every_host(
    server: Server, simulator: Simulator, name: str
) -> None:
    simulator.vendors[name].then(CALLING, say("Done."))
    options: Any = {
        "model": name,
        "max_tokens": 4000,
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "tools": [{"name": "Read", "description": "Reads.", "input_schema": SCHEMA}],
    }
    with anthropic.Anthropic(base_url=server.url, api_key=server.key, max_retries=0, timeout=20) as client:
        asked: Any = [{"role": "user", "content": "hi"}]
        with client.messages.stream(messages=asked, **options) as stream:
            first = stream.get_final_message()
        assert [block.type for block in first.content] == ["thinking", "text", "tool_use"]
        call = first.content[-1]
        assert call.type == "tool_use"
        result = {"type": "tool_result", "tool_use_id": call.id, "content": "text"}
        history: Any = [
            *asked,
            {"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in first.content]},
            {"role": "user", "content": [result]},
        ]
        final = client.messages.create(messages=history, **options)
    assert [getattr(block, "text", "") for block in final.content] == ["Done."]
    assert [exchange.outcome for exchange in simulator.vendors[name].exchanges] == ["completed", "completed"]


def test_openai_sdk_forces_a_tool_and_nudges_at_every_host(server: Server, simulator: Simulator, name: str) -> None:
    simulator.vendors[name].then(Answer((Call("Read", {"path": "a"}),)), say("Done."))
    tools: Any = [{"type": "function", "function": {"name": "Read", "parameters": SCHEMA, "strict": True}}]
    choice: Any = {"type": "function", "function": {"name": "Read"}}
    messages: Any = [{"role": "user", "content": "hi"}]
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key=server.key, max_retries=0, timeout=20) as client:
        first = client.chat.completions.create(
            model=name, messages=messages, tools=tools, tool_choice=choice, frequency_penalty=0.2, temperature=0.1
        )
        message = first.choices[0].message
        (call,) = message.tool_calls or ()
        messages += [
            message.model_dump(exclude_none=True),
            {"role": "tool", "tool_call_id": call.id, "content": "text"},
        ]
        final = client.chat.completions.create(model=name, messages=messages, tools=tools)
    assert final.choices[0].message.content == "Done."


def test_a_refusal_of_google_reaches_the_client_in_words(server: Server, simulator: Simulator) -> None:
    simulator.reset()
    with (
        openai.OpenAI(base_url=f"{server.url}/v1", api_key=server.key, max_retries=0, timeout=20) as client,
        pytest.raises(openai.BadRequestError),
    ):
        client.chat.completions.create(
            model="gemini", messages=[{"role": "user", "content": "hi"}], logit_bias={"1": 1}
        )
