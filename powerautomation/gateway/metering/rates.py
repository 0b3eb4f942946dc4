"""What money in one currency is worth in another, by the dated rates of the configuration."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

import msgspec

from powerautomation.infrastructure.settings import ExchangeRateSettings

DAY_MS = 86_400_000
_EPOCH = date(1970, 1, 1).toordinal()
# Days and pairs of currencies are few; the bound is for servers that run for years.
_MOST_REMEMBERED = 10_000


class Rate(msgspec.Struct, frozen=True):
    """One unit of ``base`` is ``rate`` units of ``quote`` from the day ``on`` (UTC) until a later rate begins."""

    base: str
    quote: str
    rate: Decimal
    on: date
    source: str


def stated_rates(stated: Sequence[ExchangeRateSettings]) -> "ExchangeRates":
    """Return the rates the configuration states."""
    return ExchangeRates([Rate(one.from_currency, one.to_currency, one.rate, one.date, one.source) for one in stated])


def rate_between(rates: Sequence[Rate], base: str, quote: str, on: date) -> Rate | None:
    """Return the rate between two currencies that was in force on a day, whichever of both it is stated for."""
    fitting = [one for one in rates if {one.base, one.quote} == {base, quote} and one.on <= on]
    return max(fitting, key=lambda one: one.on, default=None)


class ExchangeRates:
    """Dated rates, ready to be asked on the request path: what was found for a day is remembered."""

    __slots__ = ("_factors", "rates")

    def __init__(self, rates: Sequence[Rate] = ()) -> None:
        self.rates = tuple(rates)
        self._factors: dict[tuple[str, str, int], Fraction | None] = {}

    def convert(self, nanos: int, base: str, quote: str, at_ms: int) -> int | None:
        """Return an amount of ``base`` in ``quote`` by the rate of that moment's day (UTC), rounded half to even; None
        when no rate was in force. Nothing is nothing in every currency."""
        if base == quote or not nanos:
            return nanos
        key = (base, quote, at_ms // DAY_MS)
        if key not in self._factors:
            if len(self._factors) >= _MOST_REMEMBERED:
                self._factors.clear()
            self._factors[key] = self._factor(base, quote, date.fromordinal(_EPOCH + key[2]))
        factor = self._factors[key]
        return None if factor is None else round(nanos * factor)

    def _factor(self, base: str, quote: str, on: date) -> Fraction | None:
        rate = rate_between(self.rates, base, quote, on)
        if rate is None:
            return None
        return Fraction(rate.rate) if rate.base == base else 1 / Fraction(rate.rate)

    def changes(self, currency: str, from_ms: int, to_ms: int) -> list[int]:
        """Return the moments within a span, without its beginning, at which a rate of a currency begins; in order."""
        mine = (one for one in self.rates if currency in (one.base, one.quote))
        moments = {(one.on.toordinal() - _EPOCH) * DAY_MS for one in mine}
        return sorted(moment for moment in moments if from_ms < moment < to_ms)
