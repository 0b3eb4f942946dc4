"""Leaked tool markup becomes tool calls, however it is cut; text that only resembles it stays text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerautomation.gateway.dialects import Event, TextDelta, ThinkingDelta, ToolArgumentsDelta, ToolCallStarted
from powerautomation.gateway.dialects.tool_ids import AnswerIds
from powerautomation.gateway.dialects.tool_markup import MarkupReader

CALLS = (
    "<|tool_calls_section_begin|><|tool_call_begin|>functions.Read:0<|tool_call_argument_begin|>"
    '{"path": "a<|b"}<|tool_call_end|>\n<|tool_call_begin|>functions.Write:1<|tool_call_argument_begin|> {"t":"ü"}'
    "<|tool_call_end|><|tool_calls_section_end|>"
)
WHOLE = f"Reading < now. {CALLS} After."


def read(pieces: list[str], *, thinking: bool = False) -> tuple[str, list[tuple[str, str]]]:
    reader = MarkupReader(AnswerIds("req_1"))
    events: list[Event] = []
    for piece in pieces:
        events += reader.read_thinking(piece) if thinking else reader.read_text(piece)
    events += reader.finish()
    said = "".join(event.text for event in events if isinstance(event, TextDelta | ThinkingDelta))
    calls: dict[int, tuple[str, str]] = {}
    for event in events:
        if isinstance(event, ToolCallStarted):
            calls[event.index] = (event.name, "")
        elif isinstance(event, ToolArgumentsDelta):
            name, arguments = calls[event.index]
            calls[event.index] = (name, arguments + event.partial_json)
    return said, list(calls.values())


EXPECTED = ("Reading < now.  After.", [("Read", '{"path": "a<|b"}'), ("Write", '{"t":"ü"}')])


def test_calls_are_found_and_the_text_around_them_stays() -> None:
    assert read([WHOLE]) == EXPECTED
    assert read([WHOLE], thinking=True) == EXPECTED


@given(st.lists(st.integers(0, len(WHOLE)), max_size=15).map(sorted))
def test_any_cut_gives_the_same_calls(cuts: list[int]) -> None:
    assert read([WHOLE[a:b] for a, b in zip([0, *cuts], [*cuts, len(WHOLE)], strict=True)]) == EXPECTED


def test_one_character_at_a_time_gives_the_same_calls() -> None:
    assert read(list(WHOLE)) == EXPECTED


@given(st.lists(st.text(alphabet="<|tol_ca>x ", max_size=20)))
def test_text_without_markers_comes_through_to_the_letter(pieces: list[str]) -> None:
    assert read(pieces) == ("".join(pieces), [])


def test_only_what_may_be_a_marker_is_held_back() -> None:
    reader = MarkupReader(AnswerIds("req_1"))
    assert reader.read_text("a <b") == [TextDelta("a <b")]
    assert reader.read_text("c <|tool_") == [TextDelta("c ")]
    assert reader.read_text("box") == [TextDelta("<|tool_box")]


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("<|tool_call_begin|>functions.Read:0<|tool_call_argument_begin|>{}<|tool_call_end|>", [("Read", "{}")]),
        ("<|tool_call_begin|>Read:0<|tool_call_argument_begin|>{}", [("Read", "{}")]),
        (
            "<|tool_call_section_begin|><|tool_call_begin|>a.b:2<|tool_call_argument_begin|><|tool_call_end|>",
            [("a.b", "{}")],
        ),
        ('<|tool_call_begin|>functions.Read:0<|tool_call_argument_begin|>{"pa', [("Read", '{"pa')]),
        ("<|tool_calls_section_begin|><|tool_calls_section_end|>", []),
        ("<|tool_call_begin|>functions.Re", []),
        ("<|tool_call_begin|><|tool_call_argument_begin|>{}<|tool_call_end|>", []),
    ],
)
def test_incomplete_markup_gives_what_can_be_known(text: str, calls: list[tuple[str, str]]) -> None:
    said, found = read([text])
    assert found == calls
    assert "<|" not in said


def test_spaces_after_a_call_without_a_section_are_kept() -> None:
    call = "<|tool_call_begin|>functions.Read:0<|tool_call_argument_begin|>{}<|tool_call_end|>"
    assert read([call, " ", "then"])[0] == " then"


def test_an_endless_head_becomes_text_again() -> None:
    said, calls = read(["<|tool_call_begin|>", *["x" * 100] * 10])
    assert (len(said), calls) == (1000, [])


def test_thinking_and_text_are_told_apart() -> None:
    reader = MarkupReader(AnswerIds("req_1"))
    assert reader.read_thinking("hm <|tool") == [ThinkingDelta("hm ")]
    assert reader.read_text("so") == [ThinkingDelta("<|tool"), TextDelta("so")]
