"""Ids of tool calls come back as they were, never collide, and keep the prefix of a conversation."""

import re

from hypothesis import given
from hypothesis import strategies as st

from powerautomation.gateway.dialects.tool_ids import (
    AnswerIds,
    HistoryIds,
    client_id,
    legal_id,
    nonce_of,
    upstream_id,
)

LEGAL = re.compile(r"[A-Za-z0-9_-]+\Z")
names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,63}", fullmatch=True)
ids = st.one_of(
    st.text(min_size=1, max_size=80),
    st.builds("functions.{}:{}".format, names, st.integers(0, 999)),
    st.builds("toolu_fn{}_{}".format, st.integers(0, 99), names),
    st.builds("toolu_x_{}".format, names),
)


@given(ids, names, st.text())
def test_every_id_is_legal_for_clients_and_comes_back(given_id: str, name: str, request_id: str) -> None:
    known = client_id(given_id, name, nonce_of(request_id))
    assert LEGAL.match(known)
    assert upstream_id(known, name) == given_id


@given(ids, ids, names)
def test_different_ids_stay_different(one: str, other: str, name: str) -> None:
    same = client_id(one, name, "abcdefgh") == client_id(other, name, "abcdefgh")
    assert same == (one == other)


def test_kimis_id_takes_its_short_form() -> None:
    nonce = nonce_of("req_1")
    assert re.fullmatch(r"[a-z2-7]{8}", nonce)
    assert client_id("functions.Read:3", "Read", nonce) == f"toolu_fn3_{nonce}"
    assert nonce_of("req_2") != nonce


def test_an_id_that_names_another_function_than_the_call_is_kept_to_the_letter() -> None:
    known = client_id("functions.Read:3", "Write", "abcdefgh")
    assert upstream_id(known, "Write") == "functions.Read:3"


@given(st.text(min_size=1))
def test_a_legal_id_can_be_made_of_anything(identifier: str) -> None:
    made = legal_id(identifier)
    assert LEGAL.match(made)
    if made != identifier:
        assert upstream_id(made, "any") == identifier


def test_what_only_looks_escaped_is_left_alone() -> None:
    assert upstream_id("toolu_x_*", "Read") == "toolu_x_*"
    assert upstream_id("toolu_x_gICA", "Read") == "toolu_x_gICA"


def test_calls_of_one_answer_never_share_an_id() -> None:
    answer = AnswerIds("req_1")
    given_ids = ["", "functions.Read:0", "functions.Read:0", "call_1", "call_1", "functions.Read:1"]
    known = [answer.of_call(given_id, "Read", index) for index, given_id in enumerate(given_ids)]
    assert len(set(known)) == len(known)
    assert all(LEGAL.match(identifier) for identifier in known)


def test_two_turns_with_the_same_native_ids_get_different_ones() -> None:
    first = AnswerIds("req_1").of_call("functions.Read:0", "Read", 0)
    second = AnswerIds("req_2").of_call("functions.Read:0", "Read", 0)
    assert first != second
    history = HistoryIds(kimi=True)
    assert history.of_call(first, "Read") == "functions.Read:0"
    assert history.of_call(second, "Read") == "functions.Read:1"
    assert history.of_result(second) == "functions.Read:1"
    assert history.of_result("toolu_unknown") is None


def test_foreign_ids_are_numbered_by_their_place_in_the_conversation() -> None:
    history = HistoryIds(kimi=True)
    given_ids = [("toolu_01A", "Read"), ("toolu_fn2_abcdefgh", "Read"), ("call_9", "Read"), ("x", "Write")]
    assert [history.of_call(*call) for call in given_ids] == [
        "functions.Read:0",
        "functions.Read:2",
        "functions.Read:3",
        "functions.Write:3",
    ]


@given(st.lists(st.tuples(ids, names), max_size=12), st.lists(st.tuples(ids, names), max_size=5))
def test_a_longer_conversation_keeps_the_ids_of_a_shorter(
    calls: list[tuple[str, str]], more: list[tuple[str, str]]
) -> None:
    short, long = HistoryIds(kimi=True), HistoryIds(kimi=True)
    first = [short.of_call(*call) for call in calls]
    assert [long.of_call(*call) for call in calls + more][: len(first)] == first
    assert len(set(first)) == len(first)
    assert all(
        re.fullmatch(rf"functions\.{re.escape(name)}:\d+", made) for made, (_, name) in zip(first, calls, strict=True)
    )


def test_other_upstreams_get_back_what_they_gave() -> None:
    history = HistoryIds(kimi=False)
    assert history.of_call("call_abc", "Read") == "call_abc"
    assert history.of_call(client_id("id with spaces!", "Read", "abcdefgh"), "Read") == "id with spaces!"
