"""Looking again, once a day, whether the proof of a domain still stands."""

import asyncio

import structlog

from powerautomation.identity.email_domains import repository, rules, service
from powerautomation.identity.email_domains.errors import ProofUnreachable
from powerautomation.identity.email_domains.ports import DomainProver
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.clock import now
from powerautomation.kernel.errors import Problem

PASS_SECONDS = 3600.0
AT_ONCE = 100
_log = structlog.get_logger("email_domains")


async def recheck_domains_for_ever(database: Database, prover: DomainProver) -> None:
    """Look every hour for domains whose proof was last read a day ago. Replicas may do the same at once."""
    while True:
        await asyncio.sleep(PASS_SECONDS)
        try:
            await recheck_domains(database, prover)
        except Problem as problem:
            _log.warning("email_domains.not_checked", code=problem.code, reason=problem.message)
        except Exception:
            # Whatever one pass meets, the next one is made.
            _log.exception("email_domains.not_checked")


async def recheck_domains(database: Database, prover: DomainProver) -> int:
    """Look again at the domains that are due, at most 100; return how many were looked at."""
    async with database.read() as session:
        due = await repository.list_due(session, now() - rules.CHECKED_EVERY, AT_ONCE)
    for row in due:
        try:
            shown = await prover.says(rules.address_of(row.domain), rules.line_of(row.token))
        except ProofUnreachable as problem:
            _log.warning("email_domains.not_reached", domain=row.domain, reason=problem.message)
            shown = False
        async with database.unit_of_work() as session:
            await service.note_recheck(session, row, shown=shown)
    return len(due)
