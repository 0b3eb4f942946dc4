"""Requests of another dialect as chat completions. Simulated vendors judge them by rules written down apart."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powerautomation.gateway.dialects import (
    ChatRequest,
    Document,
    Image,
    InvalidRequest,
    Message,
    Target,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)
from powerautomation.gateway.dialects.entities import ThinkingOptions, ToolChoice
from powerautomation.gateway.dialects.openai_chat import OPENAI_CHAT
from powerautomation.gateway.families import family_of
from tests.fixtures.simulators.chat_models import INFINI, MOONSHOT, OPENAI
from tests.fixtures.simulators.chat_rules import check_chat

PNG = "iVBORw0KGgo="
READ = Tool("Read", "Reads.", msgspec.Raw(b'{"properties":{"path":{"type":"string"}}}'))
HI = Message("user", (Text("hi"),))
MODELS = [(host, model) for host in (MOONSHOT, INFINI, OPENAI) for model in host.models]


def target(model: str) -> Target:
    return Target(model, family_of(model))


def sent(request: ChatRequest, model: str = "kimi-k2.6", host: Any = MOONSHOT, *, warnings: int = 0) -> dict[str, Any]:
    """What the vendor gets; it must find nothing wrong with it."""
    body = json.loads(OPENAI_CHAT.encode_request(request, target(model)))
    _, found = check_chat(body, host)
    assert len(found) == warnings, found
    assert isinstance(body, dict)
    return body


def ask(*messages: Message, **fields: Any) -> ChatRequest:
    return ChatRequest("asked", messages or (HI,), **fields)


def turn(*calls: str, text: str = "", thought: str = "") -> Message:
    parts = [Thinking(thought)] if thought else []
    parts += [Text(text)] if text else []  # type: ignore[list-item]
    return Message("assistant", (*parts, *(ToolCall(call, "Read", '{"path":"a"}') for call in calls)))


def results(*calls: str, then: str = "") -> Message:
    parts = [ToolResult(call, (Text(f"content of {call}"),)) for call in calls]
    return Message("user", (*parts, Text(then)) if then else tuple(parts))


FULL = ask(
    HI,
    turn("toolu_01A", "toolu_01B", text="Reading.", thought="I must."),
    results("toolu_01B", "toolu_01A", then="and now?"),
    turn("toolu_fn0_abcdefgh"),
    results("toolu_fn0_abcdefgh"),
    system=(Text("x-anthropic-billing-header: cch=abc;"), Text("Be brief."), Text("Be kind.")),
    tools=(READ,),
    tool_choice=ToolChoice("auto"),
    max_output_tokens=500,
    temperature=0.4,
    top_p=0.5,
    top_k=3,
    stop=("END",),
    seed=1,
    end_user='{"account":"a-1"}',
    stream=True,
)


@pytest.mark.parametrize(("host", "model"), MODELS, ids=lambda value: getattr(value, "name", value))
@pytest.mark.parametrize("mode", [None, "on", "off", "adaptive"])
@pytest.mark.parametrize("choice", ["auto", "none", "any", "tool"])
def test_every_vendor_accepts_a_full_conversation(host: Any, model: str, mode: Any, choice: Any) -> None:
    wish = ToolChoice(choice, "Read" if choice == "tool" else "")
    request = msgspec.structs.replace(FULL, thinking=ThinkingOptions(mode, 2000), tool_choice=wish)
    body = sent(request, model, host)
    assert body["stream_options"] == {"include_usage": True}


def test_thinking_text_and_calls_become_one_message() -> None:
    messages = sent(FULL)["messages"]
    assert messages[0] == {"role": "system", "content": "Be brief.\n\nBe kind."}
    assert messages[2] == {
        "role": "assistant",
        "content": "Reading.",
        "reasoning_content": "I must.",
        "tool_calls": [
            {"id": f"functions.Read:{n}", "type": "function", "function": {"name": "Read", "arguments": '{"path":"a"}'}}
            for n in range(2)
        ],
    }


def test_a_thinking_model_gets_the_reasoning_key_also_when_there_is_none() -> None:
    request = ask(HI, turn("a"), results("a"))
    assert sent(request)["messages"][1]["reasoning_content"] == ""
    assert "reasoning_content" not in sent(request, "kimi-k2-0905-preview")["messages"][1]
    assert "reasoning_content" not in sent(FULL, "gpt-4o-mini", OPENAI)["messages"][2]


def test_results_follow_their_calls_and_then_the_person_speaks() -> None:
    messages = sent(FULL)["messages"]
    assert [message["role"] for message in messages] == [
        "system", "user", "assistant", "tool", "tool", "user", "assistant", "tool",
    ]  # fmt: skip
    assert [messages[3]["tool_call_id"], messages[4]["tool_call_id"]] == ["functions.Read:1", "functions.Read:0"]
    assert messages[3]["content"] == "content of toolu_01B"
    assert messages[5]["content"] == "and now?"
    assert messages[7]["tool_call_id"] == messages[6]["tool_calls"][0]["id"]


def test_native_ids_come_back_and_those_used_twice_are_counted_on() -> None:
    request = ask(
        HI,
        turn("toolu_fn0_aaaaaaaa"),
        results("toolu_fn0_aaaaaaaa"),
        turn("toolu_fn0_bbbbbbbb"),
        results("toolu_fn0_bbbbbbbb"),
    )
    ids = [message["tool_call_id"] for message in sent(request)["messages"] if message["role"] == "tool"]
    assert ids == ["functions.Read:0", "functions.Read:1"]


def test_a_message_of_the_system_between_call_and_result_moves_behind_the_result() -> None:
    between = Message("system", (Text("Reminder."),))
    messages = sent(ask(between, HI, turn("a"), between, results("a"), between, HI))["messages"]
    assert [message["role"] for message in messages] == [
        "system", "user", "assistant", "tool", "system", "system", "user",
    ]  # fmt: skip


def test_interrupted_calls_are_answered_as_such() -> None:
    messages = sent(ask(HI, turn("a", "b"), results("a", then="stop"), HI))["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "tool", "tool", "user", "user"]
    assert messages[3]["tool_call_id"] == "functions.Read:1"
    assert "interrupted" in messages[3]["content"]
    assert messages[4]["content"] == "stop"


def test_an_error_stays_an_error() -> None:
    def content(text: str) -> Any:
        result = ToolResult("a", (Text(text),), is_error=True)
        return sent(ask(HI, turn("a"), Message("user", (result,))))["messages"][2]["content"]

    assert content("no such file") == "Error: no such file"
    assert content("error: no such file") == "error: no such file"


def test_pictures_in_results_move_to_a_message_of_the_user() -> None:
    result = ToolResult("a", (Text("a screenshot"), Image("image/png", PNG)))
    messages = sent(ask(HI, turn("a"), Message("user", (result, Text("what is it?")))))["messages"]
    assert messages[2]["content"].startswith("a screenshot\n\n")
    assert messages[3] == {
        "role": "user",
        "content": [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}],
    }
    assert messages[4]["content"] == "what is it?"


def test_text_documents_become_text() -> None:
    parts = (Document(text="words", title="a.txt"), Document("text/plain", "d29yZHM="))
    assert sent(ask(Message("user", parts)))["messages"][0]["content"] == "a.txt\n\nwords\n\nwords"


def test_tool_history_without_tools_is_accepted() -> None:
    assert "tools" not in sent(ask(HI, turn("a"), results("a")))


def test_empty_things_are_left_out() -> None:
    empty = Message("user", (Text(""),))
    hollow = Message("assistant", (Thinking("only thought"),))
    assert len(sent(ask(empty, hollow, Message("system", ()), HI))["messages"]) == 1


@pytest.mark.parametrize("model", ["kimi-k2.5", "kimi-k2.6"])
@pytest.mark.parametrize(
    ("mode", "wire"), [("any", "required"), ("tool", {"type": "function", "function": {"name": "Read"}})]
)
def test_a_forced_choice_switches_thinking_off_where_that_can_be(model: str, mode: Any, wire: Any) -> None:
    request = ask(tools=(READ,), tool_choice=ToolChoice(mode, "Read"), thinking=ThinkingOptions("on"))
    body = sent(request, model)
    assert (body["thinking"], body["tool_choice"]) == ({"type": "disabled"}, wire)


@pytest.mark.parametrize(
    ("model", "mode", "wire"),
    [
        ("kimi-k2-thinking", "any", "auto"),
        ("kimi-k2.7-code", "tool", "auto"),
        ("kimi-k3", "any", "required"),
        ("kimi-k3", "tool", "required"),
    ],
)
def test_a_forced_choice_becomes_what_an_always_thinking_model_takes(model: str, mode: Any, wire: str) -> None:
    body = sent(ask(tools=(READ,), tool_choice=ToolChoice(mode, "Read")), model)
    assert body["tool_choice"] == wire
    assert "thinking" not in body


def test_models_that_never_think_keep_a_forced_choice() -> None:
    body = sent(ask(tools=(READ,), tool_choice=ToolChoice("any")), "kimi-k2-0905-preview")
    assert body["tool_choice"] == "required"
    assert "thinking" not in body


def test_thinking_cannot_be_switched_off_where_it_is_always_on() -> None:
    assert "thinking" not in sent(ask(thinking=ThinkingOptions("off")), "kimi-k3")
    assert sent(ask(thinking=ThinkingOptions("off")))["thinking"] == {"type": "disabled"}
    assert "thinking" not in sent(ask())


def test_fixed_parameters_are_left_to_the_host_and_others_bounded() -> None:
    request = ask(temperature=0.3, top_p=0.4)
    assert not {"temperature", "top_p"} & sent(request).keys()
    assert sent(request, "kimi-k2-0905-preview")["temperature"] == 0.3
    assert sent(ask(temperature=1.7), "kimi-k2-0905-preview")["temperature"] == 1.0
    assert sent(ask(temperature=1.7), "gpt-4o-mini", OPENAI)["temperature"] == 1.7


def test_the_output_limit_has_the_name_the_model_knows() -> None:
    assert sent(ask(max_output_tokens=9))["max_tokens"] == 9
    assert sent(ask(max_output_tokens=9), "gpt-5.5", OPENAI)["max_completion_tokens"] == 9


@pytest.mark.parametrize(("budget", "effort"), [(1024, "low"), (8000, "medium"), (32000, "high")])
def test_a_budget_for_thinking_becomes_effort(budget: int, effort: str) -> None:
    request = ask(thinking=ThinkingOptions("on", budget))
    assert sent(request, "gpt-5.5", OPENAI)["reasoning_effort"] == effort
    assert "reasoning_effort" not in sent(request)


def test_a_choice_of_a_server_tool_is_reset_and_without_tools_there_is_none() -> None:
    wish = ToolChoice("tool", "web_search")
    assert sent(ask(tools=(READ,), server_tools=("web_search",), tool_choice=wish))["tool_choice"] == "auto"
    assert "tool_choice" not in sent(ask(server_tools=("web_search",), tool_choice=wish))


def test_parallel_calls_can_be_forbidden() -> None:
    assert sent(ask(tools=(READ,), tool_choice=ToolChoice("auto", "", False)))["parallel_tool_calls"] is False


def test_forms_of_answers_are_asked_for() -> None:
    schema = msgspec.Raw(b'{"type":"object"}')
    wanted = sent(ask(response_schema=schema))["response_format"]
    assert wanted == {"type": "json_schema", "json_schema": {"name": "answer", "schema": {"type": "object"}}}
    assert sent(ask(json_mode=True))["response_format"] == {"type": "json_object"}


def test_who_the_person_is_stays_here() -> None:
    raw = OPENAI_CHAT.encode_request(FULL, target("kimi-k2.6"))
    assert b"a-1" not in raw
    assert b"billing" not in raw
    assert len(json.loads(raw)["user"]) == 32


def _many(count: int) -> tuple[Tool, ...]:
    return tuple(Tool(f"t{n}", "", READ.schema) for n in range(count))


@pytest.mark.parametrize(
    ("request_", "model", "words"),
    [
        (ask(tools=_many(129)), "kimi-k2.6", "128 tools"),
        (ask(stop=("a", "b", "c", "d", "e", "f")), "kimi-k2.6", "5 stop"),
        (ask(stop=("x" * 33,)), "kimi-k2.6", "32 bytes"),
        (ask(Message("user", (Image("image/png", PNG),))), "kimi-k2-0905-preview", "images"),
        (ask(Message("user", (Image(url="https://x/a.png"),))), "kimi-k2.6", "URL"),
        (ask(Message("user", (Document("application/pdf", "AAAA"),))), "kimi-k2.6", "application/pdf"),
        (ask(Message("user", (Document("text/plain", "!"),))), "kimi-k2.6", "base64"),
        (ask(HI, results("nobody")), "kimi-k2.6", "nobody"),
        (ask(HI, turn("a", "a"), results("a")), "kimi-k2.6", "“a”"),
        (ask(Message("system", (Text("x"),))), "kimi-k2.6", "user"),
        (ask(tools=(Tool("has space", "", READ.schema),)), "kimi-k2.6", "has space"),
        (ask(tools=(READ,), tool_choice=ToolChoice("tool", "No")), "kimi-k2.6", "No"),
        (ask(tools=(Tool("t", "", msgspec.Raw(b"[]")),)), "kimi-k2.6", "Schema"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_the_model_cannot_do_is_refused_before_it_is_asked(request_: ChatRequest, model: str, words: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        OPENAI_CHAT.encode_request(request_, target(model))
    assert words in refused.value.message


def test_exactly_as_many_tools_as_allowed_pass() -> None:
    assert len(sent(ask(tools=_many(128)))["tools"]) == 128


def test_pdfs_go_to_models_that_read_them() -> None:
    body = json.loads(
        OPENAI_CHAT.encode_request(ask(Message("user", (Document("application/pdf", "AAAA"),))), target("gpt-4o"))
    )
    (part,) = body["messages"][0]["content"]
    assert part["file"] == {"filename": "document.pdf", "file_data": "data:application/pdf;base64,AAAA"}


texts = st.text(max_size=8).map(Text)
calls = st.lists(st.integers(0, 5), min_size=1, max_size=3, unique=True)


@st.composite
def conversations(draw: st.DrawFn) -> ChatRequest:
    messages = [HI]
    for _ in range(draw(st.integers(0, 4))):
        numbers = draw(calls)
        ids = [f"toolu_fn{n}_{draw(st.sampled_from(['aaaaaaaa', 'bbbbbbbb']))}" for n in numbers]
        made = tuple(ToolCall(i, draw(st.sampled_from(["Read", "Write"])), "{}") for i in ids)
        messages.append(Message("assistant", (*draw(st.sampled_from([(), (Thinking("t"),)])), draw(texts), *made)))
        if draw(st.booleans()):
            messages.append(Message("system", (draw(texts),)))
        answered = [ToolResult(i, (draw(texts),), draw(st.booleans())) for i in draw(st.permutations(ids))]
        messages.append(Message("user", (*answered[draw(st.integers(0, 1)) :], draw(texts))))
    return ChatRequest("m", tuple(messages), tools=(READ,))


@settings(max_examples=100)
@given(conversations(), st.sampled_from(sorted(MOONSHOT.models)))
def test_any_conversation_is_one_the_vendor_accepts(request: ChatRequest, model: str) -> None:
    sent(request, model)


@settings(max_examples=50)
@given(conversations())
def test_a_longer_conversation_begins_like_the_shorter_one(request: ChatRequest) -> None:
    """So that the vendor's prompt cache goes on working."""
    whole = sent(request)["messages"]
    cuts = [n for n, message in enumerate(request.messages, 1) if message.role == "user"]
    for cut in cuts:
        shorter = sent(msgspec.structs.replace(request, messages=request.messages[:cut]))["messages"]
        assert whole[: len(shorter) - 1] == shorter[:-1]
