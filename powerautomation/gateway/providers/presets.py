"""Provider presets: facts about well-known providers, read from ``presets.yaml``."""

from functools import cache
from importlib.resources import files
from urllib.parse import urlsplit

import msgspec

from powerautomation.gateway.providers.entities import Preset, Route


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
