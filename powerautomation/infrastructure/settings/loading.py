"""Merging file, environment and command line into one checked ``Settings``, and telling where each value came from."""

import difflib
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, SecretStr, ValidationError

from powerautomation.infrastructure.settings.base import Section
from powerautomation.infrastructure.settings.document import Document, KeyPath, parse_document, read_document
from powerautomation.infrastructure.settings.models import KEY_FILE_NAME, Origin, Settings, StartWarning
from powerautomation.kernel.errors import StartRefused

PREFIX = "POWERAUTOMATION_"
_SHOWN_PROBLEMS = 10
_ADDRESSES_WITH_PASSWORD = frozenset({"database_url", "redis_url"})


@dataclass(frozen=True, slots=True)
class SettingSource:
    """One setting as the console shows it: dotted path, value as text (secrets are ``***``) and where it was set.

    file and line only for the file; name is the variable or option that set it, else empty.
    """

    path: str
    value: str
    source: Literal["default", "file", "environment", "command line"]
    file: str | None
    line: int | None
    name: str


def load_settings(config_path: Path | None, environ: Mapping[str, str], overrides: Mapping[str, object]) -> Settings:
    """Return the settings: command line over environment over file over default.

    config_path: the YAML file, else ``POWERAUTOMATION_CONFIG``, else none; overrides: dotted path (``server.port``) to
    value, None meaning not given. Raises StartRefused naming file and line (or the variable, or the option), the key
    and what is allowed. Secrets never stand in its message.
    """
    merged: dict[str, Any] = {}
    origins: dict[KeyPath, Origin] = {}
    chosen = overrides.get("config") or config_path or environ.get(f"{PREFIX}CONFIG") or None
    document = read_document(Path(str(chosen)).expanduser(), environ) if chosen else Document("")
    if "config" in document.values:
        raise _refusal([f"{document.file}, line {document.line_of(('config',))}: a file cannot name another file"])
    for path, value in _leaves(document.values):
        _put(merged, path, value)
        origins[path] = Origin("file", document.file, document.line_of(path))
    for path, line in document.lines.items():
        # A list is one value, but what is wrong in it stands on a line of its own.
        if any(isinstance(part, int) for part in path):
            origins[path] = Origin("file", document.file, line)
    names = environment_names()
    for name, path in names.items():
        if name in environ and (value_text := environ[name]) != "":
            _replace(
                merged, origins, path, _environment_value(name, path, value_text), Origin("environment", name=name)
            )
    for dotted, value in overrides.items():
        if value is not None:
            _replace(merged, origins, tuple(dotted.split(".")), value, Origin("command line", name=dotted))
    if chosen:
        merged["config"] = Path(str(chosen)).expanduser()
        if overrides.get("config") or config_path:
            origins["config",] = Origin("command line", name="config")
    try:
        settings = Settings.model_validate(merged)
    except ValidationError as error:
        raise _refusal(_problems(error, merged, origins, document)) from None
    dangling = list(_dangling_references(settings, origins, document))
    if dangling:
        raise _refusal(dangling)
    settings._origins.update(origins)
    settings._warnings.extend(_warnings(document, environ, names))
    settings._unset.update({path: name for name, _, path in document.unset})
    return settings.model_copy(update={"data_dir": settings.data_dir.expanduser()})


def environment_names() -> dict[str, tuple[str, ...]]:
    """Return every environment variable we read and what it sets: ``POWERAUTOMATION_SERVER_PORT``, server.port."""
    names: dict[str, tuple[str, ...]] = {}
    for key, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            for inner in kind.model_fields:
                names[f"{PREFIX}{key}_{inner}".upper()] = (key, inner)
        else:
            names[f"{PREFIX}{key}".upper()] = (key,)
    return names


def setting_sources(settings: Settings) -> list[SettingSource]:
    """Return every setting with its value and origin, in the order of the schema; secrets and passwords as ``***``."""
    sources = []
    for path, value in _shown_leaves(settings, ()):
        origin = _origin_of(settings._origins, path)
        sources.append(
            SettingSource(
                ".".join(map(str, path)),
                _shown(path, value),
                origin.source,
                origin.file or None,
                origin.line or None,
                origin.name,
            )
        )
    return sources


def setting_warnings(settings: Settings) -> list[StartWarning]:
    """Return what looks like a mistake: ``${NAME}`` without a value, environment variables we do not know."""
    return list(settings._warnings)


