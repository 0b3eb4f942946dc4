"""Endpoints of e-mail domains."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, status

from powerautomation.identity.access import SignedInUser, confirmed, requires, unit_of_work
from powerautomation.identity.email_domains import service
from powerautomation.identity.email_domains.entities import EmailDomain
from powerautomation.identity.email_domains.errors import ProofMissing
from powerautomation.identity.email_domains.ports import DomainProver
from powerautomation.identity.email_domains.schemas import EmailDomainAnswer, EmailDomainBody, EmailDomainList

router = APIRouter(prefix="/api/v1/email-domains", tags=["single sign-on"])
Reader = Annotated[SignedInUser, Depends(requires("single_sign_on:read"))]
Writer = Annotated[SignedInUser, Depends(requires("single_sign_on:write"))]
Unit = Annotated[Any, unit_of_work]


@router.get("")
async def list_email_domains(request: Request, user: Reader) -> EmailDomainList:
    """Return the organization's e-mail domains."""
    async with request.state.database.read() as session:
        return EmailDomainList(items=[_answer(one) for one in await service.list_domains(session, user)])


@router.post("", status_code=status.HTTP_201_CREATED)
async def add_email_domain(user: Writer, session: Unit, body: EmailDomainBody) -> EmailDomainAnswer:
    """Add a domain; it says what must stand where on the domain's web server."""
    return _answer(await service.add_domain(session, user, body.domain))


@router.post("/{email_domain_id}/check", dependencies=[Depends(confirmed)])
async def check_email_domain(request: Request, email_domain_id: str, user: Writer) -> EmailDomainAnswer:
    """Look for the proof. Where it is missing, the domain is not (any more) proven; where the web server cannot be
    asked, nothing changes."""
    async with request.state.database.read() as session:
        known = await service.get_domain(session, user, email_domain_id[:64])
    prover: DomainProver = request.app.state.domain_prover
    shown = await prover.says(known.address, known.line)
    async with request.state.database.unit_of_work() as session:
        noted = await service.note_check(session, user, known.id, shown=shown)
    if not shown:
        raise ProofMissing(
            f"The line that proves the domain is not at {known.address}.",
            action="Put the line there as a file of plain text, without a redirect, and check again.",
        )
    return _answer(noted)


@router.delete("/{email_domain_id}", dependencies=[Depends(confirmed)], status_code=status.HTTP_204_NO_CONTENT)
async def delete_email_domain(email_domain_id: str, user: Writer, session: Unit) -> None:
    """Remove a domain. Who signs in already goes on doing so."""
    await service.remove_domain(session, user, email_domain_id[:64])


def _answer(one: EmailDomain) -> EmailDomainAnswer:
    return EmailDomainAnswer(**asdict(one))
