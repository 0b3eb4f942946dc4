"""Owns what is known of model families: limits, fixed parameters, peculiar formats. Facts, never behaviour."""

from powerautomation.gateway.families.entities import Family
from powerautomation.gateway.families.errors import UnknownFamily
from powerautomation.gateway.families.service import family_of, list_families

__all__ = ["Family", "UnknownFamily", "family_of", "list_families"]
