"""Owns access policies: what an organization forbids or permits beside its roles, under conditions, in Cedar.

A policy that forbids takes away what a role gives; one that permits lends what a role does not. Which set of them
decides is read with every request; ``identity.access`` decides.
"""

from powerautomation.identity.policies.entities import PolicyView
from powerautomation.identity.policies.errors import PolicyInvalid, PolicyLocksOut, PolicyNotFound
from powerautomation.identity.policies.routes import router
from powerautomation.identity.policies.service import (
    explain_for,
    list_policies,
    load_book,
    load_policies,
    switch_policy,
)

__all__ = [
    "PolicyInvalid",
    "PolicyLocksOut",
    "PolicyNotFound",
    "PolicyView",
    "explain_for",
    "list_policies",
    "load_book",
    "load_policies",
    "router",
    "switch_policy",
]
