"""Codes: what matches when, and how they are written."""

from datetime import UTC, datetime, timedelta

import pytest
from pyotp import TOTP

from powerautomation.identity.factors import rules

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
MOMENT = datetime(2026, 11, 21, 12, 0, 15, tzinfo=UTC)
STEP = int(MOMENT.timestamp()) // 30


def code_at(moment: datetime) -> str:
    return str(TOTP(SECRET).at(moment))


def test_code_of_the_standards_example_matches():
    # RFC 6238, appendix B: SHA-1, 59 s after the epoch, the last six digits.
    assert rules.matching_step(SECRET, "287082", datetime.fromtimestamp(59, UTC), 0) == 1


@pytest.mark.parametrize("drift", [-1, 0, 1])
def test_clock_may_be_one_step_off(drift):
    code = code_at(MOMENT + timedelta(seconds=30 * drift))
    assert rules.matching_step(SECRET, code, MOMENT, 0) == STEP + drift


@pytest.mark.parametrize("drift", [-2, 2])
def test_clock_two_steps_off_is_refused(drift):
    assert rules.matching_step(SECRET, code_at(MOMENT + timedelta(seconds=30 * drift)), MOMENT, 0) is None


def test_used_step_and_those_before_match_no_more():
    for seconds in (0, -30):
        assert rules.matching_step(SECRET, code_at(MOMENT + timedelta(seconds=seconds)), MOMENT, STEP) is None
    assert rules.matching_step(SECRET, code_at(MOMENT + timedelta(seconds=30)), MOMENT, STEP) == STEP + 1


@pytest.mark.parametrize("typed", ["123 456", "123-456", " 123456 ", "１２３４５６"])
def test_code_is_recognised_however_it_is_typed(typed):
    assert rules.normal_code(typed) == "123456"
    assert rules.is_totp_code("123456")


@pytest.mark.parametrize("code", ["12345", "1234567", "١٢٣٤٥٦", "12345a", ""])
def test_other_text_is_no_code_of_an_app(code):
    assert not rules.is_totp_code(code)


def test_recovery_code_is_recognised_by_whoever_misreads_it():
    written = "01ab-cdef-ghjk-mnpq"
    stored = rules.recovery_hash(b"key", "usr_1", rules.normal_code(written))
    assert rules.recovery_hash(b"key", "usr_1", rules.normal_code("OLAB cdefghjkmnpq")) == stored
    assert rules.recovery_hash(b"key", "usr_2", rules.normal_code(written)) != stored
    assert rules.recovery_hash(b"other", "usr_1", rules.normal_code(written)) != stored


def test_recovery_codes_have_eighty_bits():
    codes = {rules.new_recovery_code() for _ in range(100)}
    assert len(codes) == 100
    assert all(len(rules.normal_code(code)) == 16 for code in codes)
