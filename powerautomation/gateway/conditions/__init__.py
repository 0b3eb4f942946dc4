"""Owns the conditions of routes: what may be asked of a request in CEL, checked once, evaluated within bounds."""

from powerautomation.gateway.conditions.errors import ConditionFailed, InvalidCondition
from powerautomation.gateway.conditions.rules import VARIABLES, Condition, compile_condition, visible_headers

__all__ = [
    "VARIABLES",
    "Condition",
    "ConditionFailed",
    "InvalidCondition",
    "compile_condition",
    "visible_headers",
]
