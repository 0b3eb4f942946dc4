"""What differs between two states, and what of a state may leave. Pure."""

import json
from collections.abc import Collection
from typing import Any

from powerautomation.governance.configuration.entities import Difference, Kind, State

MOST_DIFFERENCES = 500


def canonical(state: State | None) -> str:
    """Return the one way to write a state: two that are alike are written alike."""
    return json.dumps(state, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


def plain(state: State | None) -> State | None:
    """Return a state as JSON values."""
    return None if state is None else json.loads(canonical(state))


def differences(before: State | None, after: State | None) -> list[Difference]:
    """Return where two states differ, at most 500 places, each named as in ``rules.0.when.role``."""
    found: list[Difference] = []
    _compare("", before if before is not None else {}, after if after is not None else {}, found)
    return found


def _compare(path: str, before: Any, after: Any, found: list[Difference]) -> None:
    if len(found) >= MOST_DIFFERENCES or canonical_value(before) == canonical_value(after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted({*before, *after}):
            _compare(f"{path}.{name}" if path else str(name), before.get(name), after.get(name), found)
        return
    if _of_objects(before) and _of_objects(after) and (before or after):
        for number in range(max(len(before), len(after))):
            _compare(f"{path}.{number}", _at(before, number), _at(after, number), found)
        return
    found.append(Difference(path, before, after))


def canonical_value(value: Any) -> str:
    """Return the one way to write a JSON value."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def _of_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _at(values: list[Any], number: int) -> Any:
    return values[number] if number < len(values) else None


def without(state: State | None, secrets: Collection[str]) -> State | None:
    """Return a state without the fields in which digests of secrets stand."""
    return None if state is None else {name: value for name, value in state.items() if name not in secrets}


def changes_secret(kind: Kind, before: State | None, after: State | None) -> bool:
    """Say whether a secret is another one than before."""
    return any((after or {}).get(name) and (before or {}).get(name) != (after or {}).get(name) for name in kind.secrets)
