"""Policies in Cedar, and the sets of them that decide. The only place that knows ``cedarpy``.

Cedar evaluates every policy of a set, at about a microsecond each, so a decision is asked of small sets that hold only
what can concern it: the policies whose scope names this permission (or all) and this person, one of the person's roles
or units, or everybody. https://docs.cedarpolicy.com (November 2026)
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

import msgspec
import structlog

from powerautomation.identity.access.entities import Circumstances, Resource, Subject

if TYPE_CHECKING:
    from cedarpy import PolicySet

Effect = Literal["permit", "forbid"]

# Policies of everybody, of one person or of one role that may concern one permission: what bounds a decision's time.
MOST_TOGETHER = 50
_EVERYBODY = ""
_EVERY_PERMISSION = ""
_FAILED = re.compile(r"error while evaluating policy `([^`]+)`")
_log = structlog.get_logger("policies")


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy that is switched on.

    ``compiled`` is Cedar's JSON form of its one statement; ``permissions`` are those of its scope, None for all;
    ``subject`` is ``Person::id``, ``Role::id`` or ``Unit::id`` of its scope, empty for everybody; ``reads`` are the
    attributes of a resource that its conditions ask for; ``names_units``: it asks for a unit, anywhere.
    """

    id: str
    name: str
    effect: Effect
    compiled: Mapping[str, Any]
    permissions: frozenset[str] | None
    subject: str
    reads: frozenset[str]
    names_units: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What policies say: the one that decided, None when none did. ``failed``: a policy that forbids could not be
    evaluated, so it forbids."""

    effect: Effect | None
    policy: Policy | None = None
    failed: bool = False


class PolicyBook:
    """The policies of one organization that are switched on, as they were at one revision."""

    def __init__(self, policies: Iterable[Policy], *, revision: str = "") -> None:
        self.revision = revision
        self.policies = {policy.id: policy for policy in policies}
        self.names_units = any(policy.names_units for policy in self.policies.values())
        self._slots: dict[str, dict[str, list[Policy]]] = {}
        for policy in self.policies.values():
            slot = self._slots.setdefault(policy.subject, {})
            for permission in policy.permissions if policy.permissions is not None else (_EVERY_PERMISSION,):
                slot.setdefault(permission, []).append(policy)
        # Compiled with the first decision that needs it. Each policy stands in as many sets as its head names
        # permissions, so what is kept does not grow with who asks.
        self._sets: dict[tuple[str, str], PolicySet] = {}

    def crowded(self) -> tuple[str, str] | None:
        """Return a subject and a permission that more than MOST_TOGETHER policies concern, None when there is none."""
        for subject, slot in self._slots.items():
            broad = len(slot.get(_EVERY_PERMISSION, ()))
            for permission, found in slot.items():
                if len(found) + (broad if permission else 0) > MOST_TOGETHER:
                    return subject, permission
        return None

    def reads(self, subject: Subject, permission: str) -> frozenset[str]:
        """Return the attributes of a resource on which the decision may depend."""
        found: frozenset[str] = frozenset()
        for policy in self._concerned(self._subjects(subject), permission):
            found |= policy.reads
        return found

    def judge(self, subject: Subject, permission: str, resource: Resource, circumstances: Circumstances) -> Verdict:
        """Return what the policies say. One that forbids wins; what cannot be evaluated forbids or permits nothing."""
        slots = [
            (one, name)
            for one in self._subjects(subject)
            for name in (permission, _EVERY_PERMISSION)
            if name in self._slots[one]
        ]
        if not slots:
            return Verdict(None)
        try:
            return self._asked(slots, subject, permission, resource, circumstances)
        except (ValueError, TypeError, RuntimeError) as error:
            _log.error("policies.not_evaluated", permission=permission, error=str(error)[:300])
            return Verdict("forbid", None, failed=True)

    def _asked(
        self,
        slots: list[tuple[str, str]],
        subject: Subject,
        permission: str,
        resource: Resource,
        circumstances: Circumstances,
    ) -> Verdict:
        from cedarpy import Decision, Entities, is_authorized

        request = request_of(subject, permission, resource, circumstances)
        entities = Entities.from_json_str(msgspec.json.encode(entities_of(subject, resource)).decode())
        found: dict[Decision, list[Policy]] = {Decision.Allow: [], Decision.Deny: [], Decision.NoDecision: []}
        failed: list[Policy] = []
        sound = True
        for slot in slots:
            answer = is_authorized(request, self._set_of(slot), entities)
            errors = answer.diagnostics.errors
            named = [self.policies[one] for text in errors for one in _FAILED.findall(text)]
            failed += [policy for policy in named if policy.effect == "forbid"]
            sound = sound and answer.decision is not Decision.NoDecision and len(named) >= len(errors)
            found[answer.decision] += [self.policies[one] for one in answer.diagnostics.reasons]
        if found[Decision.Deny]:
            return Verdict("forbid", min(found[Decision.Deny], key=_order))
        if failed or not sound:
            return Verdict("forbid", min(failed, key=_order) if failed else None, failed=True)
        return Verdict("permit", min(found[Decision.Allow], key=_order)) if found[Decision.Allow] else Verdict(None)

    def _set_of(self, slot: tuple[str, str]) -> "PolicySet":
        if slot not in self._sets:
            subject, permission = slot
            self._sets[slot] = compile_set(self._slots[subject][permission])
        return self._sets[slot]

    def _subjects(self, subject: Subject) -> tuple[str, ...]:
        roles = (f"Role::{role.id}" for role in subject.role.chain)
        units = (f"Unit::{one}" for one in subject.units)
        named = (_EVERYBODY, f"Person::{subject.person_id}", *roles, *units)
        return tuple(one for one in named if one in self._slots)

    def _concerned(self, subjects: Iterable[str], permission: str) -> list[Policy]:
        return [
            policy
            for one in subjects
            for name in (permission, _EVERY_PERMISSION)
            for policy in self._slots[one].get(name, ())
        ]


def _order(policy: Policy) -> tuple[str, str]:
    return policy.name, policy.id


def compile_set(policies: Iterable[Policy]) -> "PolicySet":
    """Return Cedar's own form of some policies, each under its id."""
    from cedarpy import PolicySet

    statements = {policy.id: policy.compiled for policy in policies}
    return PolicySet.from_json_str(
        msgspec.json.encode({"staticPolicies": statements, "templates": {}, "templateLinks": []}).decode()
    )


