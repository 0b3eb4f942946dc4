"""Owns what is known of model families: limits, fixed parameters, peculiar formats. Facts, never behaviour."""

from powerautomation.gateway.families.entities import Family, ImageRule, OutputLimit, ToolNameRule
from powerautomation.gateway.families.errors import UnknownFamily
from powerautomation.gateway.families.service import (
    family_of,
    fits_tool_name,
    image_rule_of,
    list_families,
    list_image_rules,
    output_limit_of,
    tool_name_rule,
)

__all__ = [
    "Family", "ImageRule", "OutputLimit", "ToolNameRule", "UnknownFamily", "family_of", "fits_tool_name",
    "image_rule_of", "list_families", "list_image_rules", "output_limit_of", "tool_name_rule",
]  # fmt: skip
