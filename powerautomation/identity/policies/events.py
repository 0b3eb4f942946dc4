"""Facts this domain announces."""

POLICY_CREATED = "policies.created"
POLICY_UPDATED = "policies.updated"
POLICY_DELETED = "policies.deleted"
