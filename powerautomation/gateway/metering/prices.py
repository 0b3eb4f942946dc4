"""The price table: list prices with source and date, and what the configuration states instead."""

import re
from datetime import date
from functools import cache
from importlib.resources import files

import msgspec

from powerautomation.gateway.metering.entities import Price

_DATED = re.compile(r"[-@](20\d{6}|20\d\d-\d\d-\d\d)$")
_MARKS = re.compile(r"(\[1m\]|-latest|-0)$")


class _Vendor(msgspec.Struct):
    vendor: str
    source: str
    read_on: date
    models: dict[str, Price]
    also_called: tuple[str, ...] = ()


class _File(msgspec.Struct):
    vendors: tuple[_Vendor, ...]


class PriceTable:
    """Looks up list prices by vendor and model id. What it does not know is None, never zero."""

    def __init__(self, vendors: tuple[_Vendor, ...]) -> None:
        self._by_vendor: dict[str, dict[str, Price]] = {}
        self._owners: dict[str, Price] = {}
        for entry in vendors:
            prices = {
                model: msgspec.structs.replace(price, source=f"{entry.source}, {entry.read_on.isoformat()}")
                for model, price in entry.models.items()
            }
            for name in (entry.vendor, *entry.also_called):
                self._by_vendor[name] = prices
            for model, price in prices.items():
                self._owners.setdefault(model, price)

    def price_of(self, vendor: str, model: str, on: date) -> Price | None:
        """Return what ``vendor`` lists for ``model`` on a day, or None."""
        return _holding(_find(self._by_vendor.get(vendor, {}), model), on)

    def baseline_price(self, model: str, on: date) -> Price | None:
        """Return the list price of a model at whoever makes it, or None: what asking for it would have cost."""
        return _holding(_find(self._owners, model), on)


def _find(prices: dict[str, Price], model: str) -> Price | None:
    """Find a model under its id, or under its id without date, ``-latest`` or context mark."""
    plain = _MARKS.sub("", model)
    for name in (model, plain, _DATED.sub("", plain)):
        if name in prices:
            return prices[name]
    return None


def _holding(price: Price | None, on: date) -> Price | None:
    if price is None or (price.effective_from is not None and on < price.effective_from):
        return None
    return price


@cache
def load_price_table() -> PriceTable:
    """Return the price table that comes with this version."""
    text = files("powerautomation.gateway.metering").joinpath("prices.yaml").read_bytes()
    return PriceTable(msgspec.yaml.decode(text, type=_File).vendors)
