"""Facts this domain announces."""

USER_UPDATED = "users.updated"
PASSWORD_SET = "users.password_set"
