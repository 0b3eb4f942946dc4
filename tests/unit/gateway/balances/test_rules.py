"""Balances as vendors document them, and what is made of them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerautomation.gateway.balances.entities import Amount, Threshold, Wished
from powerautomation.gateway.balances.rules import finding_of, is_low, lasts_days, movements, read_amounts, threshold_of
from powerautomation.gateway.providers import BalanceFacts, balance_facts

DOCUMENTED = {
    "moonshot": (
        b'{"code":0,"data":{"available_balance":49.58894,"voucher_balance":46.58893,"cash_balance":3.00001},'
        b'"scode":"0x0","status":true}',
        (Amount("CNY", 49_588_940_000),),
    ),
    "deepseek": (
        b'{"is_available":true,"balance_infos":[{"currency":"CNY","total_balance":"110.00","granted_balance":"10.00",'
        b'"topped_up_balance":"100.00"},{"currency":"USD","total_balance":"0.10"}]}',
        (Amount("CNY", 110_000_000_000), Amount("USD", 100_000_000)),
    ),
    "openrouter": (b'{"data":{"total_credits":100.5,"total_usage":25.75}}', (Amount("USD", 74_750_000_000),)),
}


@pytest.mark.parametrize("preset", DOCUMENTED)
def test_documented_answers_are_read_exactly(preset: str) -> None:
    facts = balance_facts(preset, "")
    assert facts is not None
    body, amounts = DOCUMENTED[preset]
    assert read_amounts(facts, body) == amounts


def test_an_address_that_a_preset_has_has_its_balance() -> None:
    assert balance_facts("", "https://api.moonshot.ai/v1") == balance_facts("moonshot-international", "")
    assert balance_facts("custom", "https://api.deepseek.com") == balance_facts("deepseek", "")
    assert balance_facts("custom", "http://127.0.0.1:9/v1") is None
    assert balance_facts("anthropic", "https://api.anthropic.com") is None


@given(st.binary(max_size=300) | st.sampled_from([body for body, _ in DOCUMENTED.values()]))
def test_other_answers_are_refused_and_never_break_anything(body: bytes) -> None:
    for preset in DOCUMENTED:
        facts = balance_facts(preset, "")
        assert facts is not None
        try:
            found = read_amounts(facts, body)
        except ValueError:
            continue
        assert all(len(one.currency) == 3 for one in found)


@given(st.decimals(min_value=-10_000, max_value=1_000_000, places=9))
def test_amounts_are_exact(units: Decimal) -> None:
    facts = BalanceFacts(path="x", available="a", currency="USD")
    assert read_amounts(facts, f'{{"a":{units:f}}}'.encode()) == (Amount("USD", int(units.scaleb(9))),)


@given(st.lists(st.integers(-(10**15), 10**15), min_size=1))
def test_falls_and_rises_explain_the_whole_change(nanos: list[int]) -> None:
    fallen, raised = movements(nanos)
    assert raised - fallen == nanos[-1] - nanos[0]
    assert fallen >= 0
    assert raised >= 0


def test_the_configurations_threshold_goes_before_the_organizations_and_that_before_the_one_of_all() -> None:
    usual = Threshold(5, 3)
    assert threshold_of(Wished(), Wished(), usual) == usual
    assert threshold_of(Wished(), Wished(nanos=9), usual) == Threshold(9, 3, "console")
    assert threshold_of(Wished(days=0), Wished(nanos=9, days=9), usual) == Threshold(5, 0, "file")


def test_what_is_low() -> None:
    rich = Amount("USD", 100_000_000_000)
    usual, never = Threshold(5_000_000_000, 3), Threshold(0, 0)
    assert not is_low(rich, None, usual)
    assert not is_low(rich, lasts_days(rich, 70_000_000_000, 7), usual)
    assert is_low(rich, lasts_days(rich, 700_000_000_000, 7), usual)
    assert is_low(Amount("USD", 0), None, never)
    assert is_low(Amount("USD", -1), lasts_days(Amount("USD", -1), 1, 7), never)
    assert lasts_days(rich, 0, 7) is None


@pytest.mark.parametrize(
    ("answers", "fallen", "raised", "ledger", "unpriced", "finding"),
    [
        (1, 0, 0, 0, 0, "too_few"),
        (2, 0, 0, 0, 0, "agrees"),
        (9, 1_000_000, 0, 999_000, 0, "agrees"),
        (9, 1_000_000, 0, 998_000, 0, "differs"),
        (9, 1_000_000, 0, 900_000, 3, "unpriced"),
        (9, 900_000, 5_000_000, 1_000_000, 0, "raised"),
        (9, 1_100_000, 5_000_000, 1_000_000, 0, "differs"),
    ],
)
def test_a_months_change_says_why_it_differs(
    answers: int, fallen: int, raised: int, ledger: int, unpriced: int, finding: str
) -> None:
    assert finding_of(answers, fallen, raised, ledger, unpriced) == finding
