"""How an outside proof becomes claims. A protocol is one adapter; everything after the claims is common to all.

Protocols that send the browser away (OpenID Connect, SAML, Feishu) are a ``RedirectAdapter``. One that checks a name
and a password itself (LDAP) is a ``PasswordAdapter``, with a door of its own. Both end in the same ``Claims``.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from powerautomation.identity.single_sign_on.entities import Claims, Logout, SignInProvider, Trip


class Adapter(Protocol):
    """What every protocol can do."""

    async def complete(self, options: Mapping[str, Any], secret: str) -> dict[str, Any]:
        """Return a provider's options checked and with what the provider itself told; called when they are saved.

        A ``secret`` among them is a new one (a key that was made): it is sealed and is no option.

        Raises ProviderInvalid, ProviderUnreachable.
        """

    def identity_of(self, options: Mapping[str, Any]) -> str:
        """Return what makes subjects mean what they mean (an issuer): when it changes, known identities end."""


class RedirectAdapter(Adapter, Protocol):
    """A protocol that sends the browser to the provider and gets it back."""

    async def authorize(self, provider: SignInProvider, secret: str, trip: Trip) -> str:
        """Return the address the browser goes to. Raises ProviderUnreachable."""

    async def claims_of(self, provider: SignInProvider, secret: str, trip: Trip, answer: Mapping[str, str]) -> Claims:
        """Return who came back. Raises ProviderRefused, ProviderUnreachable, ProofInvalid."""


class LastingAdapter(Protocol):
    """A protocol whose provider says whether a session there goes on."""

    async def refresh(self, provider: SignInProvider, secret: str, subject: str, token: str) -> str:
        """Ask by a refresh token; return the one to ask with next. Raises SessionOver, ProviderUnreachable,
        ProviderInvalid."""

    async def read_logout(self, provider: SignInProvider, token: str) -> Logout:
        """Return what a logout token says has ended. Raises ProofInvalid, ProviderUnreachable."""


class PasswordAdapter(Adapter, Protocol):
    """A protocol by which this server itself checks a name and a password at the provider."""

    async def claims_by_password(self, provider: SignInProvider, secret: str, name: str, password: str) -> Claims:
        """Return who proved a password. Raises PasswordRefused (nobody of that name, a wrong password, an account that
        is switched off there), ProviderUnreachable, ProofInvalid."""

    async def present(self, provider: SignInProvider, secret: str, subjects: Sequence[str]) -> set[str]:
        """Return which of these subjects may still sign in there. Raises ProviderUnreachable, ProviderInvalid."""
