"""Endpoints of one's own second factors."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, status

from powerautomation.identity.access import SignedInUser, confirmed, current_user, signed_in, unit_of_work
from powerautomation.identity.factors import passkeys, rules, service
from powerautomation.identity.factors.entities import Passkey, RelyingParty
from powerautomation.identity.factors.errors import ProviderProof
from powerautomation.identity.factors.schemas import (
    CodeBody,
    FactorsAnswer,
    PasskeyAnswer,
    PasskeyBody,
    PasskeyName,
    PasskeyOptions,
    RecoveryCodes,
    TotpSetupAnswer,
)
from powerautomation.identity.users import get_user

router = APIRouter(prefix="/api/v1/factors", tags=["session"])
SignedIn = Annotated[SignedInUser, Depends(signed_in)]
Unit = Annotated[Any, unit_of_work]


async def own_proof(request: Request, user: Annotated[SignedInUser, Depends(current_user)]) -> None:
    """Refuse to change factors in a session that an organization's provider opened, where they open other doors too: a
    passkey always, the rest while the account is of several organizations. Raises ProviderProof."""
    if user.proved_here:
        return
    async with request.state.database.read() as session:
        person = await get_user(session, user.principal.organization_id, user.principal.id)
    if person.is_shared or request.url.path.endswith(("/passkeys", "/passkeys/options")):
        raise ProviderProof(
            "Your organization's sign-in provider opened this session, so it does not change what you sign in with.",
            action="Sign in with your password or a passkey.",
        )


def relying_party(request: Request) -> RelyingParty:
    """Return whom passkeys are made for. Raises PasskeysUnavailable."""
    state = request.app.state
    return passkeys.party_of(state.settings.server.public_url, getattr(state, "base_url", ""))


@router.get("")
async def list_factors(request: Request, user: SignedIn) -> FactorsAnswer:
    """Return one's own second factors and passkeys."""
    owner = user.principal
    async with request.state.database.read() as session:
        person = await get_user(session, owner.organization_id, owner.id)
        found = await service.list_factors(session, person.account_id)
    state = request.app.state
    party = rules.relying_party(state.settings.server.public_url, getattr(state, "base_url", ""))
    return FactorsAnswer(
        totp_since=found.totp_since,
        recovery_codes_left=found.recovery_codes_left,
        passkeys=[_answer(one) for one in found.passkeys],
        passkeys_at=party.origin if party is not None else "",
    )


@router.post("/passkeys/options", dependencies=[Depends(confirmed), Depends(own_proof)])
async def begin_passkey(request: Request, user: SignedIn) -> PasskeyOptions:
    """Return what the browser needs to make a passkey, within five minutes. Nothing is kept."""
    box, party = request.app.state.secret_box, relying_party(request)
    async with request.state.database.read() as session:
        options = await passkeys.registration_options(session, box, party, user.principal, user.session_id)
    return PasskeyOptions(options=options)


@router.post("/passkeys", dependencies=[Depends(confirmed), Depends(own_proof)], status_code=status.HTTP_201_CREATED)
async def add_passkey(request: Request, body: PasskeyBody, user: SignedIn, session: Unit) -> PasskeyAnswer:
    """Keep a passkey that the browser has made; it alone signs in from now on."""
    made = await passkeys.add_passkey(
        session,
        request.app.state.secret_box,
        relying_party(request),
        user.principal,
        user.session_id,
        name=body.name,
        credential=body.credential,
    )
    return _answer(made)


@router.patch("/passkeys/{passkey_id}", status_code=status.HTTP_204_NO_CONTENT)
async def rename_passkey(passkey_id: str, body: PasskeyName, user: SignedIn, session: Unit) -> None:
    """Call one of one's passkeys differently."""
    await passkeys.rename_passkey(session, user.principal, passkey_id, body.name)


@router.delete(
    "/passkeys/{passkey_id}",
    dependencies=[Depends(confirmed), Depends(own_proof)],
    status_code=status.HTTP_204_NO_CONTENT,
)
async def remove_passkey(passkey_id: str, user: SignedIn, session: Unit) -> None:
    """Remove one of one's passkeys."""
    await passkeys.remove_passkey(session, user.principal, passkey_id)


@router.post("/totp", dependencies=[Depends(confirmed), Depends(own_proof)], status_code=status.HTTP_201_CREATED)
async def begin_totp(request: Request, user: SignedIn, session: Unit) -> TotpSetupAnswer:
    """Begin to set up an authenticator app; it counts once a code of it was sent to ``/factors/totp/confirm``."""
    setup = await service.begin_totp(session, request.app.state.secret_box, user.principal)
    return TotpSetupAnswer(secret=setup.secret, uri=setup.uri, svg=setup.svg)


@router.post("/totp/confirm", dependencies=[Depends(confirmed), Depends(own_proof)])
async def confirm_totp(request: Request, body: CodeBody, user: SignedIn, session: Unit) -> RecoveryCodes:
    """Show that the authenticator app works; from now on signing in asks for its codes."""
    box = request.app.state.secret_box
    codes = await service.confirm_totp(session, box, user.principal, body.code.get_secret_value())
    return RecoveryCodes(codes=codes)


@router.delete("/totp", dependencies=[Depends(confirmed), Depends(own_proof)], status_code=status.HTTP_204_NO_CONTENT)
async def remove_totp(user: SignedIn, session: Unit) -> None:
    """Remove one's authenticator app and recovery codes."""
    await service.remove_totp(session, user.principal)


@router.post("/recovery-codes", dependencies=[Depends(confirmed), Depends(own_proof)])
async def make_recovery_codes(request: Request, user: SignedIn, session: Unit) -> RecoveryCodes:
    """Make new recovery codes; the earlier ones stop working."""
    return RecoveryCodes(codes=await service.make_recovery_codes(session, request.app.state.secret_box, user.principal))


def _answer(one: Passkey) -> PasskeyAnswer:
    return PasskeyAnswer(
        id=one.id, name=one.name, synced=one.synced, created_at=one.created_at, last_used_at=one.last_used_at
    )
