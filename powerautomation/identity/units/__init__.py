"""Owns the tree below an organization: companies, departments and teams, who belongs where, and settings that are
inherited downward."""

from powerautomation.identity.access import plug_units
from powerautomation.identity.units.entities import Home
from powerautomation.identity.units.errors import UnitNotFound
from powerautomation.identity.units.routes import router
from powerautomation.identity.units.service import (
    get_unit_names,
    list_homes,
    list_paths,
    list_people_of,
    list_units,
    load_homes,
    load_time_zones,
    load_unit_ids,
    put_member,
    remove_member,
    settings_of,
)

plug_units(load_unit_ids)

__all__ = [
    "Home",
    "UnitNotFound",
    "get_unit_names",
    "list_homes",
    "list_paths",
    "list_people_of",
    "list_units",
    "load_homes",
    "load_time_zones",
    "load_unit_ids",
    "put_member",
    "remove_member",
    "router",
    "settings_of",
]
