"""Bills against the ledger: what agrees, what differs, and why."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powerautomation.gateway.reconciliation.entities import BillLine, Comparison, LedgerLine, Tokens
from powerautomation.gateway.reconciliation.rules import Rate, compare, month_of, within

DAY = date(2026, 10, 5)
NEXT = DAY + timedelta(days=1)
TOKENS = Tokens(100_000, 50_000, 0, 0, 10_000)
COST = 2_000_000_000


def billed(
    day: date = DAY, model: str = "m", tokens: Tokens | None = TOKENS, amount: int | None = COST, currency: str = "USD"
) -> BillLine:
    return BillLine(day, model, tokens, amount, currency)


def ours(
    day: date = DAY,
    model: str = "m",
    tokens: Tokens = TOKENS,
    cost: int = COST,
    unpriced: int = 0,
    estimated: int = 0,
    currency: str = "USD",
) -> LedgerLine:
    return LedgerLine(day, model, tokens, cost, currency, 10, unpriced, estimated)


def compared(bill: list[BillLine], ledger: list[LedgerLine], rate: Rate | None = None) -> Comparison:
    return compare(bill, ledger, same_model=str, find_rate=lambda *_: rate)


def findings(found: Comparison) -> list[str]:
    return [line.finding for line in found.lines]


def less(tokens: Tokens, output: int) -> Tokens:
    return Tokens(tokens.input, tokens.cached_input, 0, 0, tokens.output - output)


@pytest.mark.parametrize(
    ("bill", "ledger", "finding", "status"),
    [
        (billed(), ours(), "agrees", "agrees"),
        (billed(amount=COST * 1_001 // 1_000), ours(), "agrees", "agrees"),
        (billed(amount=COST * 1_003 // 1_000), ours(), "price", "differs"),
        (billed(), ours(tokens=less(TOKENS, 100)), "agrees", "agrees"),
        (billed(), ours(tokens=less(TOKENS, 500), cost=COST - 9_000_000), "tokens", "differs"),
        (billed(), ours(tokens=less(TOKENS, 500), estimated=2), "estimated", "differs"),
        (billed(), ours(cost=0, unpriced=10), "unpriced", "differs"),
        (billed(currency="CNY"), ours(), "currency", "differs"),
        (billed(amount=None), ours(cost=1), "agrees", "agrees"),
        (billed(tokens=None), ours(tokens=Tokens(1)), "agrees", "agrees"),
    ],
)  # fmt: skip
def test_a_line_says_why_it_differs(bill: BillLine, ledger: LedgerLine, finding: str, status: str) -> None:
    found = compared([bill], [ledger])
    assert (findings(found), found.status) == ([finding], status)


def test_what_one_side_lacks_is_missing_there_or_here() -> None:
    found = compared([billed(model="theirs")], [ours(model="ours")])
    assert [(line.model, line.finding) for line in found.lines] == [
        ("ours", "missing_there"),
        ("theirs", "missing_here"),
    ]
    assert (found.lines[0].there, found.lines[1].here) == (None, None)
    assert found.status == "differs"


def test_requests_on_the_other_side_of_midnight_cancel_out_with_the_day_after() -> None:
    moved = less(TOKENS, 500)
    more = Tokens(TOKENS.input, TOKENS.cached_input, 0, 0, TOKENS.output + 500)
    found = compared([billed(tokens=moved), billed(NEXT, tokens=more)], [ours(), ours(NEXT)])
    assert (findings(found), found.status) == (["midnight", "midnight"], "agrees")


def test_one_factor_on_every_line_is_a_discount() -> None:
    days = [DAY + timedelta(days=number) for number in range(3)]
    found = compared([billed(day, amount=COST * 9 // 10) for day in days], [ours(day) for day in days])
    assert {(line.finding, line.note) for line in found.lines} == {("rate", "0.9000")}
    assert found.status == "differs"


def test_credits_are_shown_beside_the_total_and_not_in_it() -> None:
    credit = BillLine(DAY, "", None, -COST, "USD", "credit", "goodwill")
    found = compared([billed(), credit], [ours()])
    (total,) = found.totals
    assert (total.there_nanos, total.credits_nanos, found.status) == (COST, -COST, "agrees")
    assert sorted(findings(found)) == ["agrees", "credit"]


def test_another_currency_is_converted_by_the_rate_of_the_day_which_is_named() -> None:
    found = compared([billed(amount=COST * 7, currency="CNY")], [ours()], Rate(Fraction(1, 7), "1 USD = 7 CNY"))
    assert (findings(found), found.totals[0].rates, found.status) == (["agrees"], ("1 USD = 7 CNY",), "agrees")


def test_money_for_whole_days_is_compared_with_all_models_of_the_day() -> None:
    bill = [billed(model="a", amount=None, currency=""), billed(model="b", amount=None, currency="")]
    day = billed(model="", tokens=None, amount=2 * COST)
    found = compared([*bill, day], [ours(model="a"), ours(model="b")])
    assert (findings(found), found.status) == (["agrees"] * 3, "agrees")
    assert (found.totals[0].here_nanos, found.totals[0].there_nanos) == (2 * COST, 2 * COST)
    assert found.here == found.there


def test_months_end_where_the_next_begins() -> None:
    assert month_of("2026-12") == (date(2026, 12, 1), date(2027, 1, 1))
    with pytest.raises(ValueError, match="month must be"):
        month_of("2026-13")


amounts = st.integers(0, 10**12)
lines = st.lists(st.tuples(st.integers(0, 5), st.sampled_from("ab"), amounts, amounts), max_size=12)


@settings(deadline=None)
@given(lines)
def test_a_bill_that_says_what_the_ledger_says_agrees(rows: list[tuple[int, str, int, int]]) -> None:
    unique = {(day, model): (output, cost) for day, model, output, cost in rows if output}
    ledger = [ours(DAY + timedelta(days=d), m, Tokens(output=o), c) for (d, m), (o, c) in unique.items()]
    bill = [billed(DAY + timedelta(days=d), m, Tokens(output=o), c) for (d, m), (o, c) in unique.items()]
    found = compared(bill, ledger)
    assert (set(findings(found)) <= {"agrees"}, found.status) == (True, "agrees")


@settings(deadline=None)
@given(lines, lines)
def test_totals_are_the_sums_of_both_sides(
    one: list[tuple[int, str, int, int]], other: list[tuple[int, str, int, int]]
) -> None:
    ledger = [ours(DAY + timedelta(days=d), m, Tokens(output=o), c) for d, m, o, c in one]
    bill = [billed(DAY + timedelta(days=d), m, Tokens(output=o), c) for d, m, o, c in other]
    found = compared(bill, ledger)
    assert sum(total.there_nanos for total in found.totals) == sum(line.amount_nanos or 0 for line in bill)
    if bill:
        assert sum(total.here_nanos for total in found.totals) == sum(line.cost_nanos for line in ledger)
    assert found.here.output == sum(line.tokens.output for line in ledger)


@settings(deadline=None)
@given(amounts, amounts)
def test_agreement_does_not_depend_on_whose_side_is_larger(one: int, other: int) -> None:
    assert within(one, other, 1_000) == within(other, one, 1_000)
    assert within(one, other, 1_000) == (abs(one - other) <= Fraction(max(one, other), 1_000))
