"""Facts this domain announces."""

ROLE_CREATED = "roles.created"
ROLE_UPDATED = "roles.updated"
ROLE_DELETED = "roles.deleted"
