"""Reads JSON objects of Google's format, whose fields may be spelled in camel case or with underscores."""

import re
from collections.abc import Container
from typing import Any

from powerautomation.gateway.dialects.errors import InvalidRequest

_UNDERSCORE = re.compile(r"_([a-z0-9])")

Fields = dict[str, Any]


def fail(path: str, why: str) -> InvalidRequest:
    """Return the refusal of what stands at ``path``."""
    return InvalidRequest(f"{path}: {why}" if path else f"The request {why}")


def camel(name: str) -> str:
    """Return a field's name in camel case; the inner alias of responseJsonSchema loses its underscore."""
    return _UNDERSCORE.sub(lambda found: found[1].upper(), name.lstrip("_")) if "_" in name else name


def fields_of(value: Any, path: str, known: Container[str]) -> Fields:
    """Return the fields of an object under their names in camel case, without those that are null. Raises
    InvalidRequest for anything else and, as Google does, for fields nobody knows."""
    if not isinstance(value, dict):
        raise fail(path, "must be an object")
    fields: Fields = {}
    for name, inner in value.items():
        spelled = camel(name)
        if spelled not in known:
            raise fail(path, f"has the unknown field “{name[:50]}”")
        if inner is not None:
            fields[spelled] = inner
    return fields


def list_of(value: Any, path: str) -> list[Any]:
    """Return a list; one object alone counts as a list of one, as Google reads it."""
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list):
        raise fail(path, "must be an array")
    return value


def text_of(fields: Fields, name: str, path: str, *, required: bool = False) -> str:
    """Return a string field, empty when it is not there."""
    value = fields.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or (required and not value):
        raise fail(f"{path}.{name}", "must be a string" if value is not None else "is required")
    return value


def number_of(fields: Fields, name: str, path: str, *, least: float = 0, most: float = 2**31) -> float | None:
    """Return a number field, None when it is not there."""
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise fail(f"{path}.{name}", "must be a number")
    if not least <= value <= most:
        raise fail(f"{path}.{name}", f"must be between {least:g} and {most:g}")
    return float(value)


def whole_number_of(fields: Fields, name: str, path: str, *, least: int = 0, most: int = 2**31) -> int | None:
    """Return a whole number field, None when it is not there."""
    value = number_of(fields, name, path, least=least, most=most)
    if value is None:
        return None
    if value != int(value):
        raise fail(f"{path}.{name}", "must be a whole number")
    return int(value)
