"""Reads providers' bills: Anthropic's and OpenAI's usage and cost reports, and a neutral format.

The file is read as a stream (CSV line by line, JSON entry by entry), summed by day and model, and bounded. Sources:

- Anthropic, usage and cost reports, amounts in cents as decimal text, days in UTC:
  https://platform.claude.com/docs/en/manage-claude/usage-cost-api (November 2026)
- OpenAI, ``GET /v1/organization/usage/completions`` (``input_tokens`` holds cached and cache-written ones, too) and
  ``GET /v1/organization/costs``, times in seconds, days in UTC:
  https://platform.openai.com/docs/api-reference/usage (November 2026)
- Both group by account where they are asked to: ``workspace_id`` and ``api_key_id`` there, ``project_id`` and
  ``api_key_id`` here.
- Moonshot documents no export that a program could read; its bill is copied into the neutral format. So are Google's,
  whose tables name no model but text of articles (https://cloud.google.com/billing/docs/how-to/export-data-bigquery-tables).
"""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import IO, Any

from powerautomation.gateway.reconciliation.entities import BillLine, LineKind, Tokens
from powerautomation.gateway.reconciliation.errors import BillInvalid, BillTooLarge
from powerautomation.gateway.reconciliation.json_pages import Page, pages
from powerautomation.kernel.money import NANOS_PER_UNIT

MOST_BYTES = 128 * 1024 * 1024
MOST_ROWS = 200_000
MOST_LINES = 5_000
LARGEST_COUNT = 10**13
# In whole units of a currency.
LARGEST_AMOUNT = Decimal(1_000_000_000)
LONGEST_MODEL = 200
NEUTRAL_COLUMNS = (
    "date", "model", "kind", "input_tokens", "cached_input_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens",
    "output_tokens", "amount", "currency", "note", "provider", "account",
)  # fmt: skip
_COUNTS = NEUTRAL_COLUMNS[3:8]
_ACCOUNTS = ("account", "workspace_id", "project_id", "api_key_id")
MOST_NAMED = 20
Json = Mapping[str, Any]
# The format, where it stands, the line, and what names whose it is: our provider, or accounts there.
_Row = tuple[str, str, BillLine, tuple[str, ...]]


def read_bill(file: IO[bytes], provider: str = "", account: str = "") -> tuple[str, list[BillLine]]:
    """Return a bill's format and its lines, summed by day, model, currency and kind, in order.

    Of a bill of several providers or accounts: only lines that name no other ``provider``, and, where ``account`` is
    given, that name this account, workspace, project or key.

    Formats: ``anthropic``, ``openai``, ``neutral``. Raises BillInvalid naming the line, and BillTooLarge.
    """
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        start = text.read(1)
        while start.isspace():
            start = text.read(1)
        text.seek(0)
        rows = _json_rows(text) if start in ("{", "[") else _csv_rows(text)
        return _summed(rows, provider, account)
    except UnicodeDecodeError:
        raise _invalid("The file is not UTF-8 text.") from None
    except RecursionError:
        raise _invalid("The file is nested too deeply for a bill.") from None
    finally:
        text.detach()


def _summed(rows: Iterator[_Row], provider: str, account: str) -> tuple[str, list[BillLine]]:
    others: dict[str, None] = {}
    found: dict[tuple[date, str, str, str], BillLine] = {}
    formats: dict[str, None] = {}
    for number, (form, place, line, (whose, *accounts)) in enumerate(rows, 1):
        if number > MOST_ROWS:
            raise BillTooLarge(f"The bill has more than {MOST_ROWS:,} rows.", action="Export it by day and model.")
        _check(line, place)
        if (provider and whose not in ("", provider)) or (account and account not in accounts):
            if len(others) < MOST_NAMED:
                others |= dict.fromkeys(name[:100] for name in (whose, *accounts) if name)
            continue
        formats[form] = None
        key = (line.day, line.model, line.currency, line.kind)
        known = found.get(key)
        found[key] = line if known is None else _sum(known, line)
        if len(found) > MOST_LINES:
            raise BillTooLarge(
                f"The bill has more than {MOST_LINES:,} days and models.", action="Export one month by day and model."
            )
    if not found and others:
        raise _invalid(f"The bill has no line of “{account or provider}”. It names: {', '.join(others)}.")
    if not found:
        raise _invalid("The file has no rows." if not account else "The bill names no accounts.")
    return "+".join(formats), [found[key] for key in sorted(found)]


