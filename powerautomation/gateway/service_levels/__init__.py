"""Owns what providers promise, how they kept it hour by hour, breaches, and the credits a breach is worth."""

from powerautomation.gateway.service_levels.entities import CreditStep, Promise
from powerautomation.gateway.service_levels.jobs import ServiceLevelKeeper
from powerautomation.gateway.service_levels.routes import router
from powerautomation.gateway.service_levels.rules import declared_promises

__all__ = ["CreditStep", "Promise", "ServiceLevelKeeper", "declared_promises", "router"]
