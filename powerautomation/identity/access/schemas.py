"""Bodies about decisions, which several doors show."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from powerautomation.identity.access.entities import Explanation
from powerautomation.identity.access.rules import sentence_of


class Supposed(BaseModel):
    """Circumstances to suppose; what is left out is as it is for who asks. ``at`` without an offset is in the
    organization's time zone."""

    model_config = ConfigDict(extra="forbid")

    at: datetime | None = None
    ip: str | None = Field(default=None, max_length=64)
    browser: str | None = Field(default=None, max_length=40)
    by_key: bool | None = None
    second_factor: bool | None = None
    passkey: bool | None = None
    proof_age_minutes: int | None = Field(default=None, ge=0, le=10_000_000)
    edition: Literal["personal", "professional", "team", "enterprise"] | None = None
    resource_id: str | None = Field(default=None, max_length=200)
    owner: str | None = Field(default=None, max_length=64)
    project: str | None = Field(default=None, max_length=100)


class AccessExplanation(BaseModel):
    """Why a person may do something or may not. ``sentence`` says it in English; ``via`` is the role that includes the
    permission or takes it away: ``role`` itself, or one it inherits from. ``policy_id`` is the policy that decided,
    empty when none did. ``roles_with`` are the roles that have the permission."""

    user_id: str
    permission: str
    role: str
    role_name: str
    allowed: bool
    reason: Literal[
        "role_includes",
        "role_inherits",
        "role_excludes",
        "role_removes",
        "role_unknown",
        "permission_unknown",
        "person_inactive",
        "key_excludes",
        "policy_permits",
        "policy_forbids",
        "policy_fails",
        "owns",
        "shared",
    ]
    via: str | None
    via_name: str
    policy_id: str
    policy_name: str
    shared_by: str
    sentence: str
    roles_with: list[str]


def explanation_answer(user_id: str, told: Explanation, roles_with: list[str]) -> AccessExplanation:
    """Return an explanation as the API shows it."""
    return AccessExplanation(
        user_id=user_id,
        permission=told.permission,
        role=told.role.id,
        role_name=told.role.name,
        allowed=told.allowed,
        reason=told.reason,
        via=told.via.id if told.via is not None else None,
        via_name=told.via.name if told.via is not None else "",
        policy_id=told.policy_id,
        policy_name=told.policy_name,
        shared_by=told.shared_by,
        sentence=sentence_of(told),
        roles_with=roles_with,
    )
