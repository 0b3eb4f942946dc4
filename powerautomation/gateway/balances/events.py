"""Facts this domain announces."""

# Begins with "providers": whoever shows providers shows their balance.
LOW = "providers.balance_low"
