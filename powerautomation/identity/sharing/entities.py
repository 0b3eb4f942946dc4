"""What is shared with whom."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ShareLevel = Literal["see", "change"]
GranteeKind = Literal["person", "role", "organization"]


@dataclass(frozen=True, slots=True)
class Grantee:
    """With whom something is shared: a person or whoever has a role, by id, or the whole organization (no id)."""

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
