"""OpenID Connect: discovery, authorization code with PKCE, ID token.

All addresses but the issuer come from the provider's discovery document, which must name that very issuer. What was
discovered and the provider's keys are kept for an hour; a token with an unknown key has the keys fetched again, at most
once a minute.
"""

import asyncio
import base64
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

from powerautomation.identity.single_sign_on import rules
from powerautomation.identity.single_sign_on.adapters.id_token import (
    ALGORITHMS,
    Key,
    KeyUnknown,
    public_keys,
    read_header,
    verified,
)
from powerautomation.identity.single_sign_on.entities import Claims, Logout, OutsideSession, SignInProvider, Trip
from powerautomation.identity.single_sign_on.errors import (
    ProviderInvalid,
    ProviderRefused,
    ProviderUnreachable,
    SessionOver,
)
from powerautomation.infrastructure.http_client import Client, Headers, HttpClientError
from powerautomation.kernel import clock

ANSWER_SECONDS = 10.0
MOST_ANSWER_BYTES = 512 * 1024
KEEP_SECONDS = 3600.0
REFETCH_SECONDS = 60.0
MOST_KEPT = 100
_DEFAULT_SCOPES = "openid email profile"
_LONGEST_CODE = 4096
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(slots=True)
class _Known:
    """What was learned of one issuer, and when (seconds of a steady clock)."""

    metadata: dict[str, Any]
    learned_at: float
    keys: list[Key] = field(default_factory=list)
    keys_at: float = float("-inf")
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Oidc:
    """The adapter. ``client`` is the one that goes out through the allow-list."""

    def __init__(self, client: Client, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._seconds = seconds
        self._known: dict[str, _Known] = {}

    async def complete(self, options: Mapping[str, Any], secret: str) -> dict[str, Any]:
        """See ``ports.Adapter``. Always asks the provider anew, and fixes the algorithms its tokens may have."""
        issuer, client_id = _text(options, "issuer"), _text(options, "client_id")
        _check_address(issuer, "issuer")
        if not client_id:
            raise _invalid("client_id", "Enter the id the provider gave to this server.")
        scopes = " ".join(dict.fromkeys((_text(options, "scopes") or _DEFAULT_SCOPES).split()))
        if "openid" not in scopes.split():
            scopes = f"openid {scopes}"
        self._known.pop(issuer, None)
        metadata = (await self._learn(issuer)).metadata
        offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        asked = options.get("algorithms") or [one for one in ALGORITHMS if one in offered]
        wrong = [one for one in asked if one not in ALGORITHMS]
        if wrong or not asked:
            raise _invalid("algorithms", f"The provider must sign with one of {', '.join(ALGORITHMS)}.")
        return {"issuer": issuer, "client_id": client_id, "scopes": scopes, "algorithms": list(asked)}

    def identity_of(self, options: Mapping[str, Any]) -> str:
        """See ``ports.Adapter``: a subject means somebody at one issuer."""
        return _text(options, "issuer")

    async def authorize(self, provider: SignInProvider, secret: str, trip: Trip) -> str:
        """See ``ports.RedirectAdapter``."""
        metadata = (await self._learn(provider.options["issuer"])).metadata
        query = urlencode(
            {
                "response_type": "code",
                "client_id": provider.options["client_id"],
                "redirect_uri": trip.redirect_uri,
                "scope": provider.options["scopes"],
                "state": trip.state,
                "nonce": trip.nonce,
                "code_challenge": rules.challenge_of(trip.verifier),
                "code_challenge_method": "S256",
            }
        )
        address: str = metadata["authorization_endpoint"]
        return f"{address}{'&' if '?' in address else '?'}{query}"

    async def claims_of(self, provider: SignInProvider, secret: str, trip: Trip, answer: Mapping[str, str]) -> Claims:
        """See ``ports.RedirectAdapter``."""
        known = await self._learn(provider.options["issuer"])
        _check_answer(provider, known.metadata, answer)
        tokens = await self._redeem(provider, secret, trip, answer["code"], known.metadata)
        token = tokens.get("id_token")
        if not isinstance(token, str):
            raise rules.proof_invalid("the provider sent none")
        said = await self._verified(provider, known, token)
        rules.check_id_token(
            said,
            issuer=provider.options["issuer"],
            client_id=provider.options["client_id"],
            nonce=trip.nonce,
            seconds=clock.now_ms() / 1000,
        )
        claims = rules.claims_from({**await self._more(provider, known.metadata, tokens, said), **said})
        return replace(
            claims,
            session=OutsideSession(
                _word(said.get("sid"), rules.LONGEST_SUBJECT), None, _word(tokens.get("refresh_token"))
            ),
        )

    async def refresh(self, provider: SignInProvider, secret: str, subject: str, token: str) -> str:
        """Ask whether somebody's session at the provider goes on; return the refresh token to ask with next time.

        Raises SessionOver when the provider says that it does not, ProviderUnreachable and ProviderInvalid when it says
        nothing of it.
        """
        known = await self._learn(provider.options["issuer"])
        form = {"grant_type": "refresh_token", "refresh_token": token}
        status, told = await self._tokens(provider, secret, form, known.metadata)
        if status != 200 or not isinstance(told, dict):
            if isinstance(told, dict) and told.get("error") == "invalid_grant":
                raise SessionOver("The provider has ended the session, or the account.")
            raise ProviderUnreachable(f"The provider did not answer whether the session goes on (HTTP {status}).")
        if isinstance(told.get("id_token"), str):
            said = await self._verified(provider, known, told["id_token"])
            if said.get("iss") != provider.options["issuer"] or said.get("sub") != subject:
                raise SessionOver("The provider speaks of somebody else now.")
        return _word(told.get("refresh_token")) or token

    async def read_logout(self, provider: SignInProvider, token: str) -> Logout:
        """Return what a logout token says has ended. Raises ProofInvalid, ProviderUnreachable."""
        header = read_header(token, provider.options["algorithms"])
        if str(header.get("typ", "logout+jwt")).lower().removeprefix("application/") not in ("logout+jwt", "jwt"):
            raise rules.logout_invalid("it is of another type")
        said = await self._verified(provider, await self._learn(provider.options["issuer"]), token)
        return rules.logout_of(
            said,
            issuer=provider.options["issuer"],
            client_id=provider.options["client_id"],
            seconds=clock.now_ms() / 1000,
        )

    async def _verified(self, provider: SignInProvider, known: _Known, token: str) -> dict[str, Any]:
        header = read_header(token, provider.options["algorithms"])
        async with known.lock:
            age = self._seconds() - known.keys_at
            if age >= KEEP_SECONDS:
                await self._fetch_keys(known)
            try:
                return verified(token, header, known.keys)
            except KeyUnknown:
                if age < REFETCH_SECONDS or age >= KEEP_SECONDS:
                    raise _key_unknown() from None
            await self._fetch_keys(known)
            try:
                return verified(token, header, known.keys)
            except KeyUnknown:
                raise _key_unknown() from None

    async def _fetch_keys(self, known: _Known) -> None:
        # Counted from the try on, so that a provider that is down is not asked again by every sign-in.
        known.keys_at, before = self._seconds(), known.keys_at
        try:
            _, told = await self._ask("GET", known.metadata["jwks_uri"], most=200)
        except ProviderUnreachable:
            if not known.keys:
                known.keys_at = before
            raise
        known.keys = public_keys(told)

    async def _learn(self, issuer: str) -> _Known:
        known = self._known.get(issuer)
        if known is not None and self._seconds() - known.learned_at < KEEP_SECONDS:
            return known
        _, told = await self._ask("GET", issuer.rstrip("/") + "/.well-known/openid-configuration", most=200)
        if not isinstance(told, dict) or told.get("issuer") != issuer:
            named = repr(told.get("issuer"))[:200] if isinstance(told, dict) else "nothing"
            raise _invalid("issuer", f"The provider calls itself {named}; enter exactly that.")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"):
            if name != "userinfo_endpoint" or told.get(name) is not None:
                _check_address(told.get(name), "issuer", f"The provider's {name}")
        fresh = _Known(told, self._seconds())
        if known is not None and known.metadata["jwks_uri"] == told["jwks_uri"]:
            fresh.keys, fresh.keys_at = known.keys, known.keys_at
        if len(self._known) >= MOST_KEPT:
            del self._known[next(iter(self._known))]
        self._known[issuer] = fresh
        return fresh

    async def _redeem(
        self, provider: SignInProvider, secret: str, trip: Trip, code: str, metadata: Mapping[str, Any]
    ) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": trip.redirect_uri,
            "code_verifier": trip.verifier,
        }
        status, told = await self._tokens(provider, secret, form, metadata)
        if status != 200:
            raise _refused(told, f"The provider did not take the code (HTTP {status})")
        if not isinstance(told, dict):
            raise ProviderUnreachable("The provider's token endpoint sent no JSON object.")
        return told

    async def _tokens(
        self, provider: SignInProvider, secret: str, form: dict[str, str], metadata: Mapping[str, Any]
    ) -> tuple[int, Any]:
        """Ask the token endpoint as this client; return status and JSON."""
        headers = [("content-type", "application/x-www-form-urlencoded")]
        client_id: str = provider.options["client_id"]
        ways = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if secret and "client_secret_basic" in ways:
            pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
            headers.append(("authorization", "Basic " + base64.b64encode(pair.encode()).decode()))
        else:
            form |= {"client_id": client_id} | ({"client_secret": secret} if secret else {})
        return await self._ask("POST", metadata["token_endpoint"], headers, urlencode(form).encode(), most=499)

    async def _more(
        self, provider: SignInProvider, metadata: Mapping[str, Any], tokens: Mapping[str, Any], said: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return what the userinfo endpoint adds, where the ID token lacks something that is needed."""
        address, token = metadata.get("userinfo_endpoint"), tokens.get("access_token")
        needed = {"email"} | {rule.claim.partition(".")[0] for rule in provider.rules}
        if not address or not isinstance(token, str) or needed <= said.keys() or not token.isascii():
            return {}
        if any(character <= " " for character in token):
            return {}
        status, told = await self._ask("GET", address, [("authorization", f"Bearer {token}")], most=499)
        if status != 200 or not isinstance(told, dict):
            return {}
        if told.get("sub") != said["sub"]:
            raise rules.proof_invalid("the userinfo endpoint speaks of somebody else")
        return told

    async def _ask(
        self, method: str, url: str, headers: Headers = (), body: bytes = b"", *, most: int
    ) -> tuple[int, Any]:
        """Ask the provider; return status and JSON (None when there is none). Raises ProviderUnreachable when it does
        not answer in time, or with a status above ``most``."""
        place = urlsplit(url).netloc
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                sent = [("accept", "application/json"), ("connection", "close"), *headers]
                answer = await self._client.request(method, url, sent, body)
                text = await answer.read(MOST_ANSWER_BYTES)
        except TimeoutError:
            raise _unreachable(place, f"it did not answer within {ANSWER_SECONDS:g} s") from None
        except HttpClientError as error:
            raise _unreachable(place, str(error)) from None
        if answer.status > most or answer.status < 200:
            raise _unreachable(place, f"it answered HTTP {answer.status}")
        try:
            return answer.status, json.loads(text)
        except (ValueError, RecursionError):
            return answer.status, None


def _check_answer(provider: SignInProvider, metadata: Mapping[str, Any], answer: Mapping[str, str]) -> None:
    """Check what the browser brought back. https://www.rfc-editor.org/rfc/rfc9207 (November 2026)"""
    issuer = answer.get("iss")
    if issuer is None and metadata.get("authorization_response_iss_parameter_supported") is True:
        raise rules.proof_invalid("the answer does not say which provider it is from (iss)")
    if issuer is not None and issuer != provider.options["issuer"]:
        raise rules.proof_invalid("the answer is from another provider (iss)")
    if "error" in answer:
        raise _refused(answer, "The provider did not sign you in")
    if not answer.get("code") or len(answer["code"]) > _LONGEST_CODE:
        raise ProviderRefused("The provider sent the browser back without a code.", action="Begin again.")


def _check_address(address: Any, name: str, what: str = "The address") -> None:
    try:
        parts = urlsplit(address) if isinstance(address, str) else urlsplit("")
        secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        good = secure and parts.hostname and parts.username is None and not parts.fragment and len(address) <= 500
    except ValueError:
        good = False
    if not good or (name == "issuer" and what == "The address" and parts.query):
        raise _invalid(name, f"{what} must begin with https:// and have no user name, query or fragment.")


def _word(value: Any, most: int = _LONGEST_CODE) -> str:
    """Return an opaque word of the provider, empty where there is none that can be kept."""
    good = isinstance(value, str) and value.isascii() and value.isprintable() and len(value) <= most
    return value if good else ""


def _text(options: Mapping[str, Any], name: str) -> str:
    value = options.get(name)
    return value.strip() if isinstance(value, str) else ""


def _unreachable(place: str, why: str) -> ProviderUnreachable:
    action = "Try again. If it goes on, an administrator looks whether the provider runs and can be reached from here."
    if "allow-list" in why or "private network" in why:
        action = f"Add {place} to gateway.allowed_hosts in the configuration file and restart the server."
    return ProviderUnreachable(f"The sign-in provider at {place} could not be asked: {why}.", action=action)


def _refused(told: Any, what: str) -> ProviderRefused:
    """Return the provider's own words, cut: they come from outside."""
    words = [told.get(name) for name in ("error", "error_description")] if isinstance(told, Mapping) else []
    text = ": ".join("".join(c for c in word[:300] if c.isprintable()) for word in words if isinstance(word, str))
    return ProviderRefused(
        f"{what}{': ' + text if text else ''}.",
        action="Begin again. If it goes on, compare client id, secret and redirect address with the provider's.",
    )


def _key_unknown() -> Exception:
    return rules.proof_invalid("none of the provider's keys signed it")


def _invalid(field_name: str, message: str) -> ProviderInvalid:
    return ProviderInvalid(
        f"The provider cannot be used: {message}",
        action="Correct the marked field.",
        fields={f"oidc.{field_name}": message},
    )
