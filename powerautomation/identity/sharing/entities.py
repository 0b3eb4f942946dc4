"""What is shared with whom."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ShareLevel = Literal["see", "change"]
GranteeKind = Literal["person", "role", "unit", "organization"]

KINDS: dict[str, GranteeKind] = {"person": "person", "role": "role", "unit": "unit", "organization": "organization"}


@dataclass(frozen=True, slots=True)
class Grantee:
    """With whom something is shared: a person, whoever has a role, whoever belongs to a unit or one below it, by id,
    or the whole organization (no id)."""

    kind: GranteeKind
    id: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """One thing shared with one grantee; who may ``change`` it may see it too."""

    id: str
    resource_kind: str
    resource_id: str
    grantee: Grantee
    grantee_name: str
    level: ShareLevel
    created_by: str
    created_by_name: str
    created_at: datetime