def unset_variable(settings: Settings, *path: str) -> str:
    """Return the environment variable that the configuration file reads a setting from and that is not set, or ``""``.

    Setting ``providers.x.api_key`` is the path ``"providers", "x", "api_key"``.
    """
    name = settings._unset.get(path, "")
    return name if _origin_of(settings._origins, path).source == "file" else ""


def setting_place(settings: Settings, *path: str | int) -> str:
    """Return where a setting stands, as errors name it: its file and line, or its variable; empty where unknown."""
    origin = _origin_of(settings._origins, path)
    if origin.source == "file":
        return f"{origin.file}, line {origin.line}" if origin.line else origin.file
    return f"environment variable {origin.name}" if origin.source == "environment" else ""


def _leaves(value: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Yield every value that is not a mapping (a list is one value), and empty mappings."""
    if isinstance(value, dict) and (value or not path):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    else:
        yield path, value


def _put(target: dict[str, Any], path: KeyPath, value: Any) -> None:
    for key in path[:-1]:
        inner = target.get(str(key))
        if not isinstance(inner, dict):
            inner = target[str(key)] = {}
        target = inner
    target[str(path[-1])] = value


def _replace(
    merged: dict[str, Any], origins: dict[KeyPath, Origin], path: tuple[str, ...], value: Any, origin: Origin
) -> None:
    for known in [known for known in origins if known[: len(path)] == path]:
        del origins[known]
    _put(merged, path, value)
    origins[path] = origin


def _environment_value(name: str, path: tuple[str, ...], text: str) -> Any:
    """Return a variable's value; lists are separated by commas, and providers, models and routes are YAML."""
    kind: Any = Settings
    for key in path:
        kind = kind.model_fields[key].annotation
    if path[0] in ("providers", "models", "routes") or path == ("audit", "streams"):
        return parse_document(f"value: {text}" if "\n" not in text else f"value:\n{_indented(text)}", name, {}).values[
            "value"
        ]
    if typing.get_origin(kind) is list:
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def _problems(
    error: ValidationError, merged: dict[str, Any], origins: dict[KeyPath, Origin], document: Document
) -> list[str]:
    problems = []
    for found in error.errors(include_url=False, include_input=True):
        path = tuple(part for part in found["loc"] if part != "[key]")
        where = _place(path, origins, document)
        dotted = ".".join(map(str, path))
        if found["type"] == "extra_forbidden":
            allowed = _allowed_keys(path[:-1])
            close = difflib.get_close_matches(str(path[-1]), allowed, n=1)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            problems.append(f"{where}: '{dotted}' is not a setting.{hint} Allowed here: {', '.join(allowed)}")
        elif found["type"] == "missing":
            problems.append(f"{where}: '{dotted}' is missing")
        else:
            what = str(found["msg"]).removeprefix("Value error, ")
            empty = found.get("input") == "" and path in document.substituted
            hint = " (the environment variable it reads is not set)" if empty else ""
            problems.append(f"{where}: '{dotted}' is wrong: {what[:1].lower()}{what[1:]}{hint}")
    return problems


def _place(path: KeyPath, origins: Mapping[KeyPath, Origin], document: Document) -> str:
    origin = _origin_of(origins, path)
    if origin.source == "environment":
        return f"environment variable {origin.name}"
    if origin.source == "command line":
        return f"command line option {origin.name}"
    line = document.line_of(path)
    return f"{document.file}, line {line}" if line else (document.file or "settings")


def _origin_of(origins: Mapping[KeyPath, Origin], path: KeyPath) -> Origin:
    """Return where a path, what is around it, or the first thing inside it was set."""
    for length in range(len(path), 0, -1):
        if path[:length] in origins:
            return origins[path[:length]]
    for known, origin in origins.items():
        if known[: len(path)] == path:
            return origin
    return Origin("default")


def _allowed_keys(path: KeyPath) -> list[str]:
    """Return the keys allowed in the section at ``path``."""
    kind: Any = Settings
    for part in path:
        kind = _inner_kind(kind, part)
    model = _model_in(kind)
    return sorted(model.model_fields) if model is not None else []


def _inner_kind(kind: Any, part: str | int) -> Any:
    model = _model_in(kind)
    if model is not None and isinstance(part, str) and typing.get_origin(kind) not in (dict, list):
        field = model.model_fields.get(part)
        return field.annotation if field is not None else None
    arguments = typing.get_args(kind)
    return arguments[-1] if arguments else None


def _model_in(kind: Any) -> type[BaseModel] | None:
    """Return the section model of an annotation such as ``PriceSettings | None``, or None."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return next((found for part in typing.get_args(kind) if (found := _model_in(part)) is not None), None)
    return None


def _dangling_references(settings: Settings, origins: Mapping[KeyPath, Origin], document: Document) -> Iterator[str]:
    for name, model in settings.models.items():
        for index, deployment in enumerate(model.deployments):
            if deployment.provider not in settings.providers:
                path = ("models", name, "deployments", index, "provider")
                yield _unknown(path, deployment.provider, "provider", sorted(settings.providers), origins, document)
    for index, route in enumerate(settings.routes):
        for position, used in enumerate(route.use):
            if used not in settings.models:
                used_at: KeyPath = ("routes", index, "use", position)
                yield _unknown(used_at, used, "model", sorted(settings.models), origins, document)
        for number, arm in enumerate(route.split.arms if route.split is not None else ()):
            for position, used in enumerate(arm.use):
                if used not in settings.models:
                    used_at = ("routes", index, "split", "arms", number, "use", position)
                    yield _unknown(used_at, used, "model", sorted(settings.models), origins, document)


def _unknown(
    path: KeyPath, name: str, noun: str, known: list[str], origins: Mapping[KeyPath, Origin], document: Document
) -> str:
    allowed = ", ".join(known) if known else f"none; add it under {noun}s"
    where = _place(path, origins, document)
    return (
        f"{where}: '{'.'.join(map(str, path))}' names the {noun} '{name}', which is not declared. Declared: {allowed}"
    )


def _refusal(problems: list[str]) -> StartRefused:
    shown = problems[:_SHOWN_PROBLEMS]
    if len(problems) > len(shown):
        shown.append(f"... and {len(problems) - len(shown)} more")
    return StartRefused(
        "\n".join(shown),
        action="Correct what is named above and start again.",
        code="settings.invalid",
    )


def _warnings(document: Document, environ: Mapping[str, str], names: Mapping[str, object]) -> Iterator[StartWarning]:
    for name, line, _ in document.unset:
        yield StartWarning(
            f"{document.file}, line {line}: the environment variable {name} is not set, so it counts as empty.",
            f"Set {name}, or remove it from the file.",
            "settings_unset",
            {"file": document.file, "line": str(line), "name": name},
        )
    for name in sorted(environ):
        # Kubernetes puts POWERAUTOMATION_SERVICE_HOST, POWERAUTOMATION_PORT and their like into every container.
        foreign = name.startswith((f"{PREFIX}SERVICE_", f"{PREFIX}PORT", f"{PREFIX}TEST_"))
        if name.startswith(PREFIX) and name not in names and not foreign:
            close = difflib.get_close_matches(name, list(names), n=1)
            yield StartWarning(
                f"The environment variable {name} is not a setting and is ignored.",
                f"Did you mean {close[0]}?" if close else "Remove it.",
                "settings_misspelt" if close else "settings_unknown",
                {"name": name, "meant": close[0]} if close else {"name": name},
            )


def _shown_leaves(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    if isinstance(value, BaseModel):
        for key in type(value).model_fields:
            yield from _shown_leaves(getattr(value, key), (*path, key))
    elif isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _shown_leaves(inner, (*path, key))
    elif isinstance(value, list) and any(isinstance(item, BaseModel) for item in value):
        for index, item in enumerate(value):
            yield from _shown_leaves(item, (*path, index))
    else:
        yield path, value


def _shown(path: KeyPath, value: Any) -> str:
    if isinstance(value, SecretStr):
        if value.get_secret_value():
            return "***"
        return KEY_FILE_NAME if path == ("secret_key",) else ""
    if path[-1] in _ADDRESSES_WITH_PASSWORD:
        return without_password(str(value))
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


def without_password(address: str) -> str:
    """Return an address with its password, and every secret-looking query value, replaced by ``***``."""
    from urllib.parse import urlsplit

    head, separator, tail = address.rpartition("@")
    if separator:
        scheme, slashes, credentials = head.partition("://")
        user, colon, _password = credentials.partition(":")
        address = f"{scheme}{slashes}{user}{':***' if colon else ''}@{tail}"
    query = urlsplit(address).query
    for pair in query.split("&"):
        name, equals, value = pair.partition("=")
        if equals and value and ("pass" in name.lower() or "secret" in name.lower()):
            address = address.replace(f"{name}={value}", f"{name}=***")
    return address
