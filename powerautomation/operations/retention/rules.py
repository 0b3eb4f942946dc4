"""Which rules there are. Pure."""

from datetime import timedelta
from typing import TYPE_CHECKING

from powerautomation.operations.retention.entities import RetentionRule, RetentionState

if TYPE_CHECKING:
    from powerautomation.infrastructure.removals import Removal
    from powerautomation.infrastructure.settings import Settings


def rules_of(settings: "Settings") -> list[RetentionRule]:
    """Return every rule by which data go, or stay for ever, as this server is set up."""
    gateway = settings.gateway
    audit_days, thoughts = settings.audit.kept_days or None, gateway.kept_thoughts_days
    return [
        RetentionRule("audit", ("audit_events",), "job" if audit_days else "never", audit_days, "audit.kept_days"),
        RetentionRule("people", ("users", "accounts"), "job", 30),
        RetentionRule("organizations", ("organizations",), "job", 30),
        RetentionRule("providers", ("providers",), "job", 30),
        RetentionRule("files", ("gateway_files",), "job", gateway.stored_files_days, "gateway.stored_files_days"),
        RetentionRule(
            "responses", ("gateway_responses",), "job", gateway.stored_responses_days, "gateway.stored_responses_days"
        ),
        RetentionRule("thoughts", ("gateway_thoughts",), "job", thoughts, "gateway.kept_thoughts_days"),
        RetentionRule("outbox", ("outbox_events",), "job", 7),
        RetentionRule("sessions", ("sessions", "sign_in_links"), "on_use", 7),
        RetentionRule("sign_in_starts", ("sign_in_starts",), "on_use", 0),
        RetentionRule("balances", ("balances",), "on_use", 400),
        RetentionRule("proposals", ("configuration_proposals",), "on_use", 365),
        RetentionRule("answer_cache", (), "on_use", None),
        RetentionRule("versions", ("configuration_versions",), "on_use", None),
        RetentionRule("ledger", ("gateway_requests", "gateway_attempts"), "never", None),
        RetentionRule("consents", ("consents", "consent_texts"), "never", None),
    ]


def state_of(rule: RetentionRule, known: "Removal | None") -> RetentionState:
    """Return how a rule's job fares; the next run follows the last one, well or not."""
    if known is None or rule.ends != "job":
        return RetentionState(rule, None, None, 0, 0, None, "")
    last = max((one for one in (known.ran_at, known.failed_at) if one is not None), default=None)
    following = None if last is None else last + timedelta(seconds=known.every_seconds)
    return RetentionState(rule, known.ran_at, following, known.removed, known.total, known.failed_at, known.failure)
