"""Settings as a document: taken out of one installation, compared with another, and brought there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from pydantic import ValidationError

from powerautomation.governance import audit
from powerautomation.governance.configuration import rules
from powerautomation.governance.configuration.entities import Difference, Kind, Kinds, State
from powerautomation.governance.configuration.errors import DocumentInvalid
from powerautomation.governance.configuration.repository import AsyncSession
from powerautomation.governance.configuration.service import check_writes, checked_document
from powerautomation.kernel.clock import now

FORMAT = "powerautomation-configuration/1"
Effect = Literal["create", "update", "same", "secret_needed"]


@dataclass(frozen=True, slots=True)
class Planned:
    """What an import does, or would do, with one setting."""

    kind: str
    name: str
    object_id: str | None
    effect: Effect
    differences: tuple[Difference, ...]
    state: State


async def export_settings(session: AsyncSession, kinds: Kinds, user: Any) -> dict[str, Any]:
    """Return every setting that makes sense elsewhere and that who asks may see, without secrets."""
    owner = user.principal.organization_id
    settings: dict[str, list[State]] = {}
    for kind in kinds.by_name.values():
        if kind.reads not in user.permissions:
            continue
        found = [rules.plain(rules.without(one, kind.secrets)) for one in (await kind.list(session, owner)).values()]
        kept = [one for one in found if one is not None and kind.key_of(one) is not None]
        if kept:
            settings[kind.name] = sorted(kept, key=rules.canonical)
    return {
        "format": FORMAT,
        "environment": kinds.environment,
        "exported_at": now().isoformat(timespec="seconds"),
        "settings": settings,
    }


async def import_settings(
    session: AsyncSession, kinds: Kinds, user: Any, document: Any, *, dry_run: bool, reason: str = ""
) -> list[Planned]:
    """Bring the settings of a document here, or with ``dry_run`` only say what that would change.

    Settings are found again by name; what is here and not in the document stays. Secrets stay as they are here; what is
    new and needs one is left out and named. All or nothing. Raises DocumentInvalid, MorePermissionNeeded, and what the
    use cases raise.
    """
    planned = []
    for name, states in _in_order(checked_document(document, kinds), kinds):
        kind = kinds.by_name[name]
        check_writes(kind, user)
        for state in states:
            _check_shape(kind, state)
        with _whole(name):
            planned += await _plan(session, kind, user.principal.organization_id, states)
    if dry_run:
        return planned
    environment = str(document.get("environment", ""))[:40]
    with audit.because(audit.Cause(reason=reason or f"Imported from {environment}.")):
        for one in planned:
            if one.effect in ("create", "update"):
                check_writes(kinds.by_name[one.kind], user, one.object_id or "")
                with _whole(one.kind):
                    await kinds.by_name[one.kind].apply(session, user, one.object_id, one.state)
    return planned


@contextmanager
def _whole(kind: str) -> Iterator[None]:
    """Raise DocumentInvalid for a setting that lacks something, or has something of another type. What a use case
    refuses comes through with its own code, and what goes wrong in it as the mistake it is."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, ValidationError, msgspec.ValidationError) as error:
        raise DocumentInvalid(f"A setting of kind “{kind}” is incomplete, or not what an export writes.") from error


def _check_shape(kind: Kind, state: State) -> None:
    """Raise DocumentInvalid for a setting that has not the fields of its kind, or one of another type."""
    if kind.shape is None:
        return
    given = rules.without(state, kind.secrets) or {}
    if given.keys() != kind.shape.keys():
        odd = ", ".join(sorted(given.keys() ^ kind.shape.keys()))[:200]
        raise DocumentInvalid(f"A setting of kind “{kind.name}” has fields too many or too few: {odd}.")
    for name, type_ in kind.shape.items():
        try:
            msgspec.convert(given[name], type_)
        except msgspec.ValidationError as error:
            raise DocumentInvalid(f"“{name}” of a setting of kind “{kind.name}”: {error}.") from error


def _in_order(given: dict[str, list[State]], kinds: Kinds) -> list[tuple[str, list[State]]]:
    return [(name, given[name]) for name in kinds.by_name if name in given]


async def _plan(session: AsyncSession, kind: Kind, owner: str, states: list[State]) -> list[Planned]:
    here = {}
    for known_id, present in (await kind.list(session, owner)).items():
        plain = rules.plain(rules.without(present, kind.secrets)) or {}
        key = kind.key_of(plain)
        if key is not None:
            here[key] = (known_id, plain)
    planned = []
    for wanted in states:
        state = rules.without(wanted, kind.secrets) or {}
        key = _key_of(kind, state)
        if key is None:
            raise DocumentInvalid(
                f"A setting of kind “{kind.name}” belongs to one key or person here, and is not imported."
            )
        object_id, known = here.get(key) or (None, None)
        found = tuple(rules.differences(known, state))
        effect: Effect = "update" if known is not None else "create"
        if known is None and kind.secrets:
            effect = "secret_needed"
        elif not found:
            effect = "same"
        planned.append(Planned(kind.name, kind.name_of(state), object_id, effect, found, state))
    return planned


def _key_of(kind: Kind, state: State) -> str | None:
    try:
        return kind.key_of(state)
    except (KeyError, TypeError):
        raise DocumentInvalid(f"A setting of kind “{kind.name}” says not what it is called.") from None
