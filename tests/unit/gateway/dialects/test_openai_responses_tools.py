"""Tools of every kind under names every vendor takes, and back; freeform text inside a function's arguments."""

import json
import re
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerautomation.gateway.dialects import InvalidRequest
from powerautomation.gateway.dialects.openai_responses_tools import (
    FreeformReader,
    ToolTable,
    flat_name,
    freeform_arguments,
    freeform_text,
)

LEGAL = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}\Z")
names = st.text(min_size=1, max_size=70) | st.text("ab_-", min_size=1, max_size=6)
texts = st.text(max_size=60) | st.text('"\\\n\tü🚀ud8', max_size=20)


def raw(*tools: object) -> list[msgspec.Raw]:
    return [msgspec.Raw(json.dumps(tool).encode()) for tool in tools]


def function(name: str) -> dict[str, object]:
    return {"type": "function", "name": name, "parameters": {"type": "object"}}


def space(name: str, *tools: object) -> dict[str, object]:
    return {"type": "namespace", "name": name, "description": "", "tools": list(tools)}


@given(names, st.just("") | names)
def test_any_name_becomes_one_every_vendor_takes_and_the_same_each_time(name: str, namespace: str) -> None:
    assert LEGAL.match(flat_name(namespace, name))
    assert flat_name(namespace, name) == flat_name(namespace, name)


@given(st.sets(st.tuples(st.just("") | names, names), max_size=12))
def test_every_tool_has_a_name_of_its_own_that_leads_back_to_it(origins: set[tuple[str, str]]) -> None:
    table = ToolTable()
    for namespace, name in sorted(origins):
        table.add(raw(space(namespace, function(name)) if namespace else function(name)))
    assert {(declared.namespace, declared.name) for declared in table.by_name.values()} == origins
    for namespace, name in origins:
        declared = table.by_name[table.name_of(namespace, name)]
        assert (declared.namespace, declared.name) == (namespace, name)


def test_names_that_would_be_the_same_are_told_apart() -> None:
    table = ToolTable()
    table.add(raw(function("a__b"), space("a", function("b")), space("a_", function("b"))))
    assert len(table.by_name) == 3


def test_a_freeform_tool_says_what_it_takes_in_words() -> None:
    grammar = {"type": "grammar", "syntax": "lark", "definition": "start: WORD"}
    table = ToolTable()
    table.add(raw({"type": "custom", "name": "patch", "description": "Patches.", "format": grammar}))
    tool = table.by_name["patch"].tool
    assert tool.kind == "freeform"
    assert tool.grammar is not None
    assert msgspec.json.decode(tool.grammar) == grammar
    assert tool.description.startswith("Patches.")
    assert "lark grammar:\nstart: WORD" in tool.description
    assert list(msgspec.json.decode(tool.schema)["properties"]) == ["input"]


@pytest.mark.parametrize("kind", ["local_shell", "shell", "apply_patch", "computer_use_preview", "martian"])
def test_tools_nobody_else_could_use_are_refused(kind: str) -> None:
    with pytest.raises(InvalidRequest, match=kind):
        ToolTable().add(raw({"type": kind}))


def test_a_search_of_the_vendor_is_left_out_and_one_of_the_client_is_a_function() -> None:
    table = ToolTable()
    table.add(raw({"type": "tool_search"}, {"type": "web_search_preview_2025_03_11"}))
    assert (table.by_name, table.hosted) == ({}, ["tool_search", "web_search_preview_2025_03_11"])
    table.add(raw({"type": "tool_search", "execution": "client", "parameters": {"type": "object"}}))
    assert table.by_name["tool_search"].kind == "search"


@given(texts, st.lists(st.integers(0, 200), max_size=8), st.booleans())
def test_freeform_text_streams_out_of_its_json_wherever_it_is_cut(text: str, places: list[int], ascii_: bool) -> None:
    arguments = json.dumps({"input": text}, ensure_ascii=ascii_)
    edges = sorted({0, len(arguments), *(place % (len(arguments) + 1) for place in places)})
    reader = FreeformReader()
    told = "".join(reader.feed(arguments[start:end]) for start, end in pairwise(edges))
    whole, rest = reader.finish()
    assert whole == told + rest == text
    assert len(text) < 2 or told, "it must not wait for the end"


@given(texts)
def test_freeform_text_is_wrapped_and_unwrapped(text: str) -> None:
    assert freeform_text(freeform_arguments(text)) == text


@given(texts, st.integers(0, 80))
def test_a_cut_freeform_call_keeps_what_there_is(text: str, place: int) -> None:
    whole = json.dumps({"input": text})
    cut = whole[: len('{"input": "') + place]
    reader = FreeformReader()
    told = reader.feed(cut)
    assert "".join(reader.finish()[1:]) == ""
    assert text.startswith(told)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ("*** Begin Patch\n", "*** Begin Patch\n"),
        ('{"patch": "a"}', "a"),
        ('"a"', "a"),
        ("{}", ""),
        ("", ""),
        ('{"input": "line\nline"}', "line\nline"),
        ('{"input": "a \\$ b"}', "a \\$ b"),
        ('{"input": "half \\u00', "half "),
        ('{"input": 5}', '{"input": 5}'),
        ('{"a": "1", "b": "2"}', '{"a": "1", "b": "2"}'),
    ],
)
def test_a_model_that_wraps_it_wrongly_is_understood(arguments: str, text: str) -> None:
    assert freeform_text(arguments) == text
    reader = FreeformReader()
    told = "".join(reader.feed(character) for character in arguments)
    whole, rest = reader.finish()
    assert (whole, told + rest) == (text, text)
