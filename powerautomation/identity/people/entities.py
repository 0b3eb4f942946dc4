"""Values of looking after people."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from powerautomation.identity.access import Role
from powerautomation.identity.users import User

Locked = Literal["", "yourself", "above_you"]
LineResult = Literal["invited", "changed", "unchanged", "refused"]


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person as an administrator sees one.

    ``last_seen_at`` is None when it is not known; ``invited_until`` is when a waiting invitation ends, else None;
    ``locked`` says why who asks may not change the person, empty when it is allowed.
    """

    user: User
    last_seen_at: datetime | None
    invited_until: datetime | None
    live_keys: int
    locked: Locked
    role: Role
    owner_name: str = ""


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody just invited. ``token`` is in this answer and nowhere else."""

    user: User
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One line of an imported file; ``number`` counts the file's lines from 1, the heading included; ``unit`` is the
    path of a unit, empty where the line says nothing of one."""

    number: int
    name: str
    email: str
    role: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class LineReport:
    """What came of one imported line; ``token`` is the invitation's, ``code`` and ``message`` a refusal's."""

    line: PersonLine
    result: LineResult
    token: str = ""
    code: str = ""
    message: str = ""
