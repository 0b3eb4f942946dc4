"""Owns the choice of deployments for a request, their health (circuit breakers, outliers, active checks) and providers'
request rates."""

from powerautomation.gateway.routing.jobs import CheckResult, HealthWatch
from powerautomation.gateway.routing.outliers import OutlierRule
from powerautomation.gateway.routing.ports import Edition, EditionOf, RequestFacts
from powerautomation.gateway.routing.rules import Choice, Circuit, Plan, RestReason, choose, is_served
from powerautomation.gateway.routing.service import Health, HealthChange, Router
from powerautomation.gateway.routing.sharing import HomeSharing
from powerautomation.gateway.routing.stored import load_stored_routes

__all__ = [
    "CheckResult",
    "Choice",
    "Circuit",
    "Edition",
    "EditionOf",
    "Health",
    "HealthChange",
    "HealthWatch",
    "HomeSharing",
    "OutlierRule",
    "Plan",
    "RequestFacts",
    "RestReason",
    "Router",
    "choose",
    "is_served",
    "load_stored_routes",
]
