"""Values of looking after roles."""

from dataclasses import dataclass
from typing import Literal

from powerautomation.identity.access import Explanation, Role

Locked = Literal["", "predefined", "yours", "above_you"]


@dataclass(frozen=True, slots=True)
class RoleView:
    """A role as somebody sees it. ``assignable``: who asks may give it; ``locked``: why who asks may not change it,
    empty when it is allowed; ``people``: how many have it, None for who may not see people."""

    role: Role
    assignable: bool
    locked: Locked
    people: int | None


@dataclass(frozen=True, slots=True)
class AccessAnswer:
    """Why a person may do something or may not; ``roles_with`` are the roles that would allow it."""

    user_id: str
    told: Explanation
    roles_with: tuple[Role, ...]
