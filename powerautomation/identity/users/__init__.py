"""Owns people: their profile, their role and their password.

A person belongs to one organization. Passwords are argon2id hashes that never leave this domain; they are checked off
the event loop and outside of any unit of work.
"""

from powerautomation.identity.users.entities import User, UserState
from powerautomation.identity.users.errors import (
    EmailInvalid,
    EmailTaken,
    NameInvalid,
    PasswordBreached,
    PasswordChangedMeanwhile,
    PasswordsBusy,
    PasswordTooWeak,
    TooManyUsers,
    UserNotFound,
)
from powerautomation.identity.users.members import (
    change_user,
    count_users_by_role,
    create_service_account,
    create_user,
    delete_user,
    get_deleted_user,
    has_other_system_admin,
    list_deleted_users,
    list_purgeable,
    list_users,
    move_users,
    purge_user,
    restorable_until,
    restore_user,
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
    "PasswordBreached",
    "PasswordChangedMeanwhile",
    "PasswordTooWeak",
    "PasswordsBusy",
    "TooManyUsers",
    "User",
    "UserNotFound",
    "UserState",
    "bootstrap_first_admin",
    "canonical_email",
    "change_user",
    "check_credentials",
    "check_password",
    "count_users_by_role",
    "create_service_account",
    "create_user",
    "delete_user",
    "find_user_by_email",
    "get_deleted_user",
    "get_user",
    "has_other_system_admin",
    "hash_new_password",
    "hold_user",
    "list_deleted_users",
    "list_purgeable",
    "list_user_names",
    "list_users",
    "move_users",
    "needs_first_password",
    "purge_user",
    "restorable_until",
    "restore_user",
    "store_password",
    "update_profile",
]
