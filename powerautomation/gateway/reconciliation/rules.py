"""Compares a bill with the ledger: lines matched by day and model, and why each one differs. Whole numbers only."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

import msgspec

from powerautomation.gateway.reconciliation.entities import (
    BillLine,
    Comparison,
    Difference,
    Finding,
    LedgerLine,
    Tokens,
    Total,
)

MILLION = 1_000_000
TOLERANCE_PPM = 1_000
# Rounding a line to nanos on either side may differ by this much and is not a difference.
SLACK_NANOS = 1_000


class Rate(NamedTuple):
    """``factor`` is what one unit of the bill's currency is worth in ours; ``said`` names rate, day and source."""

    factor: Fraction
    said: str


FindRate = Callable[[str, str, date], Rate | None]


def month_of(text: str) -> tuple[date, date]:
    """Return the first day of a month such as 2026-10 and that of the next. Raises ValueError."""
    first = date.fromisoformat(f"{text}-01")
    return first, (first + timedelta(days=32)).replace(day=1)


def within(here: int, there: int, tolerance_ppm: int, slack: int = 0) -> bool:
    """Say whether two numbers agree: they differ by at most so many millionths of the larger one, or by ``slack``."""
    apart = abs(here - there)
    return apart <= slack or apart * MILLION <= tolerance_ppm * max(abs(here), abs(there))


def compare(
    bill: Sequence[BillLine],
    ledger: Sequence[LedgerLine],
    *,
    same_model: Callable[[str], str],
    find_rate: FindRate,
    tolerance_ppm: int = TOLERANCE_PPM,
) -> Comparison:
    """Compare a month. same_model: a model's name to the name both sides share, so that dated ids meet plain ones.

    A bill in another currency than the ledger's is converted by the rate of the line's day when there is one. The month
    agrees when every currency's total, and the tokens where the bill states them, do; single lines may then still
    differ (a request around midnight), and say so.
    """
    rates: dict[str, dict[str, None]] = {}
    here = _by_day_and_model(ledger, same_model)
    there: dict[tuple[date, str], BillLine] = {}
    credits: list[Difference] = []
    credit_sums: dict[str, int] = {}
    foreign: list[Difference] = []
    known = {line.currency for line in ledger if line.cost_nanos}
    for stated in bill:
        line = _converted(stated, known, find_rate, rates)
        model = same_model(line.model)
        if line.kind == "credit":
            credit_sums[line.currency] = credit_sums.get(line.currency, 0) + (line.amount_nanos or 0)
            credits.append(
                Difference(line.day, model, "credit", None, None, None, line.amount_nanos, line.currency, line.note)
            )
            continue
        key = (line.day, model)
        before = there.get(key)
        if before is not None and before.currency and line.currency and before.currency != line.currency:
            foreign.append(
                Difference(line.day, model, "currency", None, line.tokens, None, line.amount_nanos, line.currency)
            )
            continue
        there[key] = line if before is None else _joined(before, line)
    lines = _compared(here, there, tolerance_ppm)
    lines = _with_midnights(lines, tolerance_ppm)
    lines = _with_rate(lines)
    totals = _totals([*lines, *foreign], credit_sums, rates, tolerance_ppm)
    states_tokens = any(line.tokens is not None for line in bill)
    ours = sum((line.here for line in lines if line.here), Tokens())
    theirs = sum((line.there for line in lines if line.there), Tokens())
    tokens_agree = _tokens_agree(ours, theirs, tolerance_ppm) if states_tokens else None
    agrees = (
        tokens_agree is not False and all(total.agrees for total in totals) and _hardly_missing(lines, tolerance_ppm)
    )
    every = sorted([*lines, *foreign, *credits], key=lambda one: (one.day, one.model, one.currency))
    return Comparison("agrees" if agrees else "differs", tuple(every), totals, ours, theirs, tokens_agree)


def _hardly_missing(lines: Sequence[Difference], tolerance_ppm: int) -> bool:
    """Say whether what one side lacks is within tolerance: two mistakes that cancel out in a total are still two."""
    tokens = missing_tokens = nanos = missing_nanos = 0
    for line in lines:
        here = line.here.total if line.here else 0
        there = line.there.total if line.there else 0
        tokens += max(here, there)
        amount = max(abs(line.here_nanos or 0), abs(line.there_nanos or 0))
        nanos += amount
        if line.finding in ("missing_here", "missing_there"):
            missing_tokens += max(here, there)
            missing_nanos += amount
    return missing_tokens * MILLION <= tolerance_ppm * tokens and (
        missing_nanos <= SLACK_NANOS or missing_nanos * MILLION <= tolerance_ppm * nanos
    )


def _converted(
    line: BillLine, known: Iterable[str], find_rate: FindRate, rates: dict[str, dict[str, None]]
) -> BillLine:
    if line.amount_nanos is None or not known or line.currency in known:
        return line
    for currency in sorted(known):
        rate = find_rate(line.currency, currency, line.day)
        if rate is not None:
            rates.setdefault(currency, {})[rate.said] = None
            amount = round(line.amount_nanos * rate.factor)
            return msgspec.structs.replace(line, amount_nanos=amount, currency=currency)
    return line


def _joined(one: BillLine, other: BillLine) -> BillLine:
    tokens = one.tokens if other.tokens is None else other.tokens if one.tokens is None else one.tokens + other.tokens
    amount = one.amount_nanos
    if other.amount_nanos is not None:
        amount = (amount or 0) + other.amount_nanos
    return BillLine(one.day, one.model, tokens, amount, one.currency or other.currency, "usage")


