"""Endpoints of consents."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, status

from powerautomation.identity.access import SignedInUser, requires, signed_in, unit_of_work
from powerautomation.identity.consents import service
from powerautomation.identity.consents.entities import Consent, ConsentText, TextDraft
from powerautomation.identity.consents.schemas import (
    ConsentAnswer,
    ConsentBody,
    ConsentList,
    ConsentTextAnswer,
    ConsentTextBody,
    ConsentTextList,
    OwnConsentAnswer,
)
from powerautomation.identity.users import list_user_names

router = APIRouter(prefix="/api/v1", tags=["personal data"])
Reader = Annotated[SignedInUser, Depends(requires("personal_data:read"))]
Writer = Annotated[SignedInUser, Depends(requires("personal_data:write"))]
Oneself = Annotated[SignedInUser, Depends(signed_in)]
Unit = Annotated[Any, unit_of_work]


@router.get("/consent-texts")
async def list_consent_texts(request: Request, user: Reader) -> ConsentTextList:
    """Return what people are to agree to, in its versions."""
    async with request.state.database.read() as session:
        found = await service.list_texts(session, user.principal.organization_id)
    return ConsentTextList(items=[_text(one) for one in found])


@router.put("/consent-texts")
async def set_consent_text(body: ConsentTextBody, user: Writer, session: Unit) -> ConsentTextAnswer:
    """Say what people are to agree to; another title or text is a new version, to which everybody is asked anew."""
    draft = TextDraft(body.title, body.text, tuple(body.roles or ()), body.asked is not False)
    return _text(await service.put_text(session, user, draft))


@router.get("/consents")
async def list_consents(request: Request, user: Reader) -> ConsentList:
    """Return who agreed to which version, and who took it back."""
    owner = user.principal.organization_id
    async with request.state.database.read() as session:
        found, live = await service.list_consents(session, owner)
        text = await service.read_text(session, owner)
        names = await list_user_names(session, owner, {one.user_id for one in found}) if found else {}
    newest = 0 if text is None else live.get(text.version, 0)
    return ConsentList(items=[_consent(one, names.get(one.user_id, "")) for one in found], live=newest)


@router.get("/session/consent")
async def get_own_consent(request: Request, user: Oneself) -> OwnConsentAnswer:
    """Return what one is to agree to, and agreed to."""
    async with request.state.database.read() as session:
        own = await service.own_consent(session, user)
    return OwnConsentAnswer(
        text=None if own.text is None else _text(own.text),
        needed=own.needed,
        given=[_consent(one, user.principal.name) for one in own.given],
    )


@router.post("/session/consent", status_code=status.HTTP_201_CREATED)
async def give_own_consent(body: ConsentBody, user: Oneself, session: Unit) -> ConsentAnswer:
    """Agree to the version that is asked now."""
    return _consent(await service.give_consent(session, user, body.version), user.principal.name)


@router.delete("/session/consent", status_code=status.HTTP_204_NO_CONTENT)
async def withdraw_own_consent(user: Oneself, session: Unit) -> None:
    """Take back what one agreed to."""
    await service.withdraw_consent(session, user)


def _text(one: ConsentText) -> ConsentTextAnswer:
    draft = one.draft
    return ConsentTextAnswer(
        version=one.version,
        title=draft.title,
        text=draft.text,
        roles=list(draft.roles),
        asked=draft.asked,
        created_at=one.created_at,
    )


def _consent(one: Consent, name: str) -> ConsentAnswer:
    return ConsentAnswer(
        id=one.id,
        user_id=one.user_id,
        name=name,
        version=one.version,
        given_at=one.given_at,
        withdrawn_at=one.withdrawn_at,
    )
