"""What the asked-for model would have cost, when a conversation goes on somewhere else."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerautomation.gateway.dialects import Usage
from powerautomation.gateway.metering import Price, cost_nanos
from powerautomation.gateway.proxy import baseline
from powerautomation.gateway.proxy.baseline import Baseline
from tests.fixtures.gateway import key_of, price_of

MARKED = b'{"messages":[{"cache_control":{"type":"ephemeral"}}]}'
# 3 for a million tokens, 0.30 from the cache: as Claude is priced.
CLAUDE = msgspec.structs.replace(price_of("3", "15", "0.30"), cache_write_5m=Decimal("3.75"), cache_write_1h=Decimal(6))
BY_ITSELF = msgspec.structs.replace(CLAUDE, cache_write_5m=Decimal(3), cache_write_1h=Decimal(3))


def _turn(body: bytes = MARKED, session: str = "s", model: str = "claude-x", key: str = "key_1") -> Any:
    peek = type("Peek", (), {"session": session, "model": model})()
    who = msgspec.structs.replace(key_of(), id=key)
    return type("Exchange", (), {"peek": peek, "plan": None, "key": who, "body": body})()


def test_a_broken_cache_does_not_make_a_saving() -> None:
    asked = Baseline()
    assert asked.cost_nanos(_turn(), Usage(input_tokens=30_000), CLAUDE) == 90_000_000
    # The next turn fails over to where nothing of it is cached: Claude would have had 30,000 of its tokens.
    assert asked.cost_nanos(_turn(), Usage(input_tokens=31_000), CLAUDE) == 9_000_000 + 3_000_000
    # Compaction made the prompt shorter; what was cached where it was answered counts as it is.
    assert asked.cost_nanos(_turn(), Usage(cached_input_tokens=10_000), CLAUDE) == 3_000_000


@pytest.mark.parametrize(
    ("second", "price", "cached"),
    [
        (_turn(b"{}"), CLAUDE, False),  # not marked, so Claude would not have cached it
        (_turn(b"{}"), BY_ITSELF, True),
        (_turn(session="other"), CLAUDE, False),
        (_turn(model="other"), CLAUDE, False),
        (_turn(key="key_2"), CLAUDE, False),
        (_turn(session=""), CLAUDE, False),
        (_turn(), price_of("3", "15"), False),  # nobody knows what its cache costs
    ],
)
def test_only_what_the_vendor_would_have_cached_counts(second: Any, price: Price, cached: bool) -> None:
    asked = Baseline()
    asked.cost_nanos(_turn(), Usage(input_tokens=1000), CLAUDE)
    assert asked.cost_nanos(second, Usage(input_tokens=1000), price) == (300_000 if cached else 3_000_000)


def test_a_cache_is_forgotten_as_vendors_forget_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Baseline()
    asked.cost_nanos(_turn(), Usage(input_tokens=1000), CLAUDE)
    now = baseline.time.monotonic()
    monkeypatch.setattr(baseline.time, "monotonic", lambda: now + baseline.CACHE_SECONDS + 1)
    assert asked.cost_nanos(_turn(), Usage(input_tokens=1000), CLAUDE) == 3_000_000


def test_conversations_are_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baseline, "MOST_CONVERSATIONS", 10)
    asked = Baseline()
    for number in range(100):
        asked.cost_nanos(_turn(session=str(number)), Usage(input_tokens=1000), CLAUDE)
    assert len(asked._prompts) == 10
    assert asked.cost_nanos(_turn(session="99"), Usage(input_tokens=1000), CLAUDE) == 300_000
    assert asked.cost_nanos(_turn(session="1"), Usage(input_tokens=1000), CLAUDE) == 3_000_000


_tokens = st.integers(0, 300_000)


@given(before=_tokens, plain=_tokens, cached=_tokens, written=_tokens, hour=_tokens)
def test_the_baseline_is_never_dearer_than_the_tokens_as_they_were(
    before: int, plain: int, cached: int, written: int, hour: int
) -> None:
    asked = Baseline()
    asked.cost_nanos(_turn(), Usage(input_tokens=before), CLAUDE)
    usage = Usage(plain, cached, written, hour, output_tokens=7)
    as_they_were, found = cost_nanos(usage, CLAUDE), asked.cost_nanos(_turn(), usage, CLAUDE)
    total = plain + cached + written + hour
    all_cached = cost_nanos(Usage(cached_input_tokens=total, output_tokens=7), CLAUDE)
    assert all_cached is not None
    assert found is not None
    assert as_they_were is not None
    assert all_cached <= found <= as_they_were
