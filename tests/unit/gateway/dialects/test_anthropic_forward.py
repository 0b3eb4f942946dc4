"""Same-dialect requests to Anthropic: untouched when they may be, mended where earlier turns would be refused."""

import json
from typing import Any

import pytest

from powerautomation.gateway.dialects import DIALECTS, InvalidRequest, Target
from powerautomation.gateway.families import family_of

ANTHROPIC = DIALECTS["anthropic-messages"]
SIGNED = '{"type": "thinking",  "thinking": "\\u601d", "signature":"a+/="}'
CALL = {"type": "tool_use", "id": "toolu_1", "name": "Read", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "x"}
BUDGET = {"type": "enabled", "budget_tokens": 2048}


def forward(body: dict[str, Any] | bytes, model: str = "claude-sonnet-4-5") -> bytes:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ANTHROPIC.forward_request(raw, ANTHROPIC.peek(raw), Target(model, family_of(model)))


def turns(*messages: dict[str, Any], **extra: Any) -> dict[str, Any]:
    return {"model": "asked", "max_tokens": 5000, "messages": list(messages), **extra}


def test_a_request_that_fits_is_the_same_bytes() -> None:
    raw = b'{ "messages" : [{"role":"user","content":[' + SIGNED.encode() + b']}], "model": "claude-sonnet-4-5"}'
    assert forward(raw) is raw


def test_a_new_name_changes_nothing_else() -> None:
    raw = b'{"model":"asked","messages":[{"role":"assistant","content":[' + SIGNED.encode() + b']}],"x":1e400}'
    assert forward(raw) == raw.replace(b"asked", b"claude-sonnet-4-5")


def test_unsigned_thinking_goes_and_signed_thinking_keeps_its_bytes() -> None:
    unsigned = '{"type":"thinking","thinking":"Kimi","signature": ""}'
    raw = json.dumps(turns({"role": "user", "content": "a"}, {"role": "assistant", "content": "@"}))
    raw = raw.replace('"@"', f'[{unsigned},{SIGNED},{{"type":"text","text":"b"}}]')
    sent = forward(raw.encode())
    assert SIGNED.encode() in sent
    assert b"Kimi" not in sent


def test_a_turn_that_was_nothing_but_unsigned_thinking_goes() -> None:
    only = {"role": "assistant", "content": [{"type": "thinking", "thinking": "Kimi", "signature": ""}]}
    sent = json.loads(forward(turns({"role": "user", "content": "a"}, only, {"role": "user", "content": "b"})))
    assert [turn["role"] for turn in sent["messages"]] == ["user", "user"]


@pytest.mark.parametrize("model", ["claude-sonnet-4-5", "claude-sonnet-4-6"])
def test_system_messages_become_the_users_words_for_models_that_do_not_know_them(model: str) -> None:
    mark = {"type": "ephemeral"}
    told = [{"type": "text", "text": "Now.", "cache_control": mark}]
    body = turns(
        {"role": "system", "content": "First."},
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": [CALL]},
        {"role": "system", "content": told},
        {"role": "user", "content": [RESULT]},
        {"role": "system", "content": "Last."},
    )
    sent = json.loads(forward(body, model))["messages"]
    assert [turn["role"] for turn in sent] == ["user", "assistant", "user"]
    assert sent[0]["content"][-1] == {"type": "text", "text": "<system>First.</system>"}
    assert sent[2]["content"] == [
        RESULT,
        {"type": "text", "text": "<system>Now.</system>", "cache_control": mark},
        {"type": "text", "text": "<system>Last.</system>"},
    ]


def test_system_messages_stay_for_models_that_know_them() -> None:
    body = turns({"role": "user", "content": "a"}, {"role": "system", "content": "b"})
    assert json.loads(forward(body, "claude-opus-4-8"))["messages"] == body["messages"]


def test_a_longer_conversation_begins_with_the_shorter_one() -> None:
    first = [{"role": "user", "content": "a"}, {"role": "system", "content": "b"}]
    more = [*first, {"role": "assistant", "content": "c"}, {"role": "user", "content": "d"}]
    short, long = (json.loads(forward(turns(*messages)))["messages"] for messages in (first, more))
    assert long[: len(short)] == short


