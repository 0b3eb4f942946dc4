"""Thinking travels in a reasoning item and comes back; what others sealed is told apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerautomation.gateway.dialects import Thinking
from powerautomation.gateway.dialects.openai_responses_thinking import PREFIX, pack, unpack


@given(st.text(), st.text(), st.text(), st.sampled_from(["", "anthropic"]))
def test_whatever_was_thought_comes_back(text: str, signature: str, redacted: str, vendor: str) -> None:
    packed = pack(Thinking(text, signature, redacted, vendor))
    assert packed.isascii()
    assert unpack(packed, "another summary", "rs_1") == Thinking(text, signature, redacted, vendor, "rs_1")


def test_what_openai_sealed_is_its_own() -> None:
    assert unpack("gAAAAB", "summary", "rs_1") == Thinking("summary", "gAAAAB", "", "openai", "rs_1")
    assert unpack("", "summary", "rs_1") == Thinking("summary", id="rs_1")


@pytest.mark.parametrize("rest", ["", "!", "AAAA", "W10", "WzFd", "bm9uc2Vuc2U"])
def test_what_was_damaged_counts_as_the_summary(rest: str) -> None:
    assert unpack(PREFIX + rest, "summary", "").text in ("summary", "")
