"""Owns single sign-on: providers outside that say who somebody is.

A protocol is an adapter that turns an outside proof into ``Claims``. What follows is common to all: a person is found
by provider and subject, never by e-mail address alone; bound or added where the provider may; given the role its rules
lead to; signed in and written down.
"""

from powerautomation.identity.single_sign_on.backchannel import backchannel_router
from powerautomation.identity.single_sign_on.entities import Claims, GroupRules, RoleRule, SignInProvider, Trip
from powerautomation.identity.single_sign_on.errors import (
    EmailRefused,
    PersonInactive,
    PersonUnknown,
    ProofInvalid,
    ProviderInvalid,
    ProviderNotFound,
    ProviderRefused,
    ProviderUnreachable,
    RoleMissing,
    StateInvalid,
)
from powerautomation.identity.single_sign_on.lasting import recheck_sessions, recheck_sessions_for_ever
from powerautomation.identity.single_sign_on.ports import RedirectAdapter
from powerautomation.identity.single_sign_on.providers import list_bindings, load_group_rules
from powerautomation.identity.single_sign_on.rechecking import recheck, recheck_for_ever
from powerautomation.identity.single_sign_on.routes import door, policy_router, router
from powerautomation.identity.single_sign_on.service import Desk

__all__ = [
    "Claims",
    "Desk",
    "EmailRefused",
    "GroupRules",
    "PersonInactive",
    "PersonUnknown",
    "ProofInvalid",
    "ProviderInvalid",
    "ProviderNotFound",
    "ProviderRefused",
    "ProviderUnreachable",
    "RedirectAdapter",
    "RoleMissing",
    "RoleRule",
    "SignInProvider",
    "StateInvalid",
    "Trip",
    "backchannel_router",
    "door",
    "list_bindings",
    "load_group_rules",
    "policy_router",
    "recheck",
    "recheck_for_ever",
    "recheck_sessions",
    "recheck_sessions_for_ever",
    "router",
]
