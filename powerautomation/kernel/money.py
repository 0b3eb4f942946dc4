"""Money as integers: never floats.

Costs of single AI requests are far below a cent, so they are counted in nanos: 1 nano = 10**-9 of the currency unit
(USD 0.60 per million tokens = 600 nanos a token). A signed 64-bit column holds up to 9.2 thousand million units.
"""

NANOS_PER_UNIT = 1_000_000_000
