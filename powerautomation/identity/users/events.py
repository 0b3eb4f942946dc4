"""Facts this domain announces."""

USER_UPDATED = "users.updated"
USER_CREATED = "users.created"
USER_DELETED = "users.deleted"
PASSWORD_SET = "users.password_set"
