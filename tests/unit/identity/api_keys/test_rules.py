"""What a gateway key looks like and how it is recognised."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerautomation.identity.api_keys import ApiKeyRecord
from powerautomation.identity.api_keys.errors import ApiKeyInvalid
from powerautomation.identity.api_keys.rules import checked_end, cleaned_name, display_name_of, hint_of, hmac_of

START = datetime(2026, 11, 18, tzinfo=UTC)


@given(st.binary(min_size=1, max_size=64), st.text(max_size=60))
def test_key_is_recognised_as_text_and_as_bytes(secret, token):
    assert (
        hmac_of(secret, token)
        == hmac_of(secret, token.encode())
        == hmac.new(secret, token.encode(), hashlib.sha256).digest()
    )


def test_hint_is_the_end_of_the_key():
    assert hint_of("pa_abcdefgh1234") == "1234"


@pytest.mark.parametrize(
    ("pattern", "model", "may"),
    [
        ("kimi-*", "kimi-k2", True),
        ("k2.6", "k2x6", False),
        ("(a|b)+$", "a", False),
        ("(a|b)+$", "(a|b)+$", True),
        ("^kimi", "kimi", False),
        ("a\\d", "a1", False),
        ("*", "any.thing(at)all", True),
    ],
)
def test_pattern_over_models_has_wildcards_and_is_no_regular_expression(pattern, model, may):
    assert ApiKeyRecord("key_1", "org_1", "key", b"", None, allowed_models=(pattern,)).may_ask_for(model) is may


@given(st.timedeltas(timedelta(days=-400), timedelta(days=40000)))
def test_end_lies_in_the_next_hundred_years(span):
    end = START + span
    if timedelta(0) < span <= timedelta(days=36525):
        assert checked_end(end, START) == end
    else:
        with pytest.raises(ApiKeyInvalid):
            checked_end(end, START)


def test_key_needs_no_end():
    assert checked_end(None, START) is None


@pytest.mark.parametrize("text", ["", " ", "a\tb", "x" * 101, "\u202e"])
def test_name_that_cannot_be_shown_is_refused(text):
    with pytest.raises(ApiKeyInvalid):
        cleaned_name(text)


def test_maker_is_named_by_kind():
    assert display_name_of("user", "usr_1", {"usr_1": "Ada"}) == "Ada"
    assert display_name_of("user", "usr_gone", {}) == ""
    assert display_name_of("system", "system", {}) == "Command line"
    assert display_name_of("api_key", "key_1", {}) == "key_1"
