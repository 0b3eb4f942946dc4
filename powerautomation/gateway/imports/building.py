"""What both readers share: names that are allowed, one provider per account, references to keys."""

import re
from collections.abc import Collection
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from powerautomation.gateway.imports.entities import Imported, ImportedProvider
from powerautomation.gateway.providers import find_preset, list_presets

_VARIABLE = re.compile(r"(?:os\.environ/(\w+)|\$\{(\w+)\}|\$(\w+))\Z", re.ASCII)
_MODEL_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._:/@\[\]-]{0,199}\Z")
# What a file calls any server that speaks as OpenAI does.
_ANYBODY = ("openai", "custom_openai", "openai_like", "litellm_proxy")
MOST_MODELS = 500
LONGEST_SECONDS = 86_400.0


def variable_of(value: object) -> str:
    """Return the environment variable a value refers to in any of the usual forms, or empty."""
    found = _VARIABLE.match(value.strip()) if isinstance(value, str) else None
    return next((name for name in found.groups() if name), "") if found else ""


def legal_model(name: object) -> str:
    """Return a model's name as we allow it, or empty when it cannot be one."""
    return name if isinstance(name, str) and _MODEL_NAME.match(name) else ""


def preset_at(base_url: str) -> str:
    """Return the id of the preset whose API is at this address, or empty."""
    return next(
        (preset.id for preset in list_presets() if preset.base_url and preset.base_url == base_url.rstrip("/")), ""
    )


def provider_name(vendor: str, preset: str, base_url: str) -> str:
    """Return what to call a provider that is not what its ``vendor`` there says: the preset whose API or host it is, or
    its host's name. ``base_url`` may be empty, or a reference to a variable."""
    host = urlsplit(base_url).netloc.rpartition("@")[2].lower()
    known = preset or next((one.id for one in list_presets() if host and urlsplit(one.base_url).netloc == host), "")
    if known:
        return known
    if vendor in _ANYBODY:
        return host.removeprefix("www.").removeprefix("api.") or "openai-compatible"
    return vendor


def free_name(base: str, taken: Collection[str]) -> str:
    """Return a name, numbered when it is taken."""
    name, number = base, 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    return name


def seconds_of(value: object, unit: float = 1.0) -> float | None:
    """Return a duration a person wrote in ``unit`` seconds, within what we allow, or None."""
    try:
        seconds = float(str(value)) * unit
    except ValueError:
        return None
    return min(seconds, LONGEST_SECONDS) if seconds > 0 else None


def per_million(value: object) -> str:
    """Return a price per token as decimal text per million tokens, or empty when it is none."""
    try:
        price = Decimal(str(value)) * 1_000_000
    except InvalidOperation:
        return ""
    if not price.is_finite() or not 0 <= price <= 1_000_000:
        return ""
    return format(price.normalize() if price else Decimal(0), "f")


class Accounts:
    """The providers found so far: the same vendor, address and key are one account."""

    def __init__(self, imported: Imported) -> None:
        self._imported = imported
        self._known: dict[tuple[str, ...], ImportedProvider] = {}

    def account(
        self, wanted: str, *, preset: str, dialect: str, base_url: str, key: object, usual_key: str, place: str
    ) -> ImportedProvider:
        """Return the provider for an account, new when none like it was there. ``key`` is what the file says of its
        key, ``usual_key`` the variable that is read when it says nothing."""
        variable = variable_of(key) or ("" if isinstance(key, str) and key.strip() else usual_key)
        secret = "" if variable or not isinstance(key, str) else key.strip()
        known = find_preset(preset) if preset else None
        if known is not None and known.keyless:
            # What stands there is only there because some client insists on a key.
            secret, variable = "", variable_of(key)
        identity = (preset, dialect, base_url, variable, secret)
        found = self._known.get(identity)
        if found is None:
            found = ImportedProvider(self._free_name(wanted), preset, dialect, base_url, variable, secret)
            if secret:
                found.key_variable = re.sub(r"[^A-Z0-9]", "_", f"{found.name}_API_KEY".upper())
                if found.key_variable[0].isdigit():
                    found.key_variable = f"KEY_{found.key_variable}"
                self._imported.note(
                    "to_do",
                    place,
                    f"holds a key in clear text. It is not copied: set the variable {found.key_variable} to it.",
                )
            self._known[identity] = found
            self._imported.providers[found.name] = found
        return found

    def _free_name(self, wanted: str) -> str:
        base = re.sub(r"[^A-Za-z0-9._-]", "-", wanted).strip("-._")[:58] or "imported"
        return free_name(base, self._imported.providers)


def unread(imported: Imported, given: dict[str, Any], read: dict[str, str], place: str, known: frozenset[str]) -> None:
    """Report every key of a mapping that was not carried over; ``read`` says why for those that are known of."""
    for name in given:
        if name not in known:
            where = f"{place}.{name}" if place else str(name)
            imported.note("left_out", where, read.get(str(name), "has no counterpart here."))
