"""Decisions of single sign-on: what a token must say, which role claims lead to, where a browser may go next."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from powerautomation.identity.access import Role
from powerautomation.identity.single_sign_on.entities import Claims, Logout, Proof, RoleRule, SignInProvider
from powerautomation.identity.single_sign_on.errors import EmailRefused, ProofInvalid

START_LIFE = timedelta(minutes=10)
COOKIE_PREFIX = "pa_trip_"
MOST_PROVIDERS = 20
MOST_RULES = 50
# Clocks differ; more than this is another time.
LEEWAY_SECONDS = 60
LONGEST_SUBJECT = 255
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
# A logout token is used at once; an old one is one that somebody kept.
LOGOUT_SECONDS = 300
MOST_ATTRIBUTES = 100
LONGEST_SHOWN = 1000
_HOME = "/"
_AFTER_COMMA = re.compile(r"(?<!\\),\s*")
_AFTER_PATH = re.compile(r"[/:.]")


def return_path(wanted: str) -> str:
    """Return where a browser goes after signing in: a path of this very server, else its first page.

    ``//host``, ``/\\host``, a scheme, a control character or anything else that a browser may take for another site
    leads home. The sign-in page itself does too.
    """
    if not wanted.startswith("/") or wanted.startswith("//") or len(wanted) > 2000:
        return _HOME
    if not wanted.isascii() or any(character <= " " or character in "\\\x7f" for character in wanted):
        return _HOME
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return _HOME
    return _HOME if parts.scheme or parts.netloc or parts.path.startswith(("/api/", "/sign-in")) else wanted


def cookie_name(state: str) -> str:
    """Return the name of the cookie of one trip: several tabs may sign in at once."""
    return COOKIE_PREFIX + hashlib.sha256(state.encode()).hexdigest()[:16]


def derived(key: bytes, purpose: str, secret: str, state: str) -> str:
    """Return a value of a trip (43 characters of base64url) that neither the browser nor the database has alone."""
    digest = hmac.new(key, f"{purpose}|{secret}|{state}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def challenge_of(verifier: str) -> str:
    """Return the PKCE S256 challenge of a verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def check_id_token(claims: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str, seconds: float) -> None:
    """Check what a verified ID token says. ``seconds`` is the time now since the epoch. Raises ProofInvalid.

    https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation (November 2026)
    """
    if claims.get("iss") != issuer:
        raise proof_invalid(f"it was issued by {_shown(claims.get('iss'))}, not by {issuer}")
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or client_id not in audiences:
        raise proof_invalid(f"it is meant for {_shown(audience)}, not for the client {client_id}")
    presenter = claims.get("azp")
    if presenter is None and len(audiences) > 1:
        raise proof_invalid("it is meant for several clients and does not say which of them asked (azp)")
    if presenter is not None and presenter != client_id:
        raise proof_invalid(f"it was asked for by {_shown(presenter)}, not by the client {client_id}")
    said = claims.get("nonce")
    if not isinstance(said, str) or not hmac.compare_digest(said.encode(), nonce.encode()):
        raise proof_invalid("its nonce is not the one of this sign-in")
    expires, issued = _moment(claims, "exp"), _moment(claims, "iat")
    if seconds > expires + LEEWAY_SECONDS:
        raise proof_invalid("it has expired")
    if issued > seconds + LEEWAY_SECONDS:
        raise proof_invalid("it was issued in the future; compare the clocks of both servers")
    if "nbf" in claims and _moment(claims, "nbf") > seconds + LEEWAY_SECONDS:
        raise proof_invalid("it is not valid yet; compare the clocks of both servers")
    checked_subject(claims.get("sub"))


def checked_subject(subject: Any) -> str:
    """Return a subject that can name somebody for good. Raises ProofInvalid."""
    if not isinstance(subject, str) or not subject or len(subject) > LONGEST_SUBJECT or not subject.isprintable():
        raise proof_invalid("it does not say whom it is about (sub)")
    return subject


