"""Decisions about sessions, cookies and repeated failures."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from powerautomation.identity.sessions.entities import Attempts
from powerautomation.identity.sessions.rules import (
    ACCOUNT_THROTTLE,
    ADDRESS_THROTTLE,
    attempt_made,
    attempt_succeeded,
    cookie_values,
    csrf_of,
    ends_at,
    hash_of,
    is_live,
    may_skip_current_password,
    wait_needed,
)

START = datetime(2026, 11, 18, tzinfo=UTC)
throttles = st.sampled_from([ACCOUNT_THROTTLE, ADDRESS_THROTTLE])
spans = st.timedeltas(timedelta(0), timedelta(days=90))


@given(throttles, st.lists(st.floats(0, 4000), min_size=1, max_size=60))
def test_waits_are_bounded_grow_and_never_block_the_free_attempts(throttle, pauses):
    moment, known, longest_yet = START, None, timedelta(0)
    for number, pause in enumerate(pauses, start=1):
        moment += max(timedelta(seconds=pause), wait_needed(known, moment))
        assert wait_needed(known, moment) == timedelta(0)
        known = attempt_made(known, moment, throttle)
        wait = wait_needed(known, moment)
        assert known.failures == number
        assert wait <= throttle.longest
        assert (wait > timedelta(0)) == (number >= throttle.free)
        assert wait >= longest_yet
        longest_yet = wait


@given(throttles, st.integers(1, 10**6))
def test_failures_are_forgotten_after_a_day(throttle, failures):
    known = Attempts(failures, START, START)
    assert attempt_made(known, START + timedelta(hours=24), throttle).failures == 1
    assert attempt_made(known, START + timedelta(hours=23, minutes=59), throttle).failures == failures + 1


@given(st.integers(0, 100))
def test_success_takes_its_own_attempt_back_and_opens_the_way(failures):
    known = attempt_made(Attempts(failures, START, START), START, ADDRESS_THROTTLE)
    after = attempt_succeeded(known, START)
    assert after.failures == failures
    assert wait_needed(after, START) == timedelta(0)


@given(spans, spans, spans)
def test_session_is_live_exactly_until_it_ends(seen_after, expires_after, asked_after):
    times = {"last_seen_at": START + seen_after, "expires_at": START + expires_after}
    moment = START + asked_after
    assert is_live(moment, revoked_at=None, **times) == (moment < ends_at(**times))
    assert not is_live(moment, revoked_at=START, **times)
    assert ends_at(**times) <= START + expires_after
    assert ends_at(**times) <= START + seen_after + timedelta(days=14)


@given(st.text())
def test_any_cookie_header_gives_few_short_plain_tokens(header):
    values = cookie_values(header, "pa_session")
    assert len(values) <= 4
    assert all(value.isascii() and 0 < len(value) <= 200 for value in values)


@given(st.lists(st.from_regex(r"[A-Za-z0-9_-]{1,43}", fullmatch=True), min_size=1, max_size=4, unique=True))
def test_every_cookie_of_the_name_is_found_in_order(tokens):
    header = "; ".join(["theme=dark", *(f"pa_session={token}" for token in tokens), "xpa_session=no"])
    assert cookie_values(header, "pa_session") == tokens


@given(st.text(min_size=1), st.text(min_size=1), st.text())
def test_csrf_token_belongs_to_one_session(token, other, session_id):
    assert csrf_of(token, session_id) == csrf_of(token, session_id)
    if token != other:
        assert csrf_of(token, session_id) != csrf_of(other, session_id)
        assert hash_of(token) != hash_of(other)


def test_only_a_young_link_session_or_a_missing_password_skips_the_present_one():
    hour = START + timedelta(hours=1)
    just_before = hour - timedelta(milliseconds=1)
    assert may_skip_current_password(just_before, method="link", session_created_at=START, has_password=True)
    assert not may_skip_current_password(hour, method="link", session_created_at=START, has_password=True)
    assert not may_skip_current_password(START, method="password", session_created_at=START, has_password=True)
    assert may_skip_current_password(hour, method="password", session_created_at=START, has_password=False)
