"""What the doctor looks at."""

from collections.abc import Sequence
from dataclasses import dataclass

from powerautomation.gateway.providers import Provider
from powerautomation.infrastructure.database import Database
from powerautomation.infrastructure.settings import Settings


@dataclass(frozen=True, slots=True)
class Installation:
    """What is examined. ``database`` is the running server's; None on the command line, where it is opened for the
    check. ``serving`` means the checks run inside the server, which holds its own port. ``organization_id`` is
    whose ledger is looked at; None for all of them, on the command line."""

    settings: Settings
    providers: Sequence[Provider]
    database: Database | None = None
    serving: bool = False
    organization_id: str | None = None
