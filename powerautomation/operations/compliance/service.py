"""Gathers the report: short reads, one after the other, each bounded."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from powerautomation.governance import audit
from powerautomation.governance.encryption import report_encryption
from powerautomation.identity.access import Role
from powerautomation.identity.api_keys import ApiKey, list_api_keys
from powerautomation.identity.factors import accounts_with_factors
from powerautomation.identity.organizations import get_organization
from powerautomation.identity.privacy import Erasure, list_erasures, register
from powerautomation.identity.roles import load_roles
from powerautomation.identity.sessions import count_live_sessions, last_seen
from powerautomation.identity.users import User, list_user_names, list_users
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.clock import now
from powerautomation.kernel.principal import Principal
from powerautomation.operations.compliance import rules
from powerautomation.operations.compliance.entities import Asked, Language, Report, Section, Term

MOST_PEOPLE = 10_000
MOST_CHANGES_OF_ONE_KIND = 200
_ADMINISTERS = "users:write"
_IDS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Source:
    """Where the facts are: the database of one organization or of all, the file of signed heads, and for how many days
    the audit log is kept."""

    database: Database
    heads_file: Path
    audit_kept_days: int


@dataclass(frozen=True, slots=True)
class _Facts:
    users: list[User]
    roles: Mapping[str, Role]
    seen: Mapping[str, datetime]
    proved: set[str]
    keys: list[ApiKey]
    sessions: Mapping[str, int]
    names: Mapping[str, str]
    erasures: list[Erasure]
    changes: list[audit.AuditEvent]

    def role_of(self, user: User) -> Role | None:
        return self.roles.get(user.role)


async def make_report(source: Source, organization_id: str, asked: Asked) -> Report:
    """Return the report of an organization. What is worked out from many rows is, off the event loop."""
    database = source.database
    async with database.read() as session:
        organization = await get_organization(session, organization_id)
        users = await list_users(session, organization_id, most=MOST_PEOPLE)
        ids = [user.id for user in users]
        seen: dict[str, datetime] = {}
        names: dict[str, str] = {}
        for begin in range(0, len(ids), _IDS_AT_ONCE):
            seen |= await last_seen(session, organization_id, ids[begin : begin + _IDS_AT_ONCE])
        proved: set[str] = set()
        accounts = [user.account_id for user in users if user.account_id]
        for begin in range(0, len(accounts), _IDS_AT_ONCE):
            proved |= await accounts_with_factors(session, accounts[begin : begin + _IDS_AT_ONCE])
        owners = {user.owner_id for user in users if user.owner_id}
        names |= await list_user_names(session, organization_id, owners)
        facts = _Facts(
            users=users,
            roles=await load_roles(session, organization_id),
            seen=seen,
            proved=proved,
            keys=await list_api_keys(session, organization_id),
            sessions=await count_live_sessions(session, organization_id),
            names=names,
            erasures=await list_erasures(session, organization_id),
            changes=[],
        )
    facts.changes.extend(await _changes(database, organization_id, asked))
    head = await asyncio.to_thread(audit.newest_signed, source.heads_file, organization_id)
    async with database.read() as session:
        chain = next((one for one in await audit.list_heads(session) if one.organization_id == organization_id), None)
    encryption = await report_encryption(database, [])
    keys = [
        (
            Term("state.master"),
            encryption.master_key[:8],
            encryption.master_key_since,
            _age(encryption.master_key_since, asked),
        ),
        *(
            (Term(f"state.{key.state}"), key.id, key.created_at, _age(key.created_at, asked))
            for key in encryption.data_keys
        ),
    ]
    trail: list[tuple[Any, ...]] = [
        (Term("audit.last"), chain.sequence if chain else 0),
        (Term("audit.hash"), chain.hash if chain else ""),
        (Term("audit.removed"), chain.removed_until if chain else 0),
        (Term("audit.head"), head[0] if head else None),
        (Term("audit.head_at"), head[1] if head else None),
        (Term("audit.kept"), source.audit_kept_days),
        (Term("audit.check"), Term("audit.check_text")),
    ]
    people = await asyncio.to_thread(_sections, facts, asked)
    sections = (
        *people,
        rules.section("audit", ("what", "value"), trail),
        rules.section(
            "sessions",
            ("name", "sessions"),
            [(user.name or user.email, count) for user in users if (count := facts.sessions.get(user.id))],
        ),
        rules.section("encryption", ("kind", "key", "created", "age_days"), keys),
        rules.section("retention", ("table", "columns", "kept"), _retention()),
    )
    return Report(organization_id, organization.name, now(), asked, sections)


def written(report: Report, language: Language, form: Literal["pdf", "csv", "json"]) -> bytes:
    """Return the report as a file. A PDF takes a second: call it in a thread."""
    if form == "csv":
        return rules.as_csv(report, language)
    if form == "json":
        return rules.as_json_bytes(report, language)
    # Heavy, and needed by few.
    from powerautomation.operations.compliance.pdf import render

    return render(report, language)


async def note_export(database: Database, principal: Principal, form: str) -> None:
    """Write down that a report is taken out as a file."""
    async with database.unit_of_work() as session:
        audit.record(session, principal, "compliance.export", audit.Target("compliance", ""), after={"format": form})


async def _changes(database: Database, organization_id: str, asked: Asked) -> list[audit.AuditEvent]:
    found: list[audit.AuditEvent] = []
    for action in rules.CHANGES:
        wanted = audit.Filters(action=action, since=asked.since, until=asked.until)
        async with database.read() as session:
            page = await audit.search_events(session, organization_id, wanted, None, MOST_CHANGES_OF_ONE_KIND)
        found += page.items
    return sorted(found, key=lambda one: one.sequence, reverse=True)


def _sections(facts: _Facts, asked: Asked) -> list[Section]:
    until = asked.until
    people = [user for user in facts.users if user.created_at <= until]
    dormant = [user for user in people if rules.is_dormant(user, facts.seen.get(user.id), until, asked.dormant_days)]
    alone = [
        user
        for user in people
        if user.kind == "person" and user.state == "active" and user.account_id not in facts.proved
    ]
    live = [key for key in facts.keys if key.state in ("live", "expiring") and key.created_at <= until]
    looked_at = [(key, why) for key in live if (why := rules.reasons_to_look_at(key, until))]
    administrators = [user for user in people if (role := facts.role_of(user)) and _ADMINISTERS in role.permissions]
    summary = (
        ("sum.people", sum(user.kind == "person" for user in people)),
        ("sum.service", sum(user.kind == "service" for user in people)),
        ("sum.administrators", len(administrators)),
        ("sum.dormant", len(dormant)),
        ("sum.one_factor", len(alone)),
        ("sum.keys", len(live)),
        ("sum.keys_to_look_at", len(looked_at)),
        ("sum.custom_roles", sum(role.is_custom for role in facts.roles.values())),
        ("sum.changes", len(facts.changes)),
        ("sum.sessions", sum(facts.sessions.values())),
        ("sum.erasures", len(facts.erasures)),
    )
    held = {user.role for user in people}
    return [
        rules.section("summary", ("what", "value"), [(Term(name), count) for name, count in summary]),
        rules.section(
            "access",
            ("name", "email", "kind", "role", "state", "created", "seen", "second_factor", "answers"),
            [_access(user, facts) for user in people],
        ),
        rules.section(
            "roles",
            ("role", "inherits", "people", "permissions"),
            [
                (
                    rules.role_name(role),
                    None if role.base is None else rules.role_name(role.base),
                    sum(user.role == role.id for user in people),
                    ", ".join(sorted(role.permissions)),
                )
                for role in facts.roles.values()
                if role.id in held or role.is_custom
            ],
        ),
        rules.section(
            "keys",
            ("name", "owner", "scopes", "state", "age_days", "used", "ends"),
            [
                (
                    key.name,
                    key.created_by_name,
                    ", ".join(key.scopes),
                    Term(f"state.{key.state}"),
                    rules.days_between(key.created_at, until),
                    key.last_used_at,
                    key.expires_at,
                )
                for key in live
            ],
        ),
        rules.section(
            "dormant",
            ("name", "email", "role", "seen", "created"),
            [(user.name, user.email, _role(user, facts), facts.seen.get(user.id), user.created_at) for user in dormant],
        ),
        rules.section(
            "one_factor",
            ("name", "email", "role"),
            [(user.name, user.email, _role(user, facts)) for user in alone],
        ),
        rules.section(
            "keys_to_look_at",
            ("name", "owner", "age_days", "used", "ends", "why"),
            [
                (key.name, key.created_by_name, rules.days_between(key.created_at, until), key.last_used_at,
                 key.expires_at, Term(f"why.{why}"))
                for key, reasons in looked_at
                for why in reasons
            ],
        ),
        rules.section(
            "changes",
            ("moment", "actor", "action", "target", "outcome", "fields"),
            [
                (
                    one.event.occurred_at,
                    one.event.actor.name or one.event.actor.id,
                    one.event.action,
                    one.event.target.name or one.event.target.id,
                    Term(f"outcome.{one.event.outcome}"),
                    ", ".join(change.field for change in one.event.changes),
                )
                for one in facts.changes
            ],
        ),
    ]  # fmt: skip


def _access(user: User, facts: _Facts) -> tuple[Any, ...]:
    return (
        user.name,
        user.email,
        Term(f"kind.{user.kind}"),
        _role(user, facts),
        Term(f"state.{user.state}"),
        user.created_at,
        facts.seen.get(user.id),
        None if user.kind == "service" else Term("yes" if user.account_id in facts.proved else "no"),
        facts.names.get(user.owner_id),
    )


def _role(user: User, facts: _Facts) -> str:
    role = facts.role_of(user)
    return user.role if role is None else rules.role_name(role)


def _age(since: datetime, asked: Asked) -> int:
    return rules.days_between(since, asked.until)


def _retention() -> list[tuple[str, str, str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for line in register():
        found.setdefault((line.table, line.kept), []).append(line.column)
    return [(table, ", ".join(columns), kept) for (table, kept), columns in found.items()]
