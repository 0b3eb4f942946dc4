"""The flags in memory: what the product itself and its doors evaluate, in microseconds and without the database.

A snapshot replaces it as a whole, on news and every few seconds. While the database is away the last one holds; what is
not in it is answered by the default of whoever asks.
"""

import hashlib
import json
from collections.abc import Callable, Iterable

from powerautomation.governance.flags import rules
from powerautomation.governance.flags.built_in import BUILT_IN
from powerautomation.governance.flags.entities import Context, Environment, Evaluation, Flag, Kind


class FlagBoard:
    """What every flag serves in this process, which is in ``environment``."""

    def __init__(self, environment: Environment = "production") -> None:
        self.environment: Environment = environment
        # Which edition an organization has, from memory: said by whoever reads licenses.
        self.edition_of: Callable[[str], str] = lambda organization_id: ""
        self._own: dict[tuple[str, str], Flag] = {}
        self._shared: dict[str, Flag] = {}
        # By organization: what ETag its answers have is worked out once a snapshot.
        self._marks: dict[str, str] = {}

    def replace(self, flags: Iterable[Flag]) -> None:
        """Take a new snapshot of every organization's flags."""
        flags = list(flags)
        self._own = {(flag.organization_id, flag.key): flag for flag in flags}
        self._shared = {flag.key: flag for flag in flags if flag.shared}
        self._marks = {}

    def find(self, organization_id: str, key: str) -> Flag | None:
        """Return an organization's flag, else the one of this key that every organization has."""
        return self._own.get((organization_id, key)) or self._shared.get(key)

    def list_flags(self, organization_id: str) -> list[Flag]:
        """Return every flag that an organization is served, by key."""
        own = {key: flag for (owner, key), flag in self._own.items() if owner == organization_id}
        return [flag for _, flag in sorted({**self._shared, **own}.items())]

    def evaluate(self, organization_id: str, key: str, context: Context, kind: Kind | None = None) -> Evaluation:
        """Return what a flag serves, and why."""
        flag = self.find(organization_id, key)
        if flag is None:
            return rules.failed(key, "FLAG_NOT_FOUND", "There is no such flag.")
        return rules.evaluate(flag, self.environment, context, kind)

    def is_on(self, organization_id: str, key: str, person: str = "") -> bool:
        """Say whether a flag of the product itself is on for an organization, or a person of it by id; unless it can be
        evaluated, what the product declares holds."""
        attributes = {"organization": organization_id, "edition": self.edition_of(organization_id), "person": person}
        context = Context(person or organization_id, attributes)
        found = self.evaluate(organization_id, key, context, "boolean")
        return BUILT_IN[key].default if found.value is None else bool(found.value)

    def mark_of(self, organization_id: str, context: Context | None = None) -> str:
        """Return a text that changes whenever a flag of the organization does, or the context it is asked for."""
        mark = self._marks.get(organization_id)
        if mark is None:
            states = [[flag.organization_id, rules.state_of(flag)] for flag in self.list_flags(organization_id)]
            mark = self._marks[organization_id] = _digest([self.environment, states])
        return mark if context is None else _digest([mark, context.targeting_key, dict(context.attributes)])


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]