@pytest.mark.parametrize("loop_began_with", [[], [{"type": "text", "text": "I read."}]])
def test_a_tool_loop_another_vendor_began_goes_on_without_thinking(loop_began_with: list[dict[str, Any]]) -> None:
    edits = [{"type": "clear_thinking_20251015", "keep": "all"}, {"type": "clear_tool_uses_20250919"}]
    body = turns(
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": [*loop_began_with, CALL]},
        {"role": "user", "content": [RESULT]},
        thinking=BUDGET,
        context_management={"edits": edits},
    )
    sent = json.loads(forward(body))
    assert sent["thinking"] == {"type": "disabled"}
    assert sent["context_management"] == {"edits": edits[1:]}


def test_a_loop_that_began_with_thinking_goes_on_thinking() -> None:
    thought = {"type": "thinking", "thinking": "t", "signature": "s"}
    body = turns(
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": [thought, CALL]},
        {"role": "user", "content": [RESULT]},
        thinking=BUDGET,
    )
    assert json.loads(forward(body)) == {**body, "model": "claude-sonnet-4-5"}


def test_thinking_is_asked_for_again_when_the_loop_is_over() -> None:
    body = turns(
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": [CALL]},
        {"role": "user", "content": [RESULT]},
        {"role": "assistant", "content": "done"},
        {"role": "user", "content": "next"},
        thinking=BUDGET,
    )
    assert json.loads(forward(body))["thinking"] == BUDGET


@pytest.mark.parametrize(
    "messages",
    ['[5,{"signature":""}]', '[{"role":"system","content":5}]', '[{"role":"system","content":[{"type":"image"}]}]'],
)
def test_turns_that_cannot_be_read_are_refused(messages: str) -> None:
    with pytest.raises(InvalidRequest):
        forward(f'{{"model":"asked","messages":{messages}}}'.encode())


ADAPTIVE = {"type": "adaptive", "display": "updates"}


@pytest.mark.parametrize(
    ("effort", "limit", "budget"),
    [({}, 64000, 16384), ({"effort": "low"}, 64000, 2048), ({"effort": "max"}, 32000, 16000), ({}, 1500, 1024)],
)
def test_a_model_that_does_not_think_adaptively_gets_a_budget(effort: dict[str, str], limit: int, budget: int) -> None:
    """Anthropic: adaptive thinking is not supported on this model."""
    form = {"format": {"type": "json_schema", "schema": {"type": "object"}}}
    body = turns({"role": "user", "content": "a"}, thinking=ADAPTIVE, output_config={**effort, **form})
    sent = json.loads(forward({**body, "max_tokens": limit}))
    assert (sent["thinking"], sent["output_config"]) == ({"type": "enabled", "budget_tokens": budget}, form)


def test_no_thinking_is_asked_for_where_the_answer_leaves_no_room_for_it() -> None:
    edits = {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]}
    body = turns({"role": "user", "content": "a"}, thinking=ADAPTIVE, context_management=edits, output_config={})
    sent = json.loads(forward({**body, "max_tokens": 900}))
    assert sent["thinking"] == {"type": "disabled"}
    assert sent.keys().isdisjoint({"context_management", "output_config"})


def test_a_loop_without_thinking_gets_no_budget_for_it_either() -> None:
    body = turns(
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": [CALL]},
        {"role": "user", "content": [RESULT]},
        thinking=ADAPTIVE,
    )
    assert json.loads(forward(body))["thinking"] == {"type": "disabled"}


@pytest.mark.parametrize("model", ["claude-sonnet-4-6", "claude-opus-4-8"])
def test_adaptive_thinking_stays_for_models_that_know_it(model: str) -> None:
    body = turns({"role": "user", "content": "a"}, thinking=ADAPTIVE, output_config={"effort": "low"})
    assert json.loads(forward(body, model)) == {**body, "model": model}
