"""Blocks open once, close once, in order, whatever the upstream interleaves."""

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from powerautomation.gateway.dialects.blocks import BlockOrder, ordered
from powerautomation.gateway.dialects.entities import Event, TextDelta, ToolArgumentsDelta, ToolCallStarted


def test_one_call_streams_without_waiting() -> None:
    order = BlockOrder()
    assert order.add(ToolCallStarted(0, "a", "Read")) == [ToolCallStarted(0, "a", "Read")]
    assert order.add(ToolArgumentsDelta(0, '{"p":')) == [ToolArgumentsDelta(0, '{"p":')]
    assert order.add(ToolArgumentsDelta(0, "1}")) == [ToolArgumentsDelta(0, "1}")]
    assert order.flush() == []


def test_the_next_call_streams_once_the_one_before_is_complete() -> None:
    order = BlockOrder()
    order.add(ToolCallStarted(0, "a", "Read"))
    order.add(ToolArgumentsDelta(0, "{}"))
    assert order.add(ToolCallStarted(1, "b", "Read")) == [ToolCallStarted(1, "b", "Read")]
    assert order.add(ToolArgumentsDelta(1, "{}")) == [ToolArgumentsDelta(1, "{}")]


def test_interleaved_calls_come_out_one_after_the_other() -> None:
    mixed: list[Event] = [
        ToolCallStarted(0, "a", "Read"),
        ToolCallStarted(1, "b", "Grep"),
        ToolArgumentsDelta(1, '{"q":'),
        ToolArgumentsDelta(0, '{"p":'),
        ToolArgumentsDelta(1, "2}"),
        ToolArgumentsDelta(0, "1}"),
    ]
    assert ordered(mixed) == [
        ToolCallStarted(0, "a", "Read"),
        ToolArgumentsDelta(0, '{"p":'),
        ToolArgumentsDelta(0, "1}"),
        ToolCallStarted(1, "b", "Grep"),
        ToolArgumentsDelta(1, '{"q":'),
        ToolArgumentsDelta(1, "2}"),
    ]


def test_text_between_the_parts_of_a_call_waits_for_the_end_of_the_call() -> None:
    mixed: list[Event] = [
        ToolCallStarted(0, "a", "Read"),
        ToolArgumentsDelta(0, '{"p":'),
        TextDelta("so"),
        ToolArgumentsDelta(0, "1}"),
    ]
    assert ordered(mixed)[-1] == TextDelta("so")


objects = st.dictionaries(st.text(max_size=3), st.one_of(st.integers(), st.text(max_size=4)), max_size=3)


@st.composite
def pieces_of_an_object(draw: st.DrawFn) -> list[str]:
    """Return the JSON of an object cut at any places, sometimes without its end."""
    text = json.dumps(draw(objects))
    text = text[: draw(st.integers(0, len(text)))] if draw(st.booleans()) else text
    edges = sorted({0, len(text), *draw(st.lists(st.integers(0, len(text)), max_size=4))})
    return [text[a:b] for a, b in pairwise(edges)]


calls = st.lists(pieces_of_an_object(), min_size=1, max_size=4)


@given(calls, st.lists(st.text(max_size=3), max_size=4), st.randoms())
def test_any_interleaving_loses_nothing_and_mixes_nothing(
    arguments: list[list[str]], texts: list[str], random: object
) -> None:
    queues: list[list[Event]] = [
        [ToolCallStarted(index, f"id{index}", "T"), *(ToolArgumentsDelta(index, piece) for piece in pieces)]
        for index, pieces in enumerate(arguments)
    ]
    queues.append([TextDelta(text) for text in texts])
    mixed: list[Event] = []
    while any(queues):
        queue = random.choice([queue for queue in queues if queue])  # type: ignore[attr-defined]
        mixed.append(queue.pop(0))
    result = ordered(mixed)
    assert sorted(map(repr, result)) == sorted(map(repr, mixed))
    open_call: int | None = None
    begun: set[int] = set()
    for event in result:
        if isinstance(event, ToolCallStarted):
            assert event.index not in begun
            begun.add(event.index)
            open_call = event.index
        elif isinstance(event, ToolArgumentsDelta):
            assert event.index == open_call
        else:
            open_call = None
    for index, pieces in enumerate(arguments):
        got = [e.partial_json for e in result if isinstance(e, ToolArgumentsDelta) and e.index == index]
        assert "".join(got) == "".join(pieces)
    assert "".join(e.text for e in result if isinstance(e, TextDelta)) == "".join(texts)
