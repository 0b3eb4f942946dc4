"""Counters that many replicas share."""
