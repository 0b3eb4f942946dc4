"""Owns signing in: one-time links, passwords at the door, session cookies and their CSRF tokens.

A session is a row found by the hash of the cookie's token; it ends after 14 days without use, after 60 days in any
case, and at once when it is revoked. Importing this door makes its sessions the ones every guarded route knows.
"""

from powerautomation.identity.access import SignedInUser, current_user, unit_of_work
from powerautomation.identity.sessions.addresses import find_meant
from powerautomation.identity.sessions.entities import Client
from powerautomation.identity.sessions.errors import (
    AdministratorMissing,
    CodeWrong,
    ConfirmationWrong,
    CredentialsWrong,
    CurrentPasswordWrong,
    EmailAmbiguous,
    InvitationInvalid,
    LinkInvalid,
    PasswordsOff,
    SessionNotFound,
    SignInThrottled,
    StepInvalid,
)
from powerautomation.identity.sessions.invitations import create_invitation, open_invitations
from powerautomation.identity.sessions.listing import (
    LiveSession,
    count_live_sessions,
    end_session_of,
    end_sessions_by,
    end_sessions_of,
    last_seen,
    list_sessions,
    shut_out,
)
from powerautomation.identity.sessions.opening import NewSession, open_session
from powerautomation.identity.sessions.routes import (
    client_of,
    host_prefix,
    is_secure,
    keep_session,
    refuse_other_sites,
    router,
    second_step,
    session_list,
    sessions_router,
)
from powerautomation.identity.sessions.rules import either_cookie
from powerautomation.identity.sessions.rules import hash_of as token_hash
from powerautomation.identity.sessions.schemas import EndedSessions, LiveSessionList, SessionAnswer, StepAnswer
from powerautomation.identity.sessions.service import (
    check_session,
    create_sign_in_link,
    find_signed_in,
    forgive_failures,
    remove_factors_by_email,
    reset_password_link,
)
from powerautomation.identity.sessions.steps import PendingStep, open_or_ask
from powerautomation.identity.sessions.throttling import (
    account_key,
    begin_attempt,
    end_attempt,
    outside_throttles,
    sign_in_throttles,
)

__all__ = [
    "AdministratorMissing",
    "Client",
    "CodeWrong",
    "ConfirmationWrong",
    "CredentialsWrong",
    "CurrentPasswordWrong",
    "EmailAmbiguous",
    "EndedSessions",
    "InvitationInvalid",
    "LinkInvalid",
    "LiveSession",
    "LiveSessionList",
    "NewSession",
    "PasswordsOff",
    "PendingStep",
    "SessionAnswer",
    "SessionNotFound",
    "SignInThrottled",
    "SignedInUser",
    "StepAnswer",
    "StepInvalid",
    "account_key",
    "begin_attempt",
    "check_session",
    "client_of",
    "count_live_sessions",
    "create_invitation",
    "create_sign_in_link",
    "current_user",
    "either_cookie",
    "end_attempt",
    "end_session_of",
    "end_sessions_by",
    "end_sessions_of",
    "find_meant",
    "find_signed_in",
    "forgive_failures",
    "host_prefix",
    "is_secure",
    "keep_session",
    "last_seen",
    "list_sessions",
    "open_invitations",
    "open_or_ask",
    "open_session",
    "outside_throttles",
    "refuse_other_sites",
    "remove_factors_by_email",
    "reset_password_link",
    "router",
    "second_step",
    "session_list",
    "sessions_router",
    "shut_out",
    "sign_in_throttles",
    "token_hash",
    "unit_of_work",
]
