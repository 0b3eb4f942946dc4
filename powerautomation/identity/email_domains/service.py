"""What can be done with e-mail domains."""

import secrets

from powerautomation.governance import audit
from powerautomation.identity.access import SignedInUser
from powerautomation.identity.email_domains import repository, rules
from powerautomation.identity.email_domains.entities import EmailDomain
from powerautomation.identity.email_domains.errors import EmailDomainInvalid, EmailDomainNotFound, EmailDomainTaken
from powerautomation.identity.email_domains.repository import AsyncSession
from powerautomation.identity.email_domains.tables import EmailDomainRow
from powerautomation.kernel.clock import now
from powerautomation.kernel.ids import new_id
from powerautomation.kernel.principal import Principal


async def owner_of(session: AsyncSession, domain: str) -> str:
    """Return the id of the organization that has proven a domain, or empty."""
    return await repository.find_owner(session, domain) or ""


async def list_domains(session: AsyncSession, actor: SignedInUser) -> list[EmailDomain]:
    """Return the organization's domains, by name."""
    rows = await repository.list_domains(session, actor.principal.organization_id)
    return [domain_of(row) for row in rows]


async def get_domain(session: AsyncSession, actor: SignedInUser, domain_id: str) -> EmailDomain:
    """Return one domain. Raises EmailDomainNotFound."""
    return domain_of(await _found(session, actor, domain_id))


async def add_domain(session: AsyncSession, actor: SignedInUser, entered: str) -> EmailDomain:
    """Add a domain that is still to be proven. Raises EmailDomainInvalid."""
    owner, domain = actor.principal.organization_id, entered.strip().lower().removeprefix("@")
    if not rules.is_provable(domain):
        raise _invalid("This is no domain; enter one such as example.com.")
    if len(await repository.list_domains(session, owner)) >= rules.MOST_DOMAINS:
        raise _invalid(f"There are {rules.MOST_DOMAINS} domains already; remove one first.")
    row = EmailDomainRow(
        id=new_id("emd"),
        organization_id=owner,
        domain=domain,
        token=secrets.token_urlsafe(32),
        proven_at=None,
        checked_at=None,
        missing_since=None,
        created_at=now(),
    )
    if not await repository.insert_domain(session, row):
        raise _invalid("This domain is there already.")
    audit.record(session, actor.principal, "email_domains.create", _target(row))
    return domain_of(row)


async def note_check(session: AsyncSession, actor: SignedInUser, domain_id: str, *, shown: bool) -> EmailDomain:
    """Note whether the domain's web server showed the line: that proves the domain, or ends the proof.

    Raises EmailDomainNotFound, EmailDomainTaken.
    """
    row = await _found(session, actor, domain_id)
    moment, before = now(), row.proven_at
    if not await repository.write_proof(session, row, (before or moment) if shown else None, moment):
        raise EmailDomainTaken(
            "Another organization of this installation has proven this domain.",
            action="Whoever runs the installation can say which, and remove it there.",
        )
    if shown and before is None:
        audit.record(session, actor.principal, "email_domains.prove", _target(row))
    if before is not None and not shown:
        audit.record(session, actor.principal, "email_domains.lapse", _target(row))
    return domain_of(row)


async def note_recheck(session: AsyncSession, row: EmailDomainRow, *, shown: bool) -> None:
    """Note what a check by itself showed of a proven domain: one that is missing is written down once, and stops
    holding after a week."""
    moment = now()
    since = None if shown else row.missing_since or moment
    lapsed = since is not None and moment - since >= rules.LAPSES_AFTER
    if not await repository.note_checked(session, row, moment, missing_since=None if lapsed else since, lapsed=lapsed):
        return
    system = Principal("system", "system", row.organization_id, "System")
    if lapsed:
        audit.record(session, system, "email_domains.lapse", _target(row), reason="It was missing for a week.")
    elif not shown and row.missing_since is None:
        audit.record(session, system, "email_domains.miss", _target(row))


async def remove_domain(session: AsyncSession, actor: SignedInUser, domain_id: str) -> None:
    """Remove a domain: its addresses are nobody's own any more. Raises EmailDomainNotFound."""
    row = await _found(session, actor, domain_id)
    audit.record(session, actor.principal, "email_domains.delete", _target(row))
    await repository.delete_domain(session, row.organization_id, row.id)


def domain_of(row: EmailDomainRow) -> EmailDomain:
    """Return a stored domain as a value."""
    return EmailDomain(
        id=row.id,
        domain=row.domain,
        address=rules.address_of(row.domain),
        line=rules.line_of(row.token),
        proven_at=row.proven_at,
        checked_at=row.checked_at,
        missing_since=row.missing_since,
        lapses_at=None if row.missing_since is None else row.missing_since + rules.LAPSES_AFTER,
        created_at=row.created_at,
    )


async def _found(session: AsyncSession, actor: SignedInUser, domain_id: str) -> EmailDomainRow:
    row = await repository.find_domain(session, actor.principal.organization_id, domain_id)
    if row is None:
        raise EmailDomainNotFound("There is no such e-mail domain in this organization.")
    return row


def _target(row: EmailDomainRow) -> audit.Target:
    return audit.Target("email_domain", row.id, row.domain)


def _invalid(message: str) -> EmailDomainInvalid:
    return EmailDomainInvalid(message, action="Correct the domain.", fields={"domain": message})
