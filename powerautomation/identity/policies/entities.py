"""What people see of policies."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class PolicyView:
    """A policy as it is now. ``version`` counts its changes from 1; ``changed_by`` is a person's id, empty for the
    command line."""

    id: str
    name: str
    summary: str
    effect: Literal["permit", "forbid"]
    text: str
    enabled: bool
    version: int
    changed_by: str
    changed_by_name: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A policy as it was from ``changed_at`` on."""

    version: int
    name: str
    summary: str
    text: str
    enabled: bool
    changed_by: str
    changed_by_name: str
    changed_at: datetime
