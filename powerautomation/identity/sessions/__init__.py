"""Owns signing in: one-time links, passwords at the door, session cookies and their CSRF tokens.

A session is a row found by the hash of the cookie's token; it ends after 14 days without use, after 60 days in any
case, and at once when it is revoked. Importing this door makes its sessions the ones every guarded route knows.
"""

from powerautomation.identity.access import SignedInUser, current_user, unit_of_work
from powerautomation.identity.sessions.errors import (
    AdministratorMissing,
    CredentialsWrong,
    CurrentPasswordWrong,
    LinkInvalid,
    SignInThrottled,
)
from powerautomation.identity.sessions.routes import router
from powerautomation.identity.sessions.service import (
    check_session,
    create_sign_in_link,
    find_signed_in,
    reset_password_link,
)

__all__ = [
    "AdministratorMissing",
    "CredentialsWrong",
    "CurrentPasswordWrong",
    "LinkInvalid",
    "SignInThrottled",
    "SignedInUser",
    "check_session",
    "create_sign_in_link",
    "current_user",
    "find_signed_in",
    "reset_password_link",
    "router",
    "unit_of_work",
]
