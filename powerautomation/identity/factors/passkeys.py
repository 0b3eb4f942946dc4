"""Passkeys (WebAuthn): made in a device of the person, and enough alone to sign in, since the device asks who it is."""

import hashlib
import json
from typing import Any

from powerautomation.governance import audit
from powerautomation.governance.encryption import SecretBox
from powerautomation.identity.factors import repository, rules
from powerautomation.identity.factors.entities import Passkey, RelyingParty
from powerautomation.identity.factors.errors import (
    PasskeyInvalid,
    PasskeyNotFound,
    PasskeyRefused,
    PasskeysUnavailable,
    TooManyPasskeys,
)
from powerautomation.identity.factors.repository import AsyncSession
from powerautomation.identity.factors.service import held_owner
from powerautomation.identity.factors.tables import PasskeyRow
from powerautomation.identity.users import User, UserNotFound, find_opening_user, get_user, hold_user
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.clock import now
from powerautomation.kernel.ids import new_id
from powerautomation.kernel.principal import Principal

RP_NAME = "PowerAutomation"
SIGN_IN = "sign in"


def party_of(public_url: str, base_url: str) -> RelyingParty:
    """Return whom passkeys are made for. Raises PasskeysUnavailable."""
    party = rules.relying_party(public_url, base_url)
    if party is None:
        raise PasskeysUnavailable(
            "Passkeys belong to a name, and this server is known by an IP address only.",
            action="Set server.public_url to an https address with a name.",
        )
    return party


def sign_in_options(box: SecretBox, party: RelyingParty) -> dict[str, Any]:
    """Return what a browser needs to ask for a passkey, whoever the person is."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import UserVerificationRequirement

    options = generate_authentication_options(
        rp_id=party.id,
        challenge=rules.new_challenge(_key(box), SIGN_IN, now()),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return dict(json.loads(options_to_json(options)))


async def registration_options(
    session: AsyncSession, box: SecretBox, party: RelyingParty, principal: Principal, session_id: str
) -> dict[str, Any]:
    """Return what a browser needs to make a passkey in this session. Raises TooManyPasskeys."""
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    user = await get_user(session, principal.organization_id, principal.id)
    known = await _few(session, user.account_id)
    options = generate_registration_options(
        rp_id=party.id,
        rp_name=RP_NAME,
        user_name=user.sign_in_email or user.name,
        user_display_name=user.name,
        user_id=user.account_id.encode(),
        challenge=rules.new_challenge(_key(box), session_id, now()),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one.credential_id) for one in known],
    )
    return dict(json.loads(options_to_json(options)))


async def add_passkey(
    session: AsyncSession,
    box: SecretBox,
    party: RelyingParty,
    principal: Principal,
    session_id: str,
    *,
    name: str,
    credential: str,
) -> Passkey:
    """Keep the passkey that the browser has made; ``credential`` is its JSON.

    Raises PasskeyInvalid, TooManyPasskeys.
    """
    from webauthn import verify_registration_response
    from webauthn.helpers import parse_client_data_json, parse_registration_credential_json
    from webauthn.helpers.structs import CredentialDeviceType

    moment = now()
    user = await held_owner(session, principal)
    await _few(session, user.account_id)
    try:
        parsed = parse_registration_credential_json(credential)
        challenge = parse_client_data_json(parsed.response.client_data_json).challenge
        if not rules.challenge_holds(_key(box), session_id, challenge, moment):
            raise _invalid()
        made = verify_registration_response(
            credential=parsed,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except PasskeyInvalid:
        raise
    except Exception as problem:
        # The library raises whatever its parsers raise on hostile bytes.
        raise _invalid() from problem
    if await repository.find_passkey(session, made.credential_id) is not None:
        raise _invalid()
    if not await _use(session, challenge):
        raise _invalid()
    row = PasskeyRow(
        id=new_id("pky"),
        account_id=user.account_id,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=name,
        synced=made.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        created_at=moment,
        last_used_at=None,
    )
    repository.add_passkey(session, row)
    audit.record(session, principal, "factors.add_passkey", audit.Target("passkey", row.id, name, principal.id))
    return Passkey(row.id, row.name, row.synced, row.created_at, None)


async def rename_passkey(session: AsyncSession, principal: Principal, passkey_id: str, name: str) -> None:
    """Call one of one's passkeys differently. Raises PasskeyNotFound."""
    user = await get_user(session, principal.organization_id, principal.id)
    if not await repository.rename_passkey(session, user.account_id, passkey_id, name):
        raise _not_found()
    audit.record(session, principal, "factors.rename_passkey", audit.Target("passkey", passkey_id, name, principal.id))


