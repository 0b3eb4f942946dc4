"""Who acts."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Principal:
    """Someone or something that acts inside one organization; ``id`` is a user's, key's or job's id. ``owner_id`` is
    whose key it is, by the id of the user; empty for everybody else."""

    kind: Literal["user", "api_key", "system"]
    id: str
    organization_id: str
    name: str
    owner_id: str = ""