def claims_from(said: Mapping[str, Any]) -> Claims:
    """Return the claims of OpenID Connect in our words. Raises ProofInvalid."""
    verified = said.get("email_verified")
    name = next((said[key] for key in ("name", "preferred_username") if isinstance(said.get(key), str)), "")
    name = "".join(character for character in name if character.isprintable())
    email = said.get("email")
    return Claims(
        subject=checked_subject(said.get("sub")),
        email=email.strip() if isinstance(email, str) and email.strip().isprintable() else "",
        email_verified=None if verified is None else verified is True or verified == "true",
        name=name.strip()[:200],
        groups=tuple(values_of(said, "groups")),
        attributes=dict(list(said.items())[:MOST_ATTRIBUTES]),
    )


def presentable(value: Any, levels: int = 5) -> Any:
    """Return what a provider said as JSON that every database takes, cut to a size that somebody reads."""
    if isinstance(value, Mapping) and levels:
        items = list(value.items())[:MOST_ATTRIBUTES]
        return {presentable(str(name)): presentable(one, levels - 1) for name, one in items}
    if isinstance(value, list | tuple) and levels:
        return [presentable(one, levels - 1) for one in value[:MOST_ATTRIBUTES]]
    if value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) < 2**53):
        return value
    if isinstance(value, Mapping | list | tuple):
        return "…"
    text = str(value)[:LONGEST_SHOWN]
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


def values_of(attributes: Mapping[str, Any], claim: str) -> list[str]:
    """Return the values of a claim as text; ``a.b`` looks inside the object ``a`` unless a claim has that very name."""
    found: Any = attributes.get(claim)
    if found is None and "." in claim:
        found = attributes
        for part in claim.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    values = found if isinstance(found, list | tuple) else [found]
    return [text for text in map(_text, values) if text is not None]


def role_for(provider: SignInProvider, claims: Claims, groups: Iterable[str] = ()) -> str:
    """Return the role claims lead to: that of the first rule that fits, else the default one, else empty. ``groups``:
    the names of those the person is in that were told otherwise than by the claims."""
    told = frozenset(groups)
    for rule in provider.rules:
        values = values_of(claims.attributes, rule.claim)
        if rule.value in values or (provider.kind == "ldap" and same_name(rule.value) in map(same_name, values)):
            return rule.role
        if is_group_claim(rule.claim) and rule.value in told:
            return rule.role
    return provider.default_role


def is_group_claim(claim: str) -> bool:
    """Say whether a claim tells groups: ``groups``, ``memberOf``, or a long name that ends so."""
    return _AFTER_PATH.split(claim)[-1].lower() in ("group", "groups", "memberof")


def same_name(text: str) -> str:
    """Return a value of a directory so that two spellings of one name are the same: directories tell neither case nor
    spaces after the commas of a distinguished name apart."""
    return _AFTER_COMMA.sub(",", text.strip()).casefold()


def roles_given(rules: Iterable[RoleRule], default_role: str) -> set[str]:
    """Return every role a provider can give."""
    return {rule.role for rule in rules} | ({default_role} if default_role else set())


def may_link_to(given: Iterable[Role], role: Role) -> bool:
    """Say whether a provider that gives these roles may open, by its word on an e-mail address, the account of somebody
    with a role: only where it could give as much. Else who edits a provider could become somebody above."""
    return any(role.permissions <= one.permissions for one in given)


def check_email(provider: SignInProvider, claims: Claims) -> None:
    """Keep out who has no address of the provider's domains. Raises EmailRefused."""
    if not provider.email_domains:
        return
    if not claims.email:
        raise EmailRefused(
            "The provider told no e-mail address, and only some domains may sign in.",
            action="Let the provider send the claim email, for example by the scope email.",
        )
    if claims.email_verified is False:
        raise EmailRefused(
            "The provider says that the e-mail address is not verified.",
            action="Verify the address at the provider, then sign in again.",
        )
    if domain_of(claims.email) not in provider.email_domains:
        raise EmailRefused(
            "E-mail addresses of this domain may not sign in here.",
            action="Use an account of your organization, or ask an administrator to add the domain.",
        )


