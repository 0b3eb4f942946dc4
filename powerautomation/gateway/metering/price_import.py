"""Imports list prices from YAML or CSV: read, compared with what is known, and stored unless it is a dry run."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

import msgspec

from powerautomation.gateway.metering import imported_prices_sql
from powerautomation.gateway.metering.entities import Price
from powerautomation.gateway.metering.errors import PriceFileInvalid
from powerautomation.gateway.metering.prices import PriceTable, load_price_table, parse_prices
from powerautomation.gateway.metering.repository import AsyncSession
from powerautomation.governance import audit
from powerautomation.infrastructure.events import record_event
from powerautomation.kernel.clock import now_ms
from powerautomation.kernel.principal import Principal

MOST_BYTES = 2 * 1024 * 1024
MOST_PRICES = 5_000
MOST_IMPORTED = 50_000
LARGEST_AMOUNT = Decimal(1_000_000)
_AMOUNTS = ("input", "cached_input", "cache_write_5m", "cache_write_1h", "output")
_ALIAS = re.compile(rb"(?:^|[\s:,\[{-])[&*][A-Za-z0-9_]", re.MULTILINE)
_COLUMNS = (
    "vendor", "model", "currency", "effective_from", "source", *_AMOUNTS,
    "above_tokens", *(f"above_{name}" for name in _AMOUNTS),
)  # fmt: skip


class PriceChange(msgspec.Struct, frozen=True):
    """One price of a file, and what it changes: ``before`` is the price of the same vendor, model, currency and day."""

    vendor: str
    model: str
    kind: Literal["added", "changed", "unchanged"]
    price: Price
    before: Price | None = None


class PriceImport(msgspec.Struct, frozen=True):
    """What an import did, or would do when ``dry_run``."""

    dry_run: bool
    changes: tuple[PriceChange, ...]


async def import_prices(
    session: AsyncSession, principal: Principal, content: bytes, *, file_name: str, dry_run: bool
) -> PriceImport:
    """Read a price file into the organization's prices; the past keeps the prices it was charged at. A name that
    ends in ``.csv`` is CSV, any other YAML. Raises PriceFileInvalid, and changes nothing then."""
    stated = read_prices(content, file_name)
    known = await organization_prices(session, principal.organization_id)
    before = {_key(*one): one[2] for one in known.listed()}
    changes = tuple(
        PriceChange(
            vendor,
            model,
            _kind(before.get(_key(vendor, model, price)), price),
            price,
            before.get(_key(vendor, model, price)),
        )
        for vendor, model, price in stated
    )
    if not dry_run:
        at = now_ms()
        new = [one for one in changes if one.kind != "unchanged"]
        await imported_prices_sql.write_prices(
            session, principal.organization_id, [(one.vendor, one.model, one.price) for one in new], at
        )
        record_event(session, principal.organization_id, "prices.imported", {"count": len(new)})
        audit.record(
            session,
            principal,
            "prices.import",
            audit.Target("price_file", "", file_name),
            before={_named(one): _told(one.before) for one in new if one.before is not None},
            after={"changed_prices": len(new), **{_named(one): _told(one.price) for one in new}},
        )
    return PriceImport(dry_run, changes)


async def read_imported(session: AsyncSession, organization_id: str) -> dict[str, dict[str, Any]]:
    """Return what the organization imported as JSON values, each by a name that says what it is the price of."""
    return {
        _name_of(vendor, model, price): {"vendor": vendor, "model": model, "price": msgspec.to_builtins(price)}
        for vendor, model, price in await imported_prices_sql.list_imported_prices(session, organization_id)
    }


async def replace_imported(session: AsyncSession, principal: Principal, wanted: Iterable[Mapping[str, Any]]) -> None:
    """Bring the organization's imported prices to those of ``read_imported`` of another time; the past keeps the prices
    it was charged at. Raises PriceFileInvalid."""
    owner = principal.organization_id
    try:
        stated = [
            (str(one["vendor"]), str(one["model"]), msgspec.convert(one["price"], Price, strict=False))
            for one in wanted
        ]
    except (KeyError, TypeError, msgspec.ValidationError) as error:
        raise _invalid(f"This is no price list: {str(error)[:300]}.") from None
    if len(stated) > MOST_IMPORTED:
        raise _invalid(f"These are {len(stated):,} prices; there can be {MOST_IMPORTED:,}.")
    for vendor, model, price in stated:
        _check(vendor, model, price)
    before = await read_imported(session, owner)
    await imported_prices_sql.delete_prices(session, owner)
    await imported_prices_sql.write_prices(session, owner, stated, now_ms())
    after = await read_imported(session, owner)
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    record_event(session, owner, "prices.imported", {"count": len(changed)})
    audit.record(
        session,
        principal,
        "prices.put_back",
        audit.Target("price_file", ""),
        before={name: before[name]["price"] for name in changed if name in before},
        after={"changed_prices": len(changed), **{name: after[name]["price"] for name in changed if name in after}},
    )


async def organization_prices(session: AsyncSession, organization_id: str) -> PriceTable:
    """Return the price table of this version with what the organization imported."""
    return load_price_table().with_imported(await imported_prices_sql.list_imported_prices(session, organization_id))


async def load_imported_tables(session: AsyncSession) -> dict[str, PriceTable]:
    """Return the price table of every organization that imported prices: for the data plane's snapshot."""
    by_organization: dict[str, list[tuple[str, str, Price]]] = {}
    for organization_id, vendor, model, price in await imported_prices_sql.list_imported_prices_everywhere(session):
        by_organization.setdefault(organization_id, []).append((vendor, model, price))
    return {name: load_price_table().with_imported(prices) for name, prices in by_organization.items()}


