"""The answer of every table that has an ``organization_id``: how it is kept from growing without end.

A test fails for a table that has none here.
"""

from dataclasses import replace

from powerautomation.identity.quotas.entities import Resource
from powerautomation.infrastructure.settings import Settings

MEGABYTE = 1024 * 1024

# What grows at people's hands. Where a domain bounds itself by a number of its own, that is the most here too.
RESOURCES: tuple[Resource, ...] = (
    Resource("people", "users", 10_000, ("deleted_at",), only={"kind": "person"}),
    Resource("service_accounts", "users", 1_000, ("deleted_at",), only={"kind": "service"}),
    Resource("api_keys", "api_keys", 1_000, ("revoked_at",), "expires_at"),
    Resource("providers", "providers", 200, ("deleted_at",)),
    Resource("models", "provider_deployments", 5_000),
    Resource("routes", "routes", 200, ("deleted_at",)),
    Resource("limits", "limits", 1_000, ("deleted_at",)),
    Resource("policies", "policies", 1_000),
    Resource("roles", "roles", 100),
    Resource("flags", "flags", 1_000),
    Resource("units", "units", 2_000, ("archived_at",)),
    Resource("unit_people", "unit_people", 50_000),
    Resource("shares", "shares", 20_000),
    Resource("sign_in_providers", "sign_in_providers", 20),
    Resource("email_domains", "email_domains", 50),
    Resource("imported_prices", "imported_prices", 100_000),
    Resource("reconciliations", "reconciliations", 10_000),
    Resource("service_credits", "service_credits", 10_000),
    Resource("files", "gateway_files", 1024 * MEGABYTE, size="size_bytes"),
    Resource("responses", "gateway_responses", 1024 * MEGABYTE, size="content", sized_by_length=True, refuses=False),
    Resource("thoughts", "gateway_thoughts", 256 * MEGABYTE, size="content", sized_by_length=True, refuses=False),
)

# What bounds the others.
OTHERWISE: dict[str, str] = {
    "approval_memories": "1,000.",
    "approval_rules": "One for the organization.",
    "approval_settings": "One for the organization.",
    "approval_votes": "One for each approval and person.",
    "approvals": "100,000 wait at most; the record of what was agreed to grows with use.",
    "audit_events": "Removed by month after audit.kept_days.",
    "audit_heads": "One for the organization.",
    "audit_stream_places": "One for each stream of the configuration.",
    "balance_questions": "One for each provider.",
    "balances": "Removed after some days; some currencies for each provider.",
    "configuration_policies": "One for the organization.",
    "configuration_proposals": "200 wait at most; decided ones are kept a while.",
    "configuration_versions": "1,000 for each thing that is counted.",
    "consent_texts": "One for each version of what people are to agree to.",
    "consents": "One for each person and version of the text.",
    "erasure_requests": "One for each person.",
    "erasures": "One for each person.",
    "gateway_attempts": "The ledger: grows with use, as long as the installation keeps it.",
    "gateway_requests": "The ledger: grows with use, as long as the installation keeps it.",
    "limit_warnings": "Five a period for each budget.",
    "organization_quotas": "One for each resource.",
    "outbox_events": "Removed a day after they were told.",
    "outside_identities": "One for each person and sign-in provider.",
    "person_keys": "One for each person.",
    "policy_revisions": "One for the organization.",
    "policy_versions": "50 for each policy.",
    "price_alarms": "One a day for each model of a provider.",
    "provider_sessions": "One for each session that a provider opened.",
    "request_ratings": "One for each request of the ledger and rater.",
    "scim_group_people": "One for each person and group of the identity provider.",
    "scim_groups": "1,000; the identity provider makes them.",
    "scim_states": "One for the organization.",
    "scim_users": "One for each person.",
    "service_breaches": "One a period for each promise.",
    "service_level_hours": "One an hour for each provider, sums.",
    "service_promises": "One for each provider.",
    "sessions": "Some for each person; ended ones are removed.",
    "sign_in_links": "One open for each person and purpose; old ones are removed.",
    "sign_in_policies": "One for the organization.",
    "sign_in_starts": "Expire after minutes and are removed.",
    "sign_in_steps": "Expire after minutes and are removed.",
    "token_ratios": "One for each deployment.",
    "usage_hourly": "The ledger's sums: one an hour for each key, model and deployment.",
    "used_proofs": "Expire after minutes and are removed.",
}


def resources(settings: Settings) -> dict[str, Resource]:
    """Return what is counted, by name, with the most the installation's settings allow."""
    gateway = settings.gateway
    megabytes = {
        "files": gateway.stored_files_megabytes,
        "responses": gateway.stored_responses_megabytes,
        "thoughts": gateway.kept_thoughts_megabytes,
    }
    return {
        one.name: replace(one, most=megabytes[one.name] * MEGABYTE) if one.name in megabytes else one
        for one in RESOURCES
    }
