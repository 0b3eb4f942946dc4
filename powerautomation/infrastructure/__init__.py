"""Mechanisms without business: settings, database, events, cache, web errors, logs and metrics."""
