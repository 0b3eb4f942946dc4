"""Owns the tenants: which organizations exist, what they are called, and whether anybody of them gets in."""

from powerautomation.identity.organizations.entities import Organization, OrganizationState
from powerautomation.identity.organizations.errors import OrganizationClosed, OrganizationNotFound
from powerautomation.identity.organizations.service import (
    FIRST_ORGANIZATION_ID,
    UNDO_TIME,
    change_organization,
    create_organization,
    ensure_first_organization,
    get_organization,
    has_several_organizations,
    is_open,
    list_closed,
    list_organizations,
    list_removable,
    load_time_zones,
    mark_removed,
)

__all__ = [
    "FIRST_ORGANIZATION_ID",
    "UNDO_TIME",
    "Organization",
    "OrganizationClosed",
    "OrganizationNotFound",
    "OrganizationState",
    "change_organization",
    "create_organization",
    "ensure_first_organization",
    "get_organization",
    "has_several_organizations",
    "is_open",
    "list_closed",
    "list_organizations",
    "list_removable",
    "load_time_zones",
    "mark_removed",
]
