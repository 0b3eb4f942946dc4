"""Several persons in one conversation: chat completions name them, the other dialects are told in words."""

import json
from typing import Any

import pytest

from powerautomation.gateway.dialects import DIALECTS, Image, Message, Peek, Target, Text, ToolResult
from powerautomation.gateway.dialects.openai_chat import OPENAI_CHAT
from powerautomation.gateway.families import family_of

PIXEL = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
CALL = {"id": "call_1", "type": "function", "function": {"name": "Read", "arguments": "{}"}}


def body(*messages: dict[str, Any]) -> bytes:
    return json.dumps({"model": "gpt-4o", "messages": messages}).encode()


def says(name: Any, content: Any) -> dict[str, Any]:
    return {"role": "user", "name": name, "content": content}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


@pytest.mark.parametrize(
    ("dialect", "model"),
    [("anthropic-messages", "claude-opus-4-5"), ("gemini", "gemini-2.5-pro"), ("openai-responses", "gpt-5.5")],
)
def test_every_other_dialect_hears_who_speaks(dialect: str, model: str) -> None:
    request = OPENAI_CHAT.decode_request(
        body(says("bob", "Red."), {"role": "assistant", "content": "Noted."}, says("ann", [text("Blue."), PIXEL]))
    )
    sent = DIALECTS[dialect].encode_request(request, Target(model, family_of(model))).decode()
    assert sent.index('"bob: Red."') < sent.index('"Noted."') < sent.index('"ann: Blue."')


@pytest.mark.parametrize(
    ("content", "heard"),
    [
        ([text("one"), text("two")], (Text("bob: one"), Text("two"))),
        ([text(""), text("two")], (Text(""), Text("bob: two"))),
        ([PIXEL, text("this")], (Image("image/png", "iVBORw0KGgo="), Text("bob: this"))),
        ([PIXEL], (Text("bob:"), Image("image/png", "iVBORw0KGgo="))),
        ("", ()),
    ],
)
def test_the_name_stands_before_the_first_words_of_a_turn(content: Any, heard: tuple[Any, ...]) -> None:
    assert OPENAI_CHAT.decode_request(body(says("bob", content))).messages == (Message("user", heard),)


@pytest.mark.parametrize("name", [None, ""])
def test_who_has_no_name_is_not_announced(name: Any) -> None:
    assert OPENAI_CHAT.decode_request(body(says(name, "hi"))).messages == (Message("user", (Text("hi"),)),)


def test_the_name_is_not_put_into_the_result_of_a_tool() -> None:
    request = OPENAI_CHAT.decode_request(
        body(
            says("bob", "go"),
            {"role": "assistant", "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "call_1", "content": "one"},
            says("ann", "and?"),
        )
    )
    assert request.messages[-1].parts == (ToolResult("call_1", (Text("one"),)), Text("ann: and?"))


def test_the_mark_of_a_prompt_cache_stays_where_it_was() -> None:
    marked = {**text("hi"), "cache_control": {"type": "ephemeral"}}
    (part,) = OPENAI_CHAT.decode_request(body(says("bob", [marked]))).messages[0].parts
    assert isinstance(part, Text)
    assert (part.text, json.loads(bytes(part.cache_control or b""))) == ("bob: hi", {"type": "ephemeral"})


def test_within_the_dialect_every_byte_stays() -> None:
    raw = body(says("bob", "Red."), says("ann", "Blue."))
    assert OPENAI_CHAT.forward_request(raw, Peek("gpt-4o"), Target("gpt-4o", family_of("gpt-4o"))) is raw
