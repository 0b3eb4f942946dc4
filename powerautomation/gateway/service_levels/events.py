"""Facts this domain announces."""

BREACHED = "service_levels.breached"
CREDITED = "service_levels.credited"