async def remove_passkey(session: AsyncSession, principal: Principal, passkey_id: str) -> None:
    """Remove one of one's passkeys; it signs nobody in any more. Raises PasskeyNotFound."""
    user = await get_user(session, principal.organization_id, principal.id)
    name = await repository.delete_passkey(session, user.account_id, passkey_id)
    if name is None:
        raise _not_found()
    audit.record(session, principal, "factors.remove_passkey", audit.Target("passkey", passkey_id, name, principal.id))


class UsedPasskey:
    """A passkey whose signature was right. ``accept`` uses up its challenge in the unit of work that acts on it."""

    def __init__(self, row: PasskeyRow, challenge: bytes, sign_count: int) -> None:
        self.account_id = row.account_id
        self._row, self._challenge, self._sign_count = row, challenge, sign_count

    async def accept(self, session: AsyncSession) -> User:
        """Return whose passkey it is, in the organization used last, locked; raises PasskeyRefused when the challenge
        or the counter was used before, or the person may not sign in."""
        row, moment = self._row, now()
        user = await find_opening_user(session, row.account_id)
        if user is None:
            raise _refused()
        await hold_user(session, user.organization_id, user.id)
        try:
            user = await get_user(session, user.organization_id, user.id)
        except UserNotFound:
            raise _refused() from None
        counted = await repository.count_use(session, row.id, row.sign_count, self._sign_count, moment)
        # Somebody whom another account took over meanwhile is not meant.
        is_same = user.account_id == row.account_id and not user.is_disabled
        if not is_same or not counted or not await _use(session, self._challenge):
            raise _refused()
        return user


async def check_passkey(database: Database, box: SecretBox, party: RelyingParty, credential: str) -> UsedPasskey:
    """Return the passkey by whose signature (``credential``, the browser's JSON) somebody wants to be known.

    Raises PasskeyRefused: the same for an unknown passkey, a wrong signature, another origin, an old challenge, and a
    counter that did not grow.
    """
    from webauthn import verify_authentication_response
    from webauthn.helpers import parse_authentication_credential_json, parse_client_data_json

    try:
        parsed = parse_authentication_credential_json(credential)
        challenge = parse_client_data_json(parsed.response.client_data_json).challenge
    except Exception as problem:
        # The library raises whatever its parsers raise on hostile bytes.
        raise _refused() from problem
    async with database.read() as session:
        row = await repository.find_passkey(session, parsed.raw_id)
    if row is None or not rules.challenge_holds(_key(box), SIGN_IN, challenge, now()):
        raise _refused()
    if parsed.response.user_handle not in (None, row.account_id.encode()):
        raise _refused()
    try:
        verified = verify_authentication_response(
            credential=parsed,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )
    except Exception as problem:
        # The library raises whatever its parsers raise on hostile bytes.
        raise _refused() from problem
    return UsedPasskey(row, challenge, verified.new_sign_count)


async def _few(session: AsyncSession, account_id: str) -> list[PasskeyRow]:
    known = await repository.list_passkeys(session, account_id)
    if len(known) >= rules.MOST_PASSKEYS:
        raise TooManyPasskeys(
            f"You have {rules.MOST_PASSKEYS} passkeys already.", action="Remove one that you do not use any more."
        )
    return known


async def _use(session: AsyncSession, challenge: bytes) -> bool:
    moment = now()
    hashed = hashlib.sha256(challenge).digest()
    return await repository.use_challenge(session, hashed, moment + rules.CHALLENGE_LIFE, moment)


def _key(box: SecretBox) -> bytes:
    return box.derive("passkey challenges")


def _invalid() -> PasskeyInvalid:
    return PasskeyInvalid(
        "The browser's answer is no new passkey for this server, or it came too late.",
        action="Begin again, in the console at its configured address.",
    )


def _refused() -> PasskeyRefused:
    return PasskeyRefused(
        "This passkey does not sign anybody in here.", action="Try again, or sign in with your password."
    )


def _not_found() -> PasskeyNotFound:
    return PasskeyNotFound("You have no such passkey.", action="Reload the page.")
