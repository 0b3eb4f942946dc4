"""Owns limits and budgets: requests, tokens, money and concurrency of keys, projects, people and organizations.

A request reserves of all its limits in one atomic step before the first attempt, and settles by what it really used.
Counters live in this process, or in Redis for several replicas; a budget's period begins with what the ledger knows.
"""

from powerautomation.gateway.limits.entities import (
    Ask,
    LeftOut,
    Limit,
    Measure,
    NewLimit,
    Reservation,
    SubjectKind,
    Used,
    Window,
)
from powerautomation.gateway.limits.errors import LimitReached, LimitsUnavailable, PriceUnknown
from powerautomation.gateway.limits.limiter import KeyLimits, Limiter
from powerautomation.gateway.limits.memory import InProcessCounters
from powerautomation.gateway.limits.ports import Counters
from powerautomation.gateway.limits.routes import router
from powerautomation.gateway.limits.rules import amount_words
from powerautomation.gateway.limits.service import (
    create_limit,
    delete_limit,
    list_limits,
    load_limits,
    record_warning,
    spent_since,
)
from powerautomation.gateway.limits.trying import LimitTrial, Trial, WhyRefused, try_limits

__all__ = [
    "Ask",
    "Counters",
    "InProcessCounters",
    "KeyLimits",
    "LeftOut",
    "Limit",
    "LimitReached",
    "LimitTrial",
    "Limiter",
    "LimitsUnavailable",
    "Measure",
    "NewLimit",
    "PriceUnknown",
    "Reservation",
    "SubjectKind",
    "Trial",
    "Used",
    "WhyRefused",
    "Window",
    "amount_words",
    "create_limit",
    "delete_limit",
    "list_limits",
    "load_limits",
    "record_warning",
    "router",
    "spent_since",
    "try_limits",
]
