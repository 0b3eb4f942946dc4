"""Owns upstream accounts, the models they serve and the routes over them: from file, environment and console."""

from powerautomation.gateway.providers.catalog import (
    DEMO_MODEL,
    allowed_hosts,
    build_catalog,
    configured_deployments,
    environment_deployments,
    private_hosts,
    route_of,
)
from powerautomation.gateway.providers.entities import (
    AS_ASKED,
    Arm,
    BalanceFacts,
    Catalog,
    Deployment,
    DialectName,
    HealthCheck,
    Policy,
    Preset,
    Provider,
    Route,
    Split,
    Timeouts,
)
from powerautomation.gateway.providers.jobs import purge_deleted_for_ever
from powerautomation.gateway.providers.presets import (
    balance_facts,
    default_routes,
    family_at,
    find_preset,
    host_of,
    list_presets,
    takes_partial,
)

__all__ = [
    "AS_ASKED", "DEMO_MODEL", "Arm", "BalanceFacts", "Catalog", "Deployment", "DialectName", "HealthCheck", "Policy",
    "Preset", "Provider", "Route", "Split", "Timeouts", "allowed_hosts", "balance_facts", "build_catalog",
    "configured_deployments", "default_routes", "environment_deployments", "family_at", "find_preset", "host_of",
    "list_presets", "private_hosts", "purge_deleted_for_ever", "route_of", "takes_partial",
]  # fmt: skip
