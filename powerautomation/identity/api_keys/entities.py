"""Gateway keys, as other domains see them."""

from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Literal

import msgspec

# The doors of the gateway that a key may be held to, and the one that all of those share.
DOORS = ("messages", "chat", "responses", "embeddings", "gemini", "files", "ratings")
MODELS = "models"
# The scope for the whole gateway; "gateway:chat" is one door of it, "usage:read" a permission of the control API.
GATEWAY = "gateway"
KeyState = Literal["live", "expiring", "expired", "revoked"]


@dataclass(frozen=True, slots=True)
class PreviousSecret:
    """What a rotated key was before: it works beside the new one until ``expires_at``."""

    hint: str
    expires_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One gateway key, without the key. ``hint`` are its last four characters; ``allowed_models`` are patterns over the
    models it may ask for, none for all; ``scopes`` are what it opens; ``state`` says whether it works, and whether it
    ends soon; ``previous`` is the secret before the last rotation while it still works."""

    id: str
    organization_id: str
    name: str
    hint: str
    created_at: datetime
    created_by_name: str
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    created_by: str = ""
    project: str = ""
    tags: tuple[str, ...] = ()
    allowed_models: tuple[str, ...] = ()
    scopes: tuple[str, ...] = (GATEWAY,)
    state: KeyState = "live"
    previous: PreviousSecret | None = None


@dataclass(frozen=True, slots=True)
class CreatedApiKey:
    """A gateway key just made. ``token`` is the key itself: it is known now and never again."""

    key: ApiKey
    token: str


class ApiKeyRecord(msgspec.Struct, frozen=True):
    """What the data plane holds in memory for each live key. ``expires_at_ms`` are milliseconds since the epoch.

    ``created_by`` is the person the key belongs to; the ledger keeps it, ``project`` and ``tags`` with each request.
    ``doors`` are the doors of the gateway it opens, None for all. ``is_previous``: this is the secret from before a
    rotation. ``units`` are the person's primary unit and those above it, ``unit_models`` the patterns over models that
    hold there, none for all.
    """

    id: str
    organization_id: str
    name: str
    token_hmac: bytes
    expires_at_ms: int | None = None
    created_by: str = ""
    project: str = ""
    tags: tuple[str, ...] = ()
    allowed_models: tuple[str, ...] = ()
    doors: frozenset[str] | None = None
    is_previous: bool = False
    units: tuple[str, ...] = ()
    unit_models: tuple[str, ...] = ()

    def may_enter(self, door: str) -> bool:
        """Say whether the key opens a door of the gateway; every key that opens one sees the list of models."""
        return self.doors is None or door in self.doors or (door == MODELS and bool(self.doors))

    def may_ask_for(self, model: str) -> bool:
        """Say whether the key may ask for a model of this name."""
        return all(
            not patterns or any(fnmatchcase(model, pattern) for pattern in patterns)
            for patterns in (self.allowed_models, self.unit_models)
        )