def domain_of(email: str) -> str:
    """Return the domain of an e-mail address, in lower case."""
    return email.rpartition("@")[2].casefold()


def proof_invalid(why: str) -> ProofInvalid:
    """Return the error for a token that proves nothing."""
    return ProofInvalid(
        f"The provider's ID token was not accepted: {why}.",
        action="Begin the sign-in again. If it goes on, an administrator finds the cause with a test sign-in.",
    )


def answer_invalid(why: str) -> ProofInvalid:
    """Return the error for an answer that proves nothing."""
    return ProofInvalid(
        f"The provider's answer was not accepted: {why}.",
        action="Begin the sign-in again. If it goes on, an administrator finds the cause with a test sign-in.",
    )


def session_end(provider: SignInProvider, claims: Claims, moment: datetime) -> datetime | None:
    """Return when a session ends at the latest: with the one at the provider, or after the provider's own bound of
    hours; None where neither is said."""
    hours = provider.options.get("session_hours") or 0
    ends = [claims.session.ends_at, moment + timedelta(hours=hours) if hours else None]
    return min((one for one in ends if one is not None), default=None)


def logout_invalid(why: str) -> ProofInvalid:
    """Return the error for a logout token that proves nothing."""
    return ProofInvalid(f"The logout token was not accepted: {why}.", action="Compare issuer and client id.")


def logout_of(said: Mapping[str, Any], *, issuer: str, client_id: str, seconds: float) -> Logout:
    """Return what a verified logout token says has ended. ``seconds`` is the time now since the epoch. Raises
    ProofInvalid. https://openid.net/specs/openid-connect-backchannel-1_0.html#Validation (November 2026)
    """
    audience = said.get("aud")
    events = said.get("events")
    if said.get("iss") != issuer:
        raise logout_invalid(f"it was issued by {_shown(said.get('iss'))}, not by {issuer}")
    if client_id not in ([audience] if isinstance(audience, str) else audience if isinstance(audience, list) else []):
        raise logout_invalid(f"it is meant for {_shown(audience)}, not for the client {client_id}")
    if not isinstance(events, Mapping) or not isinstance(events.get(LOGOUT_EVENT), Mapping):
        raise logout_invalid("it tells no logout")
    # An ID token must never end somebody's session.
    if "nonce" in said:
        raise logout_invalid("it has a nonce, as an ID token has")
    issued = _moment(said, "iat")
    expires = _moment(said, "exp") if "exp" in said else issued + LOGOUT_SECONDS
    if not issued - LEEWAY_SECONDS <= seconds <= min(expires, issued + LOGOUT_SECONDS) + LEEWAY_SECONDS:
        raise logout_invalid("it is too old, or from the future; compare the clocks of both servers")
    words = [said.get(name, "") for name in ("sub", "sid", "jti")]
    if any(not isinstance(one, str) or len(one) > LONGEST_SUBJECT or not one.isprintable() for one in words):
        raise logout_invalid("it cannot be read")
    subject, session_id, identifier = words
    if not identifier or not (subject or session_id):
        raise logout_invalid("it does not say what ended (sub, sid), or has no id (jti)")
    kept_until = datetime.fromtimestamp(issued + LOGOUT_SECONDS + 2 * LEEWAY_SECONDS, UTC)
    return Logout(subject, session_id, Proof(identifier, kept_until))


def _moment(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e11:
        raise proof_invalid(f"it does not say when ({name})")
    return float(value)


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def _shown(value: Any) -> str:
    return repr(value)[:100] if value is not None else "nobody"
