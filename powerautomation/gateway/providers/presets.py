"""Provider presets: facts about well-known providers, read from ``presets.yaml``."""

from fnmatch import fnmatchcase
from functools import cache, lru_cache
from importlib.resources import files
from urllib.parse import urlsplit

import msgspec

from powerautomation.gateway.families import Family, family_of
from powerautomation.gateway.providers.entities import BalanceFacts, HostFamily, Preset, Route

_MOST_REMEMBERED = 4096


class _RouteMatch(msgspec.Struct):
    model: str


class _Route(msgspec.Struct):
    name: str
    match: _RouteMatch
    use: tuple[str, ...]


class _Presets(msgspec.Struct):
    presets: tuple[Preset, ...]
    routes: tuple[_Route, ...]


@cache
def _load() -> _Presets:
    text = files("powerautomation.gateway.providers").joinpath("presets.yaml").read_bytes()
    return msgspec.yaml.decode(text, type=_Presets)


def list_presets() -> tuple[Preset, ...]:
    """Return all presets, in order of preference when several keys are present."""
    return _load().presets


def find_preset(preset_id: str) -> Preset | None:
    """Return the preset of that id, or None."""
    return next((preset for preset in list_presets() if preset.id == preset_id), None)


def default_routes() -> tuple[Route, ...]:
    """Return the routes that hold when the configuration declares none."""
    return tuple(Route(route.name, route.match.model, route.use, "built-in") for route in _load().routes)


@lru_cache(maxsize=_MOST_REMEMBERED)
def family_at(preset_id: str, base_url: str, model: str, dialect: str = "") -> Family:
    """Return the facts of a model at a host: what the preset says of it, or a preset with the same host; else those its
    id stands for where this dialect is spoken."""
    name = next((rule.family for rule in _host_families(preset_id, base_url) if _matches(rule, model)), "")
    return family_of(model, name or None, dialect)


def _host_families(preset_id: str, base_url: str) -> tuple[HostFamily, ...]:
    preset = find_preset(preset_id)
    if preset is not None and preset.families:
        return preset.families
    host = host_of(base_url)
    return next((one.families for one in list_presets() if one.families and host_of(one.base_url) == host), ())


@lru_cache(maxsize=_MOST_REMEMBERED)
def takes_partial(preset_id: str, base_url: str) -> bool:
    """Say whether a host is known to go on with the beginning of an answer, marked ``partial``."""
    preset = find_preset(preset_id)
    host = host_of(base_url)
    return (
        preset.partial_mode
        if preset is not None
        else any(one.partial_mode and host_of(one.base_url) == host for one in list_presets())
    )


def balance_facts(preset_id: str, base_url: str) -> BalanceFacts | None:
    """Return how a provider tells the balance of an account: what its preset says, or a preset with the same address;
    None when none is documented."""
    preset = find_preset(preset_id)
    if preset is not None and preset.balance is not None:
        return preset.balance
    return next((one.balance for one in list_presets() if one.balance and one.base_url == base_url), None)


def _matches(rule: HostFamily, model: str) -> bool:
    return any(fnmatchcase(model.lower(), glob) for glob in rule.models)


def host_of(url: str) -> str:
    """Return ``host:port`` of a URL, with the scheme's port when it names none; empty when it is no http(s) URL, or one
    that different readers take for different hosts."""
    if "\\" in url or "@" in url or not url.isprintable():
        return ""
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return ""
    return f"{parts.hostname.lower()}:{port}"
