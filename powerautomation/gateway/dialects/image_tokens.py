"""What an image costs, by the rule its vendor documents. Rules are data: ``gateway/families/families.yaml``."""

from math import ceil, sqrt

from powerautomation.gateway.dialects.image_sizes import ImageSize
from powerautomation.gateway.families import ImageRule

# What an image whose size nobody tells is taken for: one behind a URL, or in a format we do not know.
ASSUMED_SIZE = ImageSize(1024, 1024)


def image_tokens(rule: ImageRule, size: ImageSize | None, detail: str = "") -> int:
    """Return the tokens of one image. ``detail`` is the client's wish, in its vendor's word; unknown words are none."""
    wish = rule.details.get(detail)
    if wish is not None and wish.tokens is not None:
        return wish.tokens
    if rule.rule == "fixed":
        return rule.base_tokens
    most_units = rule.most_units if wish is None or wish.most_units is None else wish.most_units
    most_edge_px = rule.most_edge_px if wish is None or wish.most_edge_px is None else wish.most_edge_px
    units = most_units if most_units == 0 else _units(rule, size or ASSUMED_SIZE, most_units, most_edge_px)
    return rule.base_tokens + ceil(units * rule.tokens_per_unit)


def _units(rule: ImageRule, size: ImageSize, most_units: int | None, most_edge_px: int | None) -> int:
    if rule.rule == "crops":
        if max(size) <= rule.small_px:
            return 1
        units = _covering(size, max(rule.least_unit_px, min(rule.unit_px, int(min(size) / 1.5))))
        return units if most_units is None else min(units, most_units)
    if most_edge_px is not None:
        size = _scaled(size, most_edge_px / max(size))
    if rule.rule == "tiles":
        if rule.short_edge_px is not None:
            size = _scaled(size, rule.short_edge_px / min(size))
        return _covering(size, rule.unit_px)
    if most_units is None or _covering(size, rule.unit_px) <= most_units:
        return _covering(size, rule.unit_px)
    if rule.shrinks == "fits":
        return _covering(_largest_fitting(size, rule.unit_px, most_units), rule.unit_px)
    scale = sqrt(most_units * rule.unit_px**2 / (size.width * size.height))
    if rule.shrinks == "floored":
        # Down to whole units of the edge that loses more by it, which keeps the other within the limit too.
        across, down = size.width * scale / rule.unit_px, size.height * scale / rule.unit_px
        scale *= min(max(1, int(across)) / across, max(1, int(down)) / down)
        return min(most_units, _covering(_scaled(size, scale), rule.unit_px))
    return _covering(_scaled(size, scale), rule.unit_px)


def _covering(size: ImageSize, unit_px: int) -> int:
    return -(-size.width // unit_px) * -(-size.height // unit_px)


def _scaled(size: ImageSize, scale: float) -> ImageSize:
    """Return the size, made smaller by a factor; never larger, and never less than a pixel."""
    if scale >= 1:
        return size
    # A hair more, lest an edge that is meant to be whole loses a pixel to the arithmetic.
    return ImageSize(max(1, int(size.width * scale + 1e-6)), max(1, int(size.height * scale + 1e-6)))


def _largest_fitting(size: ImageSize, unit_px: int, most_units: int) -> ImageSize:
    """Return the largest size of the same shape that at most ``most_units`` cover, found by halving."""
    least, most = 1, max(size)
    while least < most:
        edge = (least + most + 1) // 2
        if _covering(_scaled(size, edge / max(size)), unit_px) <= most_units:
            least = edge
        else:
            most = edge - 1
    return _scaled(size, least / max(size))