def read_prices(content: bytes, file_name: str) -> list[tuple[str, str, Price]]:
    """Return the (vendor, model, price) of a file. Raises PriceFileInvalid naming the line or place."""
    if len(content) > MOST_BYTES:
        raise _invalid(f"The file has more than {MOST_BYTES // 1024 // 1024} MB.")
    try:
        stated = _read_csv(content.decode("utf-8-sig")) if file_name.lower().endswith(".csv") else _read_yaml(content)
    except UnicodeDecodeError:
        raise _invalid("The file is not UTF-8 text.") from None
    except (msgspec.MsgspecError, RecursionError) as error:
        raise _invalid(f"The file is not a price list: {str(error)[:300]}.") from None
    if not stated or len(stated) > MOST_PRICES:
        raise _invalid(f"The file has {len(stated):,} prices; from 1 to {MOST_PRICES:,} can be imported at once.")
    seen = set()
    for vendor, model, price in stated:
        _check(vendor, model, price)
        key = _key(vendor, model, price)
        if key in seen:
            raise _invalid(f"{vendor}/{model} has two prices in {price.currency} from the same day.")
        seen.add(key)
    return stated


def _read_yaml(content: bytes) -> list[tuple[str, str, Price]]:
    if _ALIAS.search(content):
        # A few repeated references can stand for more prices than fit into memory.
        raise _invalid("The file uses YAML anchors or references, which price lists do not need.")
    return parse_prices(content)


def _read_csv(text: str) -> list[tuple[str, str, Price]]:
    rows = csv.DictReader(io.StringIO(text, newline=""))
    unknown = sorted(set(rows.fieldnames or ()) - set(_COLUMNS))
    missing = [name for name in ("vendor", "model", "input", "output") if name not in (rows.fieldnames or ())]
    if unknown or missing:
        raise _invalid(
            f"The first line must name columns of: {', '.join(_COLUMNS)}. Unknown: {unknown}; missing: {missing}."
        )
    found = []
    for row in rows:
        try:
            if None in row or None in row.values():
                raise ValueError("it has another number of fields than the first line")
            found.append((row["vendor"], row["model"], _price_of(row)))
        except (ValueError, InvalidOperation) as error:
            raise _invalid(f"Line {rows.line_num} cannot be read: {str(error)[:200]}.") from None
    return found


