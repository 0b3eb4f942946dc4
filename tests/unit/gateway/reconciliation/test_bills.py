"""Bills as providers write them, and everything that is no bill."""

import contextlib
import io
import tracemalloc
from collections.abc import Callable, Iterable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powerautomation.gateway.reconciliation import bills, json_pages
from powerautomation.gateway.reconciliation.bills import read_bill
from powerautomation.gateway.reconciliation.entities import BillLine, Tokens
from powerautomation.gateway.reconciliation.errors import BillInvalid, BillTooLarge
from tests.fixtures.bills import Billed, anthropic_reports, neutral_csv, openai_reports
from tests.fixtures.simulators import Count

PRICE = {"input": "3", "cached_input": "0.30", "output": "15", "cache_write_5m": "3.75", "cache_write_1h": "6"}
DAY = date(2026, 10, 31)
BILLED = Billed(DAY, "claude-sonnet-4-6", Count(1_000_001, 200, 30, 4, 5_000), {**PRICE, "currency": "USD"})
TOKENS = Tokens(1_000_001, 200, 30, 4, 5_000)
NANOS = 3_000_003_000 + 60_000 + 112_500 + 24_000 + 75_000_000


def read(content: bytes) -> tuple[str, list[BillLine]]:
    return read_bill(io.BytesIO(content))


def test_anthropic_usage_and_cost_reports_become_one_line_with_tokens_and_money() -> None:
    form, lines = read(anthropic_reports([BILLED]))
    assert form == "anthropic"
    assert {(line.day, line.model) for line in lines} == {(DAY, "claude-sonnet-4-6")}
    assert sum((line.tokens for line in lines if line.tokens), Tokens()) == TOKENS
    assert sum(line.amount_nanos or 0 for line in lines) == NANOS


def test_openai_input_holds_cached_tokens_and_costs_are_of_the_whole_day() -> None:
    plain = Billed(DAY, "gpt-4o-mini", Count(800, 200, 0, 0, 50), {**PRICE, "currency": "USD"})
    form, lines = read(openai_reports([plain]))
    assert form == "openai"
    money, tokens = lines
    assert (money.model, money.tokens, money.amount_nanos) == ("", None, 2_400_000 + 60_000 + 750_000)
    assert (tokens.model, tokens.tokens) == ("gpt-4o-mini", Tokens(800, 200, 0, 0, 50))


def test_neutral_csv_and_json_say_the_same() -> None:
    form, lines = read(neutral_csv([BILLED]))
    assert (form, lines) == ("neutral", [BillLine(DAY, "claude-sonnet-4-6", TOKENS, NANOS, "USD")])
    row = '{"date": "2026-10-31", "model": "m", "output_tokens": 7, "amount": 0.1, "currency": "usd"}'
    _, lines = read(f'{{"lines": [{row}, {row}]}}'.encode())
    assert lines == [BillLine(DAY, "m", Tokens(output=14), 200_000_000, "USD")]


@pytest.mark.parametrize("size", [1, 7, 64 * 1024])
def test_json_is_read_entry_by_entry_wherever_a_read_ends(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    contents = [report([BILLED]) for report in (anthropic_reports, openai_reports)]
    at_once = [read(content) for content in contents]
    monkeypatch.setattr(json_pages, "_READ", size)
    assert [read(content) for content in contents] == at_once
    row = '{"date": "2026-10-31", "model": "m", "output_tokens": 123456, "amount": 12.5, "currency": "USD"}'
    assert read(f'{{"lines": [{row}], "n": 12345}}'.encode())[1][0].amount_nanos == 12_500_000_000


def test_a_large_report_takes_little_memory() -> None:
    row = b'{"date": "2026-10-31", "model": "m", "output_tokens": 1, "note": "' + b"x" * 400 + b'"}'
    content = b'{"lines": [' + b",".join([row] * 60_000) + b"]}"
    tracemalloc.start()
    try:
        _, lines = read(content)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert lines[0].tokens == Tokens(output=60_000)
    assert len(content) > 25_000_000
    assert peak < 4_000_000


def test_an_entry_that_never_ends_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_pages, "MOST_ENTRY", 100_000)
    with pytest.raises(BillInvalid, match="8 MB, or broken"):
        read(b'{"lines": [{"note": "' + b"x" * 1_000_000)


