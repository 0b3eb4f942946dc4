"""Owns the comparison of the arms of a split: what each costs, how fast, how reliable and how well liked it is, and how
sure one may be of the difference."""

from powerautomation.gateway.splits.routes import router

__all__ = ["router"]
