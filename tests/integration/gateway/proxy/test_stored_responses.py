"""OpenAI's own SDK on the Responses API: whole, streamed, with tools, and going on from kept answers."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import openai
import pytest

from tests.fixtures.console import Console
from tests.fixtures.server import Server
from tests.fixtures.simulators import Answer, Call, Simulator, Text, Think, call, say
from tests.integration.gateway.proxy.conftest import Lane

PATCH: Any = {"type": "custom", "name": "patch", "description": "Patches.", "format": {"type": "text"}}
CLOSE: Any = {
    "type": "namespace",
    "name": "agents",
    "description": "Agents.",
    "tools": [{"type": "function", "name": "close", "strict": False, "parameters": {"type": "object"}}],
}


@pytest.fixture
def client(server: Server) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key=server.key, max_retries=0, timeout=20) as sdk:
        yield sdk


def chat_messages(sim: Simulator) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = sim.moonshot.exchanges[-1].json["messages"]  # type: ignore[assignment]
    return messages


def test_a_conversation_goes_on_from_the_answer_before(client: openai.OpenAI, lane: Lane, sim: Simulator) -> None:
    """Thinking too comes back to the model; instructions are those of the last request alone."""
    sim.moonshot.then(Answer((Think("想 first"), Text("One."))), say("Two."), say("Three."))
    first = client.responses.create(model=lane.kimi, input="a", instructions="Be brief.")
    second = client.responses.create(
        model=lane.kimi, input=[{"role": "user", "content": "b"}], previous_response_id=first.id
    )
    with client.responses.stream(model=lane.kimi, input="c", previous_response_id=second.id) as stream:
        third = stream.get_final_response()
    assert [answer.output_text for answer in (first, second, third)] == ["One.", "Two.", "Three."]
    assert [(message["role"], message["content"]) for message in chat_messages(sim)] == [
        ("user", "a"), ("assistant", "One."), ("user", "b"), ("assistant", "Two."), ("user", "c"),
    ]  # fmt: skip
    assert all(exchange.warnings == [] for exchange in sim.moonshot.exchanges)


def test_tools_are_called_and_answered_over_kept_answers(client: openai.OpenAI, lane: Lane, sim: Simulator) -> None:
    calls = (Call("patch", {"input": 'a "b"\n'}), Call("agents__close", {"id": 1}))
    sim.moonshot.then(Answer((Think("hm"), Text("Now."), *calls), chunk=3), say("Done."))
    events = list(client.responses.create(model=lane.kimi, input="go", tools=[PATCH, CLOSE], stream=True))
    final: Any = events[-1]
    thought, said, patch, close = final.response.output
    assert (thought.type, said.type) == ("reasoning", "message")
    assert (patch.type, patch.name, patch.input) == ("custom_tool_call", "patch", 'a "b"\n')
    assert (close.type, close.name, close.namespace) == ("function_call", "close", "agents")
    deltas = [event.delta for event in events if event.type == "response.custom_tool_call_input.delta"]
    assert "".join(deltas) == 'a "b"\n'
    assert len(deltas) > 1, "freeform text must stream"
    results: Any = [
        {"type": "custom_tool_call_output", "call_id": patch.call_id, "output": "patched"},
        {
            "type": "function_call_output",
            "call_id": close.call_id,
            "output": [{"type": "input_text", "text": "closed"}],
        },
    ]
    answer = client.responses.create(
        model=lane.kimi, input=results, tools=[PATCH, CLOSE], previous_response_id=final.response.id
    )
    assert answer.output_text == "Done."
    _, asked, *told = chat_messages(sim)
    assert asked["reasoning_content"] == "hm"
    assert [json.loads(one["function"]["arguments"]) for one in asked["tool_calls"]] == [
        {"input": 'a "b"\n'},
        {"id": 1},
    ]
    assert [message["content"] for message in told] == ["patched", "closed"]


def test_a_conversation_moves_to_openai_and_back(client: openai.OpenAI, lane: Lane, sim: Simulator) -> None:
    """Nobody is shown what another vendor thought or sealed; everybody is shown what was said."""
    sim.moonshot.then(Answer((Think("Kimi thinks"), Text("One."))), say("Three."))
    sim.responses.then(Answer((Think("OpenAI thinks"), Text("Two."))))
    include: Any = ["reasoning.encrypted_content"]
    first = client.responses.create(model=lane.kimi, input="a", include=include)
    second = client.responses.create(model="native-gpt", input="b", previous_response_id=first.id, include=include)
    third = client.responses.create(model=lane.kimi, input="c", previous_response_id=second.id, include=include)
    fourth = client.responses.create(model="native-gpt", input="d", previous_response_id=third.id, include=include)
    assert (second.output_text, third.output_text) == ("Two.", "Three.")
    assert fourth.output_text
    assert all(exchange.outcome == "completed" for exchange in sim.ledger.exchanges())
    to_openai, to_kimi = sim.responses.exchanges[-1].body.decode(), sim.moonshot.exchanges[-1].body.decode()
    assert "Kimi thinks" not in to_openai
    assert "OpenAI thinks" in to_openai
    assert "gAAAAA" not in to_kimi


def test_what_is_not_stored_cannot_be_referred_to(client: openai.OpenAI, lane: Lane, sim: Simulator) -> None:
    answer = client.responses.create(model=lane.kimi, input="a", store=False)
    with pytest.raises(openai.BadRequestError) as refused:
        client.responses.create(model=lane.kimi, input="b", previous_response_id=answer.id)
    assert refused.value.code == "previous_response_not_found"
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(answer.id)
    assert len(sim.ledger.exchanges()) == 1


def test_a_kept_answer_is_read_and_deleted(client: openai.OpenAI, lane: Lane, sim: Simulator) -> None:
    sim.moonshot.then(say("Kept."))
    answer = client.responses.create(model=lane.kimi, input="a", metadata={"k": "v"})
    again = client.responses.retrieve(answer.id)
    assert (again.output_text, again.metadata, again.usage) == ("Kept.", {"k": "v"}, answer.usage)
    client.responses.delete(answer.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(answer.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.delete(answer.id)
    with pytest.raises(openai.BadRequestError):
        client.responses.create(model=lane.kimi, input="b", previous_response_id=answer.id)


def test_a_kept_answer_is_of_the_key_that_asked_alone(
    client: openai.OpenAI, server: Server, lane: Lane, sim: Simulator
) -> None:
    """Also within one organization: to any other key it is as unknown as one that never was."""
    sim.moonshot.then(say("Mine."))
    kept = client.responses.create(model=lane.kimi, input="a")
    with Console(server) as console:
        body = {"name": "narrow", "allowed_models": ["nothing-*"]}
        narrow = console.http.post("/api/v1/api-keys", json=body).json()["token"]
        other = console.http.post("/api/v1/api-keys", json={"name": "other"}).json()["token"]
    sent = len(sim.moonshot.exchanges)
    for token in (narrow, other):
        told = _told_of(server, token, kept.id, lane.kimi)
        assert told == _told_of(server, token, "resp_unknown", lane.kimi)
        # What goes on from an unknown answer is refused as OpenAI refuses it.
        assert [status for status, _ in told] == [404, 404, 404, 404, 400]
    assert len(sim.moonshot.exchanges) == sent
    assert client.responses.retrieve(kept.id).output_text == "Mine."


def _told_of(server: Server, token: str, response_id: str, model: str) -> list[tuple[int, str]]:
    """Status and words for every way to refer to an answer."""
    ways = [("GET", ""), ("DELETE", ""), ("POST", "/cancel"), ("GET", "/input_items")]
    with httpx2.Client(verify=False, base_url=server.url, headers={"authorization": f"Bearer {token}"}) as http:
        answers = [http.request(method, f"/v1/responses/{response_id}{what}") for method, what in ways]
        body = {"model": model, "input": "b", "previous_response_id": response_id}
        answers.append(http.post("/v1/responses", json=body))
    return [
        (answer.status_code, answer.json()["error"]["message"].replace(response_id, "ID").partition("req_")[0])
        for answer in answers
    ]


def test_kept_answers_need_a_key(server: Server) -> None:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="pa_wrong", max_retries=0) as stranger:
        with pytest.raises(openai.AuthenticationError):
            stranger.responses.retrieve("resp_1")
        with pytest.raises(openai.AuthenticationError):
            stranger.responses.delete("resp_1")


def test_a_failed_answer_is_not_kept_and_says_why(client: openai.OpenAI, lane: Lane, sim: Simulator) -> None:
    sim.moonshot.then(Answer((Text("half an answer"),), chunk=4, break_after=2))
    events = list(client.responses.create(model=lane.kimi, input="a", stream=True))
    failed: Any = events[-1]
    assert failed.type == "response.failed"
    assert "broke off" in failed.response.error.message
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(failed.response.id)


def test_a_wanted_schema_and_effort_arrive(client: openai.OpenAI, lane: Lane, sim: Simulator) -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "required": ["a"],
        "additionalProperties": False,
    }
    form: Any = {"format": {"type": "json_schema", "name": "x", "schema": schema, "strict": True}}
    client.responses.create(model=lane.kimi, input="a", text=form, reasoning={"effort": "none"}, max_output_tokens=50)
    sent = sim.moonshot.exchanges[-1].json
    wanted = {"name": "x", "schema": schema, "strict": True}
    assert sent["response_format"] == {"type": "json_schema", "json_schema": wanted}
    assert sent["thinking"] == {"type": "disabled"}
    assert 50 in (sent.get("max_tokens"), sent.get("max_completion_tokens"))


def test_a_cut_answer_is_incomplete(client: openai.OpenAI, lane: Lane, sim: Simulator) -> None:
    sim.moonshot.then(say("half", stop="length"))
    answer = client.responses.create(model=lane.kimi, input="a")
    assert answer.status == "incomplete"
    assert answer.incomplete_details is not None
    assert answer.incomplete_details.reason == "max_output_tokens"


def test_a_server_tool_is_left_out_for_other_vendors(client: openai.OpenAI, lane: Lane, sim: Simulator) -> None:
    sim.moonshot.then(call("f", {}))
    tools: Any = [
        {"type": "web_search"},
        {"type": "function", "name": "f", "parameters": {"type": "object"}, "strict": False},
    ]
    client.responses.create(model=lane.kimi, input="a", tools=tools, tool_choice={"type": "web_search"})
    sent = sim.moonshot.exchanges[-1].json
    assert [tool["function"]["name"] for tool in sent["tools"]] == ["f"]  # type: ignore[attr-defined]
    assert sent.get("tool_choice", "auto") == "auto"


@pytest.mark.parametrize("model", ["kimi", "native-gpt"])
def test_an_answer_names_the_one_before_and_what_it_was_given(
    client: openai.OpenAI, lane: Lane, sim: Simulator, model: str
) -> None:
    model = lane.kimi if model == "kimi" else model
    vendor = sim.responses if model == "native-gpt" else sim.moonshot
    # What a model says about the field stays what it says.
    vendor.then(say("One."), say('"previous_response_id":null'), say("Three."))
    first = client.responses.create(model=model, input="a")
    second = client.responses.create(model=model, input="b", previous_response_id=first.id)
    with client.responses.stream(model=model, input="c", previous_response_id=second.id) as stream:
        events = list(stream)
    begun: Any = events[0]
    third: Any = events[-1]
    assert first.previous_response_id is None
    assert (second.previous_response_id, second.output_text) == (first.id, '"previous_response_id":null')
    assert begun.response.previous_response_id == third.response.previous_response_id == second.id
    assert client.responses.retrieve(second.id).previous_response_id == first.id
    listed: Any = list(client.responses.input_items.list(third.response.id, order="asc", limit=2))
    assert [item.content[0].text for item in listed] == ["a", "One.", "b", '"previous_response_id":null', "c"]
    newest: Any = client.responses.input_items.list(third.response.id, limit=1)
    assert (newest.data[0].content[0].text, newest.has_more) == ("c", True)


def test_what_is_finished_cannot_be_cancelled_and_what_is_unknown_not_be_listed(
    client: openai.OpenAI, lane: Lane, sim: Simulator
) -> None:
    sim.moonshot.then(say("One."))
    answer = client.responses.create(model=lane.kimi, input="a")
    with pytest.raises(openai.BadRequestError, match="Cannot cancel a synchronous response"):
        client.responses.cancel(answer.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.cancel("resp_unknown")
    with pytest.raises(openai.NotFoundError):
        client.responses.input_items.list("resp_unknown")
    with pytest.raises(openai.BadRequestError, match="limit"):
        client.responses.input_items.list(answer.id, limit=1000)
