"""Load tests: how fast the gateway is, measured beside nginx in the same run."""
