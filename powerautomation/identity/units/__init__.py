"""Owns the tree below an organization: companies, departments and teams, who belongs where, and settings that are
inherited downward."""

from powerautomation.identity.units.errors import UnitNotFound
from powerautomation.identity.units.routes import router
from powerautomation.identity.units.service import get_unit_names, list_units, put_member, remove_member

__all__ = ["UnitNotFound", "get_unit_names", "list_units", "put_member", "remove_member", "router"]
