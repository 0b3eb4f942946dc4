"""Owns the tree below an organization: companies, departments and teams, who belongs where, and settings that are
inherited downward."""

from powerautomation.identity.units.routes import router
from powerautomation.identity.units.service import list_units

__all__ = ["list_units", "router"]
