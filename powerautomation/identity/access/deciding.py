"""The one decision: what a role gives, a key leaves, and policies take away or add. Default deny."""

from dataclasses import replace
from typing import Literal

from powerautomation.identity.access.cedar import PolicyBook
from powerautomation.identity.access.entities import (
    Circumstances,
    Explanation,
    KeyGrant,
    Resource,
    Role,
    SignedInUser,
    Subject,
)
from powerautomation.identity.access.rules import PERMISSIONS, explain
from powerautomation.kernel.clock import now

# What a policy can change: a role that is not known, a person who is deactivated and a key that was not given a
# permission get nothing by any policy.
_OPEN_TO_POLICIES = frozenset({"role_includes", "role_inherits", "role_excludes", "role_removes"})


def decide(user: SignedInUser, permission: str, resource: Resource | None = None) -> Explanation:
    """Decide whether who asks may do something now (with a resource), and say by what. Every route asks this."""
    return decide_for(
        user.subject,
        permission,
        policies=user.policies,
        circumstances=user.circumstances,
        resource=resource,
        key=user.key,
    )


def allows(user: SignedInUser, permission: str, resource: Resource, *, or_own: str = "") -> bool:
    """Say whether one thing of a list that somebody may see is among what policies leave: by its owner and project."""
    book, subject = user.policies, user.subject
    names = [name for name in (permission, or_own) if name]
    if book is None or not any(book.reads(subject, name) for name in names):
        return True
    return any(decide(user, name, resource).allowed for name in names)


def decide_for(
    subject: Subject,
    permission: str,
    *,
    policies: PolicyBook | None,
    circumstances: Circumstances | None,
    resource: Resource | None = None,
    key: KeyGrant | None = None,
    disabled: bool = False,
) -> Explanation:
    """Decide for anybody, under any circumstances; unknown ones are those of nobody in particular, just now."""
    told = explain(permission, subject.role, disabled=disabled, key=key)
    if told.reason not in _OPEN_TO_POLICIES:
        return told
    told = _judged(told, subject, permission, policies, circumstances, resource)
    own = f"{kind_of(permission)}:own"
    if told.reason not in ("role_excludes", "role_removes") or resource is None or permission == own:
        return told
    reason = _by_ownership(permission, resource, subject)
    if reason is None or own not in PERMISSIONS:
        return told
    lesser = decide_for(
        subject, own, policies=policies, circumstances=circumstances, resource=resource, key=key, disabled=disabled
    )
    if not lesser.allowed:
        return told
    shared_by = resource.shared.by_name if reason == "shared" and resource.shared is not None else ""
    return replace(told, allowed=True, reason=reason, via=None, shared_by=shared_by)


def _by_ownership(permission: str, resource: Resource, subject: Subject) -> Literal["owns", "shared"] | None:
    """Return whether a thing is somebody's own, or shared far enough for what the permission does."""
    if resource.owner is not None and resource.owner == subject.person_id:
        return "owns"
    needed = {"read": ("see", "change"), "write": ("change",)}.get(permission.partition(":")[2], ())
    return "shared" if resource.shared is not None and resource.shared.level in needed else None


def _judged(
    told: Explanation,
    subject: Subject,
    permission: str,
    policies: PolicyBook | None,
    circumstances: Circumstances | None,
    resource: Resource | None,
) -> Explanation:
    """Return a decision as policies leave it."""
    if policies is None:
        return told
    verdict = policies.judge(
        subject, permission, resource or Resource(kind_of(permission)), circumstances or Circumstances(now())
    )
    if verdict.effect == "forbid":
        reason = "policy_fails" if verdict.failed else "policy_forbids"
    elif verdict.effect == "permit" and not told.allowed:
        reason = "policy_permits"
    else:
        return told
    policy = verdict.policy
    return replace(
        told,
        allowed=reason == "policy_permits",
        reason=reason,  # type: ignore[arg-type]  # one of the three above
        via=None,
        policy_id=policy.id if policy is not None else "",
        policy_name=policy.name if policy is not None else "",
    )


def kind_of(permission: str) -> str:
    """Return what a permission is about: its first word."""
    return permission.partition(":")[0]


def allowed_now(user: SignedInUser) -> frozenset[str]:
    """Return everything that who asks may do now, with no resource in particular."""
    if user.policies is None:
        return user.granted
    return frozenset(name for name in PERMISSIONS if decide(user, name).allowed)


def subject_of(
    person_id: str, role: Role, *, kind: str = "person", key_id: str | None = None, units: tuple[str, ...] = ()
) -> Subject:
    """Return somebody as policies see it."""
    return Subject(person_id, role, "person" if kind == "person" else "service_account", key_id, units)
