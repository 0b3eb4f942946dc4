"""Owns second factors: authenticator apps (TOTP) and recovery codes.

Signing in asks ``needs_code`` after a password or a link, and ``use_code`` of what the person then types. A code works
once: the time step of the last one is remembered, and a recovery code is deleted when it is used.
"""

from powerautomation.identity.factors.entities import Factor, FactorsView
from powerautomation.identity.factors.errors import CodeRefused, TotpExists, TotpMissing
from powerautomation.identity.factors.routes import router
from powerautomation.identity.factors.service import forget_factors, list_factors, needs_code, use_code

__all__ = [
    "CodeRefused",
    "Factor",
    "FactorsView",
    "TotpExists",
    "TotpMissing",
    "forget_factors",
    "list_factors",
    "needs_code",
    "router",
    "use_code",
]