def request_of(subject: Subject, permission: str, resource: Resource, circumstances: Circumstances) -> dict[str, Any]:
    """Return a request as Cedar reads it. What is not known is left out, so that asking for it is an error."""
    local = circumstances.at.astimezone(ZoneInfo(circumstances.time_zone))
    device: dict[str, Any] = {
        "browser": circumstances.browser,
        "passkey": circumstances.passkey,
        "second_factor": circumstances.second_factor,
    }
    if circumstances.confirmed_at is not None:
        age = circumstances.at - circumstances.confirmed_at
        device["proof_age_minutes"] = max(0, int(age.total_seconds() // 60))
    return {
        "principal": {"type": "Person", "id": subject.person_id},
        "action": {"type": "Action", "id": permission},
        "resource": {"type": "Resource", "id": f"{resource.kind}/{resource.id}"},
        # As text, since it is read once for each slot.
        "context": msgspec.json.encode(
            {
                "edition": circumstances.edition,
                "time": {
                    "now": {"__extn": {"fn": "datetime", "arg": _instant(circumstances.at)}},
                    "hour": local.hour,
                    "minute": local.minute,
                    "weekday": local.isoweekday(),
                },
                "network": {"ip": {"__extn": {"fn": "ip", "arg": circumstances.ip}}} if circumstances.ip else {},
                "device": device,
            }
        ).decode(),
    }


def entities_of(subject: Subject, resource: Resource) -> list[dict[str, Any]]:
    """Return who asks, with every role and unit, and what about, as Cedar reads them."""
    chain = subject.role.chain
    groups = [{"type": "Role", "id": role.id} for role in chain]
    # Those above are told, too: who belongs to a unit belongs to all above it.
    groups += [{"type": "Unit", "id": one} for one in subject.units]
    by = {"by": "session"} if subject.key_id is None else {"by": "key", "key": subject.key_id}
    about = {"kind": resource.kind, "id": resource.id, "owner": resource.owner, "project": resource.project}
    return [
        {
            "uid": {"type": "Person", "id": subject.person_id},
            "attrs": {"id": subject.person_id, "kind": subject.kind, "role": subject.role.id, **by},
            "parents": groups,
        },
        *({"uid": uid, "attrs": {}, "parents": []} for uid in groups),
        {
            "uid": {"type": "Resource", "id": f"{resource.kind}/{resource.id}"},
            "attrs": {name: value for name, value in about.items() if value is not None},
            "parents": [],
        },
    ]


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
