"""Owns people: their profile, their role and their password.

A person belongs to one organization. Passwords are argon2id hashes that never leave this domain; they are checked off
the event loop and outside of any unit of work.
"""

from powerautomation.identity.users.entities import User
from powerautomation.identity.users.errors import (
    EmailInvalid,
    EmailTaken,
    NameInvalid,
    PasswordChangedMeanwhile,
    PasswordsBusy,
    PasswordTooWeak,
    UserNotFound,
)
from powerautomation.identity.users.rules import canonical_email
from powerautomation.identity.users.service import (
    bootstrap_first_admin,
    check_credentials,
    check_password,
    find_user_by_email,
    get_user,
    hash_new_password,
    hold_user,
    list_user_names,
    needs_first_password,
    store_password,
    update_profile,
)

__all__ = [
    "EmailInvalid",
    "EmailTaken",
    "NameInvalid",
    "PasswordChangedMeanwhile",
    "PasswordTooWeak",
    "PasswordsBusy",
    "User",
    "UserNotFound",
    "bootstrap_first_admin",
    "canonical_email",
    "check_credentials",
    "check_password",
    "find_user_by_email",
    "get_user",
    "hash_new_password",
    "hold_user",
    "list_user_names",
    "needs_first_password",
    "store_password",
    "update_profile",
]
