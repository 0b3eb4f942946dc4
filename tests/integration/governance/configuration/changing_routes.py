"""Every changing route of the control API: the kind of setting it changes, or why what it changes is none.

A new route without a line here fails ``tests/integration/governance/audit/test_coverage.py``.
"""

_API = "/api/v1"


def _under(path: str, *routes: str) -> list[str]:
    return [f"{method} {_API}{path}{rest}" for method, _, rest in (one.partition(" ") for one in routes)]


# By the kind of setting; test_coverage sees that calling them writes a version of it.
SETTINGS: dict[str, list[str]] = {
    "organization": _under("/organization", "PATCH "),
    "role": _under("/roles", "POST ", "PATCH /{role_id}", "DELETE /{role_id}"),
    "sign_in_provider": _under(
        "/sign-in-providers", "POST ", "PUT /{sign_in_provider_id}", "DELETE /{sign_in_provider_id}"
    ),
    "sign_in_policy": _under("/sign-in-policy", "PUT "),
    "email_domain": _under("/email-domains", "POST ", "DELETE /{email_domain_id}"),
    "consent_text": _under("/consent-texts", "PUT "),
    "unit": _under("/units", "POST ", "PATCH /{unit_id}", "DELETE /{unit_id}"),
    "share": _under("/api-keys/{key_id}/shares", "POST ", "DELETE /{share_id}"),
    "provider": _under(
        "/providers", "POST ", "PATCH /{provider_id}", "DELETE /{provider_id}", "POST /{provider_id}/restore"
    ),
    "prices": _under("/prices/import", "POST "),
    "balance_threshold": _under("/balances/{provider}/threshold", "PUT "),
    "route": _under("/routes", "POST ", "PUT /{route_id}", "DELETE /{route_id}", "POST /{route_id}/restore"),
    "route_order": _under("/routes/order", "PUT "),
    "limit": [
        *_under("/limits", "POST ", "PATCH /{limit_id}", "DELETE /{limit_id}", "POST /{limit_id}/restore"),
        *_under("/limits/api-keys", "POST "),
    ],
    "promise": _under("/service-levels/{provider}/promise", "PUT ", "DELETE "),
    "policy": _under("/policies", "POST ", "PATCH /{policy_id}", "DELETE /{policy_id}"),
    "flag": _under("/flags", "POST ", "PATCH /{flag_key}", "POST /{flag_key}/switch", "DELETE /{flag_key}"),
    "approval_rules": _under("/approval-rules", "PUT "),
    "approval_policy": _under("/configuration/policy", "PUT "),
}

# What is no setting, by the reason.
NOT_SETTINGS: dict[str, list[str]] = {
    "it puts back, brings in or decides on settings of the other kinds, each of which gets its own version": [
        *_under("/configuration", "POST /versions/{setting_kind}/{setting_id}/{version_number}/restore"),
        *_under("/configuration", "POST /import"),
        *_under("/configuration/proposals/{proposal_id}", "POST /approve", "POST /reject", "POST /withdraw"),
    ],
    "it changes nothing: it tries something out, or says what would happen": [
        *_under(
            "",
            "POST /approval-rules/try",
            "POST /policies/test",
            "POST /routes/dry-run",
            "POST /flags/{flag_key}/evaluation",
        ),
        *_under("/providers", "POST /test", "POST /{provider_id}/test"),
        *_under("/sign-in-providers/{sign_in_provider_id}", "POST /test", "POST /test/password"),
        "POST /ofrep/v1/evaluate/flags",
        "POST /ofrep/v1/evaluate/flags/{flag_key}",
    ],
    "it is an act that is done once: it leaves nothing that could be put back": [
        *_under("", "DELETE /answer-cache", "POST /balances/{provider}/ask", "POST /reconciliations"),
    ],
    "a request for approval goes one way, and an answer that was taken back must not be remembered again": [
        *_under("/approvals", "POST ", "DELETE /{approval_id}", "DELETE /memories/{memory_id}"),
        *_under("/approvals/{approval_id}", "POST /decisions", "POST /reservation", "POST /settlement"),
    ],
    "it is a stop button: what a person stopped is started again by a person who looks, not by going back": (
        _under("/approvals", "PUT /automatic")
    ),
    "whether a domain is proven its own web server says": _under("/email-domains", "POST /{email_domain_id}/check"),
    "people are no settings: who has which role is in the audit log, where it can be forgotten with the person": [
        *_under("/users", "POST ", "POST /service-accounts", "POST /import", "PATCH /{user_id}", "DELETE /{user_id}"),
        *_under("/users/{user_id}", "POST /restore", "POST /erase", "POST /invitation", "POST /deactivate"),
        *_under("/users/{user_id}", "POST /activate", "DELETE /factors", "DELETE /sessions"),
        *_under("/erasure-requests/{user_id}", "POST /refuse"),
        *_under("/units/{unit_id}/people", "PUT /{user_id}", "DELETE /{user_id}"),
        *_under("/scim/v2/Users", "POST ", "PUT /{user_id}", "PATCH /{user_id}", "DELETE /{user_id}"),
        *_under("/scim/v2/Groups", "POST ", *(f"{one} /{{scim_group_id}}" for one in ("PUT", "PATCH", "DELETE"))),
        *_under("/scim/groups/{scim_group_id}", "PUT "),
    ],
    "a gateway key is made, given another secret and ended, never changed, and an ended one must not live again": (
        _under("/api-keys", "POST ", "POST /{key_id}/rotate", "DELETE /{key_id}") + _under("/scim/key", "POST ")
    ),
    "it is one's own: what one agrees to, or asks about oneself": [
        *_under("/session", "POST /consent", "DELETE /consent", "POST /erasure-request", "DELETE /erasure-request"),
    ],
    "it is one's own: how one signs in, and where": [
        *_under("/session", "POST ", "DELETE ", "PATCH ", "PUT /password", "POST /link", "POST /second-step"),
        *_under(
            "/session", "POST /invitation", "POST /invitation/accept", "POST /invitation/join", "POST /organization"
        ),
        *_under(
            "/session", "POST /passkey", "POST /passkey/options", "POST /confirm", "POST /callback", "POST /answer"
        ),
        *_under("/session/providers/{provider_id}", "POST /start", "POST /password", "POST /logout"),
        *_under("/sessions", "DELETE ", "DELETE /{session_id}"),
        *_under("/factors", "POST /totp", "POST /totp/confirm", "DELETE /totp", "POST /recovery-codes"),
        *_under("/factors/passkeys", "POST ", "POST /options", "PATCH /{passkey_id}", "DELETE /{passkey_id}"),
    ],
    "it is somebody's opinion of one request": _under("/requests/{request_id}", "POST /rating", "DELETE /rating"),
    "whoever runs the server does it to others: organizations' histories are their own, and its audit log has it": [
        *_under("/organizations", "POST ", "PATCH /{organization_id}", "DELETE /{organization_id}"),
        *_under("/organizations/{organization_id}", "POST /suspend", "POST /resume", "POST /restore", "PUT /quotas"),
    ],
}
