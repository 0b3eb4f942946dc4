"""Owns second factors: authenticator apps (TOTP) and recovery codes; and passkeys, which are enough alone.

Signing in asks ``needs_code`` after a password or a link, and ``use_code`` of what the person then types. A code works
once: the time step of the last one is remembered, and a recovery code is deleted when it is used.
"""

from powerautomation.identity.factors.entities import Factor, FactorsView, RelyingParty
from powerautomation.identity.factors.errors import (
    CodeRefused,
    PasskeyRefused,
    PasskeysUnavailable,
    TotpExists,
    TotpMissing,
)
from powerautomation.identity.factors.passkeys import check_passkey, sign_in_options
from powerautomation.identity.factors.routes import relying_party, router
from powerautomation.identity.factors.schemas import PasskeyOptions
from powerautomation.identity.factors.service import (
    accounts_with_factors,
    forget_factors,
    list_factors,
    needs_code,
    use_code,
)

__all__ = [
    "CodeRefused",
    "Factor",
    "FactorsView",
    "PasskeyOptions",
    "PasskeyRefused",
    "PasskeysUnavailable",
    "RelyingParty",
    "TotpExists",
    "TotpMissing",
    "accounts_with_factors",
    "check_passkey",
    "forget_factors",
    "list_factors",
    "needs_code",
    "relying_party",
    "router",
    "sign_in_options",
    "use_code",
]
