"""No column holds something of a person unsaid."""

import re

from powerautomation.identity.privacy import register
from powerautomation.identity.privacy.repository import all_tables
from powerautomation.infrastructure.database import PERSON, PERSONAL

# Names that columns about people have.
SUSPICIOUS = re.compile(
    r"name$|email|^ip$|user_agent|(_|^)by$|_id$|person|comment|^reason$|^changes$|content|password|token|secret|locale"
)
# What only looks so, or says it elsewhere: the organization's own, ids of things, kinds.
HARMLESS = {
    "organization_id", "request_id", "api_key_id", "target_id", "limit_id", "provider_id", "subject_id", "previous_id",
    "created_by_kind", "behalf_id", "approved_by",
}  # fmt: skip
HARMLESS_IN = {
    ("api_keys", "name"), ("organizations", "name"), ("providers", "name"), ("routes", "name"),
    ("reconciliations", "content"), ("service_promises", "content"), ("service_credits", "reason"),
    ("gateway_requests", "reason"),
    ("audit_events", "actor_person"), ("audit_events", "target_person"),
    ("audit_events", "actor_commitment"), ("audit_events", "target_commitment"),
    ("audit_streams", "name"), ("roles", "name"),
    ("sign_in_providers", "name"), ("sign_in_providers", "secret_ciphertext"), ("sign_in_providers", "has_secret"),
    ("email_domains", "token"), ("sign_in_providers", "email_domains"), ("sign_in_providers", "links_by_email"),
    ("policies", "name"), ("policy_versions", "name"), ("policy_versions", "policy_id"),
    ("configuration_versions", "object_id"), ("configuration_versions", "object_name"),
    ("configuration_versions", "event_id"), ("shares", "resource_id"), ("sign_in_policies", "passwords"),
    ("configuration_proposals", "author_id"), ("units", "name"), ("units", "parent_id"),
    ("unit_people", "unit_id"),
    # Ids of keys and of what a client calls its sessions, tasks and calls; a person who asks is the row's owner too.
    *(("approvals", name) for name in ("requester_id", "session_id", "task_id", "call_id")),
    ("approvals", "automatic_by"), ("approvals", "second_person"),
    ("approval_votes", "approval_id"), ("approval_memories", "requester_id"), ("approval_memories", "approval_id"),
    # Of a service account: who answers for it. The row is the account's, which is no person.
    ("users", "owner_id"),
    # The account says itself whose it is.
    ("users", "account_id"),
}  # fmt: skip


def test_every_column_that_sounds_personal_is_annotated_or_known_to_be_harmless() -> None:
    unsaid = [
        f"{table.name}.{column.name}"
        for table in all_tables()
        for column in table.columns
        if SUSPICIOUS.search(column.name)
        and not column.name.endswith(("_tokens", "_us", "_at"))
        and PERSON not in column.info
        and PERSONAL not in column.info
        and column.name not in HARMLESS
        and (table.name, column.name) not in HARMLESS_IN
    ]
    assert unsaid == []


def test_the_register_says_why_and_for_how_long() -> None:
    lines = register()
    assert {"users", "sessions", "audit_events"} <= {line.table for line in lines}
    assert all(line.purpose and line.kept for line in lines)


def test_whose_rows_they_are_is_found_within_an_organization() -> None:
    for table in all_tables():
        found = {column.info[PERSON].found for column in table.columns if PERSON in column.info}
        # What belongs to an account belongs to no organization.
        assert not found - {"account"} or "organization_id" in table.columns
