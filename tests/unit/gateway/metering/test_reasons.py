"""Why a request went where it went: stored as data, said in English."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerautomation.gateway.metering.reasons import (
    LONGEST_MESSAGE,
    ReasonPart,
    answered_part,
    continued_part,
    failed_part,
    parse_reason,
    reason_part,
    reason_sentence,
    why_not,
)

ROUTE = reason_part("route", "claude-to-k2", "claude-*", "kimi-k2", "claude-sonnet")


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        (
            [ROUTE, answered_part("infini/kimi-k2", attempts=1, passed_over=False)],
            "Route claude-to-k2 sends claude-* to kimi-k2, then claude-sonnet. "
            "infini/kimi-k2 answered as the first choice.",
        ),
        (
            [
                reason_part("model", "kimi-k2"),
                reason_part("passed_over", "infini/kimi-k2", "tools", "128", "129"),
                answered_part("moonshot/kimi-k2", attempts=1, passed_over=True),
            ],
            "kimi-k2 is a configured model. "
            "infini/kimi-k2 was passed over: takes at most 128 tools, the request has 129. "
            "moonshot/kimi-k2 answered as the first able choice.",
        ),
        (
            [
                ROUTE,
                failed_part("infini/kimi-k2", "overloaded", "", "We are busy."),
                continued_part("infini/kimi-k2", "anthropic/claude", "prefill"),
                answered_part("anthropic/claude", attempts=2, passed_over=True),
            ],
            "Route claude-to-k2 sends claude-* to kimi-k2, then claude-sonnet. infini/kimi-k2 failed: We are busy. "
            "The stream of infini/kimi-k2 broke off, and anthropic/claude went on with it (prefill). "
            "anthropic/claude answered as the next able choice.",
        ),
    ],
)
def test_a_reason_reads_as_english(parts: list[str], sentence: str) -> None:
    assert reason_sentence(f"[{','.join(parts)}]") == sentence


@pytest.mark.parametrize(
    ("code", "values", "words"),
    [
        ("images", [], "cannot read images"),
        ("documents", [], "cannot read documents"),
        ("context", ["131072"], "the prompt is longer than its 131,072 tokens of context"),
        ("resting", ["7"], "resting for 7 s after failures"),
        ("rate", [], "its requests per second are used up"),
        ("request", ["kimi takes {0} {none}"], "kimi takes {0} {none}"),
        ("of-a-later-version", ["a", "b"], "of-a-later-version a b"),
        ("resting", [], "resting"),
    ],
)
def test_every_why_not_has_words_and_an_unknown_one_is_shown_as_it_is(code: str, values: list[str], words: str) -> None:
    assert why_not(code, values) == words


def test_a_code_of_a_later_version_is_shown_as_it_is() -> None:
    assert reason_sentence('[["model","kimi-k2"],["dreamt","a","b"],["failed"]]') == (
        "kimi-k2 is a configured model. dreamt a b. failed."
    )


@pytest.mark.parametrize("stored", ["", "Route a sends b to c.", "[[1]]", '[["route"', "[odd] sentence"])
def test_what_an_earlier_version_stored_stays_the_sentence_it_was(stored: str) -> None:
    assert parse_reason(stored) == ()
    assert reason_sentence(stored) == stored


def test_a_long_message_of_a_provider_is_cut() -> None:
    (part,) = parse_reason(f"[{failed_part('a/b', 'server', '', 'x' * 10_000)}]")
    assert len(part.values[3]) == LONGEST_MESSAGE


words = st.text(st.characters(codec="utf-8"))


@given(st.lists(st.tuples(words, st.lists(words, max_size=4)), min_size=1, max_size=5))
def test_parts_are_read_back_as_they_were_written(parts: list[tuple[str, list[str]]]) -> None:
    stored = f"[{','.join(reason_part(code, *values) for code, values in parts)}]"
    assert parse_reason(stored) == tuple(ReasonPart(code, tuple(values)) for code, values in parts)
    assert reason_sentence(stored)
