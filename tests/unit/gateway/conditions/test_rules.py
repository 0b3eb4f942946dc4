"""Conditions: what is refused at load and why, and what holds."""

import pytest

from powerautomation.gateway.conditions import (
    VARIABLES,
    ConditionFailed,
    InvalidCondition,
    compile_condition,
    visible_headers,
)

FACTS = {"model": "claude-opus", "tokens": 70_000, "headers": {"x-team": "red"}, "tags": ["ci"], "task_class": "plain"}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("tokens > 60000", True),
        ('model.startsWith("claude-") && headers["x-team"] == "red"', True),
        ('"x-other" in headers && headers["x-other"] == "1"', False),
        ('task_class in ["background", "vision"]', False),
        ('tags.exists(tag, tag == "ci")', True),
        ('model.matches("^claude-(opus|sonnet)")', True),
    ],
)
def test_a_condition_answers(text: str, holds: bool) -> None:
    condition = compile_condition(text)
    assert condition.holds({name: FACTS[name] for name in condition.names}) is holds


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("tokens >", "1:9", "Syntax error"),
        ("tokns > 1", "1:1", "undeclared reference to 'tokns'"),
        ("model > 3", "1:7", "no matching overload"),
        ("tokens", "", "true or false"),
        ("true && " * 400 + "true", "", "longer than"),
    ],
)
def test_a_wrong_expression_is_refused_with_place_and_reason(text: str, place: str, reason: str) -> None:
    with pytest.raises(InvalidCondition) as refused:
        compile_condition(text)
    assert place in refused.value.message
    assert reason in refused.value.message


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("tokns > 1", "Did you mean tokens?"),
        ('model.startswith("a")', "Did you mean startsWith?"),
        ("model == claude", 'quotes, as in model == "claude"'),
        ('headers.X-Team == "red"', 'headers["x-team"]'),
        ("model > 3", "text stands in quotes, numbers do not"),
        ('tags == "ci"', "in tags"),
        ('model = "x"', "Write == for “is”"),
        ("not stream", "! for “not”"),
        ('model == "this and that" and stream', "&& for “and”"),
        ('"a and b" ==', "missing at the end"),
        ("tokens > 10k", "A condition may ask for model, task_class"),
    ],
)
def test_a_wrong_expression_is_refused_with_what_was_meant(text: str, hint: str) -> None:
    with pytest.raises(InvalidCondition) as refused:
        compile_condition(text)
    assert hint in refused.value.action


def test_a_missing_header_has_no_answer() -> None:
    with pytest.raises(ConditionFailed, match="x-team"):
        compile_condition('headers["x-team"] == "red"').holds({"headers": {}})


def test_evaluation_is_bounded() -> None:
    numbers = "[1,2,3,4,5,6,7,8,9,10]"
    text = "true"
    for name in "abcdef":
        text = f"{numbers}.all({name}, {text})"
    with pytest.raises(ConditionFailed, match="budget"):
        compile_condition(text).holds({})
    assert not compile_condition(r'model.matches("(a+)+$")').holds({"model": "a" * 5000 + "b"})


def test_credentials_are_never_seen() -> None:
    seen = visible_headers([(b"Authorization", b"Bearer pa_1"), (b"x-api-key", b"pa_1"), (b"X-Team", b"red")])
    assert seen == {"x-team": "red"}


def test_every_variable_can_be_asked_for() -> None:
    for one in VARIABLES:
        assert compile_condition(f"{one.name} == {one.name}").names == {one.name}