def _sum(one: BillLine, other: BillLine) -> BillLine:
    tokens = one.tokens if other.tokens is None else other.tokens if one.tokens is None else one.tokens + other.tokens
    amount = one.amount_nanos
    if other.amount_nanos is not None:
        amount = (amount or 0) + other.amount_nanos
    return BillLine(one.day, one.model, tokens, amount, one.currency, one.kind, one.note or other.note)


def _check(line: BillLine, place: str) -> None:
    if len(line.model) > LONGEST_MODEL or not line.model.isprintable():
        raise _invalid(f"{place}: the model's name is too long or not text.")
    if line.currency and (len(line.currency) != 3 or not line.currency.isascii() or not line.currency.isupper()):
        raise _invalid(f"{place}: the currency must be three letters.")
    if line.amount_nanos is not None and not line.currency:
        raise _invalid(f"{place}: an amount needs a currency.")
    if line.tokens is None and line.amount_nanos is None:
        raise _invalid(f"{place}: there are neither tokens nor an amount.")


# -- CSV -------------------------------------------------------------------------------------------------------------


def _csv_rows(text: IO[str]) -> Iterator[_Row]:
    rows = csv.DictReader(text, strict=True)
    try:
        names = rows.fieldnames or ()
        unknown = sorted(set(names) - set(NEUTRAL_COLUMNS))
        if unknown or not {"date", "model"} <= set(names):
            raise _invalid(
                f"The first line must name columns of: {', '.join(NEUTRAL_COLUMNS)}; date and model are needed. "
                f"Unknown: {', '.join(unknown)[:200] or 'none'}."
            )
        for row in rows:
            if None in row or None in row.values():
                raise _invalid(f"Line {rows.line_num} has another number of fields than the first line.")
            place = f"Line {rows.line_num}"
            yield "neutral", place, _neutral(row, place), _whose(row)
    except csv.Error as error:
        raise _invalid(f"Line {rows.line_num} is not CSV: {str(error)[:200]}.") from None


def _neutral(row: Json, place: str) -> BillLine:
    kind = str(row.get("kind") or "usage")
    if kind not in ("usage", "credit"):
        raise _invalid(f"{place}: kind must be usage or credit.")
    checked: LineKind = "credit" if kind == "credit" else "usage"
    counts = [_count(row.get(name), place) for name in _COUNTS]
    stated = any(row.get(name) not in (None, "") for name in _COUNTS)
    return BillLine(
        _day(row.get("date"), place),
        str(row.get("model") or ""),
        Tokens(*counts) if stated else None,
        _nanos(row.get("amount"), place),
        str(row.get("currency") or "").upper(),
        checked,
        str(row.get("note") or "")[:200],
    )


# -- JSON ------------------------------------------------------------------------------------------------------------


def _json_rows(text: IO[str]) -> Iterator[_Row]:
    """Yield the rows of pages one after another or in a list; amounts keep every digit."""
    goes_on = False
    try:
        for number, page in enumerate(pages(text, ("data", "lines")), 1):
            if page is None:
                raise _invalid(f"Page {number} is not an object.")
            yield from _page_rows(page, f"Page {number}")
            goes_on = bool(page.fields.get("has_more"))
    except UnicodeDecodeError:
        raise
    except ValueError as error:
        raise _invalid(f"The file is not JSON: {str(error)[:200]}.") from None
    if goes_on:
        # What is cut off would look like requests that are missing there.
        raise _invalid("The report goes on after its last page here (has_more): put all pages one after another.")


def _page_rows(page: Page, place: str) -> Iterator[_Row]:
    for number, entry in enumerate(page.entries(), 1):
        if page.listed == "lines":
            here = f"{place}, line {number}"
            row = _object(entry, place)
            yield "neutral", here, _neutral(row, here), _whose(row)
            continue
        here = f"{place}, bucket {number}"
        bucket = _object(entry, here)
        results = bucket.get("results")
        if not isinstance(results, list):
            raise _invalid(f"{here} has no results.")
        for result in results:
            row = _object(result, here)
            if "starting_at" in bucket:
                yield "anthropic", here, _anthropic(bucket, row, here), _whose(row)
            else:
                yield "openai", here, _openai(bucket, row, here), _whose(row)
    if not page.listed:
        raise _invalid(f"{place} is neither a page of a usage or cost report nor an object with lines.")


