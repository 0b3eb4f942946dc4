"""Owns the tenants: which organizations exist and what they are called."""

from powerautomation.identity.organizations.entities import Organization
from powerautomation.identity.organizations.errors import OrganizationNotFound
from powerautomation.identity.organizations.service import (
    FIRST_ORGANIZATION_ID,
    ensure_first_organization,
    get_organization,
    has_several_organizations,
    load_time_zones,
)

__all__ = [
    "FIRST_ORGANIZATION_ID",
    "Organization",
    "OrganizationNotFound",
    "ensure_first_organization",
    "get_organization",
    "has_several_organizations",
    "load_time_zones",
]