def test_of_a_bill_of_several_providers_only_ours_counts() -> None:
    bill = (
        b"date,model,provider,account,output_tokens\n2026-10-01,m,kimi,team-a,1\n"
        b"2026-10-01,m,kimi,team-b,10\n2026-10-01,m,other,team-a,100\n2026-10-01,m,,,1000\n"
    )

    def counted(provider: str, account: str = "") -> int:
        _, (line,) = read_bill(io.BytesIO(bill), provider, account)
        return line.tokens.output if line.tokens else 0

    assert (counted("kimi"), counted("other"), counted("kimi", "team-b")) == (1011, 1100, 10)
    with pytest.raises(BillInvalid, match=r"no line of “team-c”.*team-a"):
        counted("kimi", "team-c")
    with pytest.raises(BillInvalid, match="names no accounts"):
        read_bill(io.BytesIO(b"date,model,output_tokens\n2026-10-01,m,1\n"), "kimi", "team-a")


@pytest.mark.parametrize(
    ("report", "name", "beside"),
    [
        (anthropic_reports, "workspace_id", b'"model":'),
        (openai_reports, "project_id", b'"object": "organization.'),
        (openai_reports, "api_key_id", b'"object": "organization.'),
    ],
)
def test_reports_that_are_grouped_by_account_are_read_for_one(
    report: Callable[[Iterable[Billed]], bytes], name: str, beside: bytes
) -> None:
    content = report([BILLED])
    both = b"\n".join(content.replace(beside, f'"{name}": "{one}", '.encode() + beside) for one in ("a", "b"))
    assert read_bill(io.BytesIO(both), "", "a") == read(content)
    assert read(both)[1] != read(content)[1]


def test_a_credit_is_a_line_of_its_own() -> None:
    _, lines = read(b"date,model,kind,amount,currency,note\n2026-10-01,,credit,-5.5,USD,goodwill\n")
    assert lines == [BillLine(date(2026, 10, 1), "", None, -5_500_000_000, "USD", "credit", "goodwill")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "date and model are needed"),
        (b"date,model,output_tokens\n", "no rows"),
        (b"date,model,price\n2026-10-01,m,1\n", "Unknown: price"),
        (b"date,model,output_tokens\n2026-10-01,m\n", "Line 2"),
        (b"date,model,output_tokens\n2026-10-01,m,many\n", "not a number"),
        (b"date,model,output_tokens\n2026-10-01,m,-1\n", "not a number of tokens"),
        (b"date,model,output_tokens\n2026-10-01,m,NaN\n", "not a number"),
        (b"date,model,output_tokens\n2026-10-01,m,1e400000\n", "too large"),
        (b"date,model,output_tokens\n31.10.2026,m,1\n", "not a date"),
        (b"date,model,amount\n2026-10-01,m,1\n", "needs a currency"),
        (b"date,model,amount,currency\n2026-10-01,m,1,dollars\n", "three letters"),
        (b"date,model,kind,amount,currency\n2026-10-01,m,fee,1,USD\n", "usage or credit"),
        (b'date,model,output_tokens\n2026-10-01,"m,1\n', "not CSV"),
        (b"\xff\xfe", "UTF-8"),
        (b"{", "not JSON"),
        (b"[1]", "Page 1"),
        (b'{"data": [{"starting_at": "2026-10-01", "results": [{"output_tokens": NaN}]}]}', "not JSON"),
        (b'{"data": [{"starting_at": "2026-10-01", "results": [{"output_tokens": 1}]}]}', "names no model"),
        (b'{"data": [{"start_time": "x", "results": [{}]}]}', "start_time"),
        (b'{"data": [{"results": 3}]}', "no results"),
        (b'{"data": [], "has_more": true}', "goes on"),
        (b'{"data": [{"start_time": 1, "results": [{"model": "m", "input_cached_tokens": 1}]}]}', "more tokens"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_bill_is_refused_and_says_where(content: bytes, said: str) -> None:
    with pytest.raises(BillInvalid) as refused:
        read(content)
    assert said in refused.value.message
    assert refused.value.action


def test_a_bill_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bills, "MOST_LINES", 2)
    with pytest.raises(BillTooLarge):
        read(b"date,model,output_tokens\n" + b"".join(b"2026-10-01,m%d,1\n" % number for number in range(3)))
    monkeypatch.setattr(bills, "MOST_ROWS", 3)
    with pytest.raises(BillTooLarge):
        read(b"date,model,output_tokens\n" + b"2026-10-01,m,1\n" * 4)


@settings(deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: f'{{"data": [{text}'.encode()))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with contextlib.suppress(BillInvalid, BillTooLarge):
        read(content)
