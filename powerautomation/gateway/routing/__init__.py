"""Owns the choice of deployments for a request, their health (circuit breakers, outliers, active checks) and providers'
request rates."""

from powerautomation.gateway.routing.jobs import CheckResult, HealthWatch
from powerautomation.gateway.routing.outliers import OutlierRule
from powerautomation.gateway.routing.rules import Choice, Circuit, Plan, RestReason, choose, find_route
from powerautomation.gateway.routing.service import Health, HealthChange, Router

__all__ = [
    "CheckResult",
    "Choice",
    "Circuit",
    "Health",
    "HealthChange",
    "HealthWatch",
    "OutlierRule",
    "Plan",
    "RestReason",
    "Router",
    "choose",
    "find_route",
]