def _by_day_and_model(
    ledger: Sequence[LedgerLine], same_model: Callable[[str], str]
) -> dict[tuple[date, str], list[LedgerLine]]:
    found: dict[tuple[date, str], list[LedgerLine]] = {}
    for line in ledger:
        found.setdefault((line.day, same_model(line.model)), []).append(line)
    return found


def _compared(
    here: Mapping[tuple[date, str], Sequence[LedgerLine]],
    there: Mapping[tuple[date, str], BillLine],
    tolerance_ppm: int,
) -> list[Difference]:
    whole_days = {day for day, model in there if not model}
    lines = []
    for day, model in sorted({*here, *there}):
        bill = there.get((day, model))
        if not model:
            # Money for the whole day: against all models of the day.
            ours = [line for (other, _), found in here.items() if other == day for line in found]
        else:
            ours = list(here.get((day, model), ()))
        money_elsewhere = bool(model) and day in whole_days
        lines.append(_one(day, model, ours, bill, money_elsewhere, tolerance_ppm))
    return lines


def _one(
    day: date,
    model: str,
    ours: Sequence[LedgerLine],
    bill: BillLine | None,
    money_elsewhere: bool,
    tolerance_ppm: int,
) -> Difference:
    tokens = sum((line.tokens for line in ours), Tokens()) if ours else None
    stated = bill.amount_nanos if bill else None
    currency = (bill.currency if bill and bill.currency else "") or next(
        (line.currency for line in ours if line.cost_nanos), ours[0].currency if ours else ""
    )
    cost: int | None = None
    if ours and not money_elsewhere and not all(line.unpriced == line.attempts for line in ours):
        cost = sum(line.cost_nanos for line in ours if line.currency == currency)
    finding = _finding(ours, bill, tokens, cost, currency, tolerance_ppm)
    shown_here = tokens if model else None
    return Difference(day, model, finding, shown_here, bill.tokens if bill else None, cost, stated, currency)


def _finding(
    ours: Sequence[LedgerLine],
    bill: BillLine | None,
    tokens: Tokens | None,
    cost: int | None,
    currency: str,
    tolerance_ppm: int,
) -> Finding:
    if bill is None:
        return "missing_there"
    if tokens is None:
        return "missing_here"
    if bill.tokens is not None and not _tokens_agree(tokens, bill.tokens, tolerance_ppm):
        return "estimated" if any(line.estimated for line in ours) else "tokens"
    if bill.amount_nanos is None:
        return "agrees"
    if any(line.unpriced for line in ours):
        return "unpriced"
    if any(line.cost_nanos and line.currency != currency for line in ours):
        return "currency"
    return "agrees" if within(cost or 0, bill.amount_nanos, tolerance_ppm, SLACK_NANOS) else "price"


def _tokens_agree(here: Tokens, there: Tokens, tolerance_ppm: int) -> bool:
    """Compare kind by kind, each against all tokens: a kind that hardly occurs decides nothing."""
    allowed = tolerance_ppm * max(here.total, there.total)
    pairs = zip(msgspec.structs.astuple(here), msgspec.structs.astuple(there), strict=True)
    return all(abs(a - b) * MILLION <= allowed for a, b in pairs)


def _with_midnights(lines: Sequence[Difference], tolerance_ppm: int) -> list[Difference]:
    """Mark what cancels out with the day after: the provider counted requests on the other side of midnight."""
    places = {(line.day, line.model): number for number, line in enumerate(lines)}
    changed = list(lines)
    unsettled = ("tokens", "estimated", "missing_here", "missing_there")
    for number, line in enumerate(lines):
        after = places.get((line.day + timedelta(days=1), line.model))
        if after is None or changed[number].finding not in unsettled or lines[after].finding not in unsettled:
            continue
        other = lines[after]
        nothing = Tokens()
        here = (line.here or nothing) + (other.here or nothing)
        there = (line.there or nothing) + (other.there or nothing)
        if line.there is None and other.there is None:
            continue
        if _tokens_agree(here, there, tolerance_ppm):
            for place in (number, after):
                changed[place] = msgspec.structs.replace(changed[place], finding="midnight")
    return changed


def _with_rate(lines: Sequence[Difference]) -> list[Difference]:
    """Call it a rate or a discount when every line with the right tokens differs by the same factor."""
    differing = [line for line in lines if line.finding == "price" and line.here_nanos and line.there_nanos]
    agreeing = any(line.finding == "agrees" and line.here_nanos for line in lines)
    if len(differing) < 3 or agreeing:
        return list(lines)
    factors = [Fraction(line.there_nanos or 0, line.here_nanos or 1) for line in differing]
    if max(factors) - min(factors) > Fraction(TOLERANCE_PPM, MILLION) * max(factors):
        return list(lines)
    said = f"{float(sum(factors) / len(factors)):.4f}"
    return [
        msgspec.structs.replace(line, finding="rate", note=said) if line.finding == "price" else line for line in lines
    ]


def _totals(
    lines: Sequence[Difference],
    credit_sums: Mapping[str, int],
    rates: Mapping[str, Mapping[str, None]],
    tolerance_ppm: int,
) -> tuple[Total, ...]:
    stated = [line for line in lines if line.there_nanos is not None]
    if not stated and not credit_sums:
        return ()
    sums: dict[str, list[int]] = {}
    for line in lines:
        if line.here_nanos is None and line.there_nanos is None:
            continue
        entry = sums.setdefault(line.currency, [0, 0])
        entry[0] += line.here_nanos or 0
        entry[1] += line.there_nanos or 0
    for currency in credit_sums:
        sums.setdefault(currency, [0, 0])
    return tuple(
        Total(
            currency,
            here,
            there,
            credit_sums.get(currency, 0),
            within(here, there, tolerance_ppm, SLACK_NANOS),
            tuple(rates.get(currency, ())),
        )
        for currency, (here, there) in sorted(sums.items())
    )
