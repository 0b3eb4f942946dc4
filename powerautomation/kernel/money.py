"""Money as integers: never floats.

Costs of single AI requests are far below a cent, so they are counted in nanos: 1 nano = 10**-9 of the currency unit
(USD 0.60 per million tokens = 600 nanos a token). A signed 64-bit column holds up to 9.2 thousand million units.
"""

from decimal import ROUND_HALF_EVEN, Decimal

NANOS_PER_UNIT = 1_000_000_000


def nanos_of(amount: Decimal) -> int:
    """Return an amount in currency units as nanos, rounded half to even."""
    return int((amount * NANOS_PER_UNIT).to_integral_value(rounding=ROUND_HALF_EVEN))


def decimal_of(nanos: int) -> Decimal:
    """Return nanos as an exact amount in currency units."""
    return Decimal(nanos) / NANOS_PER_UNIT
