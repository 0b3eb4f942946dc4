"""Owns the choice of deployments for a request, their health (circuit breakers) and providers' request rates."""

from powerautomation.gateway.routing.rules import Choice, Circuit, Plan, choose, find_route
from powerautomation.gateway.routing.service import Router

__all__ = ["Choice", "Circuit", "Plan", "Router", "choose", "find_route"]
