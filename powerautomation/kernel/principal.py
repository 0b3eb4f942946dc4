"""Who acts."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Principal:
    """Someone or something that acts inside one organization; ``id`` is a user's, key's or job's id."""

    kind: Literal["user", "api_key", "system"]
    id: str
    organization_id: str
    name: str