def _whose(row: Json) -> tuple[str, ...]:
    """Return what a row says of whose it is: our provider, then the accounts it names; empty where it does not."""
    return tuple(str(row.get(name) or "") for name in ("provider", *_ACCOUNTS))


def _anthropic(bucket: Json, row: Json, place: str) -> BillLine:
    day = _day(str(bucket["starting_at"])[:10], place)
    model = _model(row)
    if "amount" in row:
        cents = _decimal(row["amount"], place)
        nanos = None if cents is None else _whole_nanos(cents / 100)
        return BillLine(day, model, None, nanos, str(row.get("currency") or "").upper())
    written = _object(row.get("cache_creation") or {}, place)
    return BillLine(
        day,
        _needed_model(model, place),
        Tokens(
            _count(row.get("uncached_input_tokens"), place),
            _count(row.get("cache_read_input_tokens"), place),
            _count(written.get("ephemeral_5m_input_tokens"), place),
            _count(written.get("ephemeral_1h_input_tokens"), place),
            _count(row.get("output_tokens"), place),
        ),
    )


def _openai(bucket: Json, row: Json, place: str) -> BillLine:
    start = bucket.get("start_time")
    if not isinstance(start, int) or not 0 <= start < 2**33:
        raise _invalid(f"{place} has neither starting_at nor start_time.")
    day = datetime.fromtimestamp(start, UTC).date()
    if "amount" in row:
        amount = _object(row["amount"] or {}, place)
        # A line item's text is not documented to name the model alone, so the day is compared as a whole.
        return BillLine(day, "", None, _nanos(amount.get("value"), place), str(amount.get("currency") or "").upper())
    cached = _count(row.get("input_cached_tokens"), place)
    written = _count(row.get("input_cache_write_tokens"), place)
    whole = _count(row.get("input_tokens"), place)
    if whole < cached + written:
        raise _invalid(f"{place}: more tokens are cached than came in.")
    return BillLine(
        day,
        _needed_model(_model(row), place),
        Tokens(whole - cached - written, cached, written, 0, _count(row.get("output_tokens"), place)),
    )


def _model(row: Json) -> str:
    return str(row.get("model") or "")


def _needed_model(model: str, place: str) -> str:
    if not model:
        raise _invalid(f"{place} names no model: export the report grouped by model.")
    return model


def _object(value: object, place: str) -> Json:
    if not isinstance(value, dict):
        raise _invalid(f"{place} has a value of a wrong kind.")
    return value


# -- values ----------------------------------------------------------------------------------------------------------


def _day(value: object, place: str) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise _invalid(f"{place}: “{str(value)[:40]}” is not a date such as 2026-10-31.") from None


def _count(value: object, place: str) -> int:
    number = _decimal(value, place)
    if number is None:
        return 0
    if number != number.to_integral_value() or not 0 <= number <= LARGEST_COUNT:
        raise _invalid(f"{place}: “{str(value)[:40]}” is not a number of tokens.")
    return int(number)


def _nanos(value: object, place: str) -> int | None:
    number = _decimal(value, place)
    return None if number is None else _whole_nanos(number)


def _whole_nanos(amount: Decimal) -> int:
    if abs(amount) > LARGEST_AMOUNT:
        raise _invalid(f"An amount is larger than {LARGEST_AMOUNT:,}.")
    return int((amount * NANOS_PER_UNIT).to_integral_value())


def _decimal(value: object, place: str) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        if isinstance(value, (bool, list, dict)):
            raise InvalidOperation
        number = Decimal(value if isinstance(value, (int, Decimal)) else str(value).strip())
        if number.is_nan():
            raise InvalidOperation
    except InvalidOperation:
        raise _invalid(f"{place}: “{str(value)[:40]}” is not a number.") from None
    if abs(number) > LARGEST_COUNT:
        raise _invalid(f"{place}: “{str(value)[:40]}” is too large.")
    return number


def _invalid(message: str) -> BillInvalid:
    return BillInvalid(message, action="See the formats in the page about money, mend the file, and compare it again.")