def _price_of(row: Mapping[str, str]) -> Price:
    above_tokens, day = row.get("above_tokens"), row.get("effective_from")
    above = _band(row, "above_")
    return msgspec.structs.replace(
        _band(row, ""),
        effective_from=date.fromisoformat(day) if day else None,
        above_tokens=int(above_tokens) if above_tokens else None,
        above=above if any(getattr(above, name) is not None for name in _AMOUNTS) else None,
    )


def _band(row: Mapping[str, str], prefix: str) -> Price:
    return Price(
        input=_amount(row.get(f"{prefix}input", "")),
        cached_input=_amount(row.get(f"{prefix}cached_input", "")),
        cache_write_5m=_amount(row.get(f"{prefix}cache_write_5m", "")),
        cache_write_1h=_amount(row.get(f"{prefix}cache_write_1h", "")),
        output=_amount(row.get(f"{prefix}output", "")),
        currency=row.get("currency") or "USD",
        source=row.get("source") or "imported",
    )


def _amount(text: str) -> Decimal | None:
    return Decimal(text.strip()) if text.strip() else None


def _check(vendor: str, model: str, price: Price) -> None:
    bands: Iterable[Price] = (price,) if price.above is None else (price, price.above)
    place = f"{vendor}/{model}"[:200]
    if not vendor or not model or len(vendor) > 100 or len(model) > 200 or not place.isprintable():
        raise _invalid(f"“{place}” is not a vendor and a model.")
    if len(price.currency) != 3 or not price.currency.isascii() or not price.currency.isupper():
        raise _invalid(f"{place}: the currency must be three capital letters.")
    for band in bands:
        for name in _AMOUNTS:
            amount = getattr(band, name)
            if amount is not None and not (amount.is_finite() and 0 <= amount <= LARGEST_AMOUNT):
                raise _invalid(f"{place}: {name} must be from 0 to {LARGEST_AMOUNT:,}.")
    if price.above is not None and price.above.cached_input is None and price.cached_input is not None:
        # Else the cost of a long prompt were unknown as soon as one token of it is cached.
        raise _invalid(f"{place}: a price for longer prompts needs above_cached_input, as the price has cached_input.")
    if price.above is not None and (price.above_tokens is None or price.above_tokens <= 0):
        raise _invalid(f"{place}: a price for longer prompts needs above_tokens.")


def _named(change: PriceChange) -> str:
    return _name_of(change.vendor, change.model, change.price)


def _name_of(vendor: str, model: str, price: Price) -> str:
    return f"{vendor}/{model} {price.currency} {price.effective_from or ''}".rstrip()


def _told(price: Price) -> dict[str, str]:
    return {name: str(amount) for name in _AMOUNTS if (amount := getattr(price, name)) is not None}


def _key(vendor: str, model: str, price: Price) -> tuple[str, str, str, date | None]:
    return vendor, model, price.currency, price.effective_from


def _kind(before: Price | None, price: Price) -> Literal["added", "changed", "unchanged"]:
    if before is None:
        return "added"
    # CSV knows no tiers and no regions: a file that states none leaves those that are known.
    same = msgspec.structs.replace(
        before,
        source=price.source,
        read_on=price.read_on,
        tiers=price.tiers or before.tiers,
        regions=price.regions or before.regions,
    )
    wanted = msgspec.structs.replace(price, tiers=same.tiers, regions=same.regions)
    return "unchanged" if same == wanted and (not price.tiers or price.tiers == before.tiers) else "changed"


def _invalid(message: str) -> PriceFileInvalid:
    return PriceFileInvalid(
        message, action="See the format in the page about money, mend the file, and import it again."
    )
