"""The price table: list prices with source and date, and what the configuration states instead."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files

import msgspec

from powerautomation.gateway.metering.entities import Price

_DATED = re.compile(r"[-@](20\d{6}|20\d\d-\d\d-\d\d)$")
_MARKS = re.compile(r"(\[1m\]|-latest|-0)$")
_CLAUDE_VERSION = re.compile(r"^(claude-.*\d)\.(\d)")


class _Vendor(msgspec.Struct, forbid_unknown_fields=True):
    vendor: str
    source: str
    read_on: str
    models: dict[str, Price | tuple[Price, ...]]
    also_called: tuple[str, ...] = ()
    # A prompt cache that fills by itself: what is written to it costs what input costs.
    automatic_cache: bool = False
    # Factors for service tiers and regions, of all its models.
    tiers: dict[str, Decimal] = {}
    regions: dict[str, Decimal] = {}


class _File(msgspec.Struct, forbid_unknown_fields=True):
    vendors: tuple[_Vendor, ...]


class PriceTable:
    """Looks up list prices by vendor and model id. What it does not know is None, never zero."""

    def __init__(self, vendors: tuple[_Vendor, ...]) -> None:
        self._by_vendor: dict[str, dict[str, tuple[Price, ...]]] = {}
        self._owners: dict[str, tuple[Price, ...]] = {}
        for entry in vendors:
            prices = {model: _completed(entry, stated) for model, stated in entry.models.items()}
            for name in (entry.vendor, *entry.also_called):
                self._by_vendor[name] = prices
            for model, stated in prices.items():
                self._owners.setdefault(model, stated)

    def with_imported(self, imported: Iterable[tuple[str, str, Price]]) -> "PriceTable":
        """Return this table with (vendor, model, price) that an organization imported. What it states for a model of a
        vendor in a currency from a day on replaces what was known from that day on."""
        table = PriceTable(())
        table._by_vendor = {vendor: dict(models) for vendor, models in self._by_vendor.items()}
        table._owners = dict(self._owners)
        for vendor, model, price in imported:
            models = table._by_vendor.setdefault(vendor, {})
            known = models.get(model, ())
            is_owner = table._owners.get(model, known) == known
            day = price.effective_from or date.min
            kept = tuple(
                one for one in known if one.currency != price.currency or (one.effective_from or date.min) != day
            )
            models[model] = (*kept, price) if kept and kept[0].currency != price.currency else (price, *kept)
            if is_owner:
                table._owners[model] = models[model]
        return table

    def listed(self) -> Iterator[tuple[str, str, Price]]:
        """Yield every (vendor, model, price), vendors and models in order."""
        for vendor, models in sorted(self._by_vendor.items()):
            for model, prices in sorted(models.items()):
                for price in prices:
                    yield vendor, model, price

    def price_of(self, vendor: str, model: str, on: date, currency: str | None = None) -> Price | None:
        """Return what ``vendor`` lists for ``model`` on a day, or None; without ``currency``, in the vendor's first."""
        return _holding(_find(self._by_vendor.get(vendor, {}), model), on, currency)

    def baseline_price(self, model: str, on: date) -> Price | None:
        """Return the list price of a model at whoever makes it, or None: what asking for it would have cost."""
        return _holding(_find(self._owners, model), on, None)


def _completed(entry: _Vendor, stated: Price | tuple[Price, ...]) -> tuple[Price, ...]:
    source = f"{entry.source}, {entry.read_on}"
    prices = (stated,) if isinstance(stated, Price) else stated
    tiers, regions = tuple(entry.tiers.items()), tuple(entry.regions.items())
    return tuple(
        msgspec.structs.replace(
            _with_source(price, source, entry.automatic_cache),
            tiers=price.tiers or tiers,
            regions=price.regions or regions,
            read_on=entry.read_on,
        )
        for price in prices
    )


def _with_source(price: Price, source: str, automatic_cache: bool) -> Price:
    above = _with_source(price.above, source, automatic_cache) if price.above is not None else None
    written = price.input if automatic_cache else None
    return msgspec.structs.replace(
        price,
        source=source,
        above=above,
        cache_write_5m=written if price.cache_write_5m is None else price.cache_write_5m,
        cache_write_1h=written if price.cache_write_1h is None else price.cache_write_1h,
    )


def plain_model(model: str) -> str:
    """Return a model's id without vendor, date, ``-latest`` or context mark: what its dated ids have in common."""
    plain = _MARKS.sub("", model.lower().rpartition("/")[2])
    return _CLAUDE_VERSION.sub(r"\1-\2", _DATED.sub("", plain))


def _find(prices: dict[str, tuple[Price, ...]], model: str) -> tuple[Price, ...]:
    """Find a model under its id, or under its plain id."""
    return prices[model] if model in prices else prices.get(plain_model(model), ())


def _holding(prices: tuple[Price, ...], on: date, currency: str | None) -> Price | None:
    """Return the newest price in force on a day, in the wanted currency or in that of the first price."""
    wanted = currency or (prices[0].currency if prices else "")
    in_force = [
        price
        for price in prices
        if price.currency == wanted and (price.effective_from is None or price.effective_from <= on)
    ]
    return max(in_force, key=lambda price: price.effective_from or date.min, default=None)


def parse_prices(text: bytes) -> list[tuple[str, str, Price]]:
    """Return the (vendor, model, price) a YAML document like ``prices.yaml`` states. Raises msgspec.MsgspecError."""
    return [
        (entry.vendor, model, price)
        for entry in msgspec.yaml.decode(text, type=_File).vendors
        for model, stated in entry.models.items()
        for price in _completed(entry, stated)
    ]


def parse_price_table(text: bytes) -> PriceTable:
    """Return the price table a YAML document states. Raises msgspec.ValidationError for one that is not well formed."""
    return PriceTable(msgspec.yaml.decode(text, type=_File).vendors)


@cache
def load_price_table() -> PriceTable:
    """Return the price table that comes with this version."""
    return parse_price_table(files("powerautomation.gateway.metering").joinpath("prices.yaml").read_bytes())
