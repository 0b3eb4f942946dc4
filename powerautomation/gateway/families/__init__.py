"""Owns what is known of model families: limits, fixed parameters, peculiar formats. Facts, never behaviour."""

from powerautomation.gateway.families.entities import Family, ImageRule
from powerautomation.gateway.families.errors import UnknownFamily
from powerautomation.gateway.families.service import family_of, image_rule_of, list_families, list_image_rules

__all__ = ["Family", "ImageRule", "UnknownFamily", "family_of", "image_rule_of", "list_families", "list_image_rules"]
