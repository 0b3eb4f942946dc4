"""Gateway keys, as other domains see them."""

from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

import msgspec


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One gateway key, without the key. ``hint`` are its last four characters; ``allowed_models`` are patterns over the
    models it may ask for, none for all."""

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


@dataclass(frozen=True, slots=True)
class CreatedApiKey:
    """A gateway key just made. ``token`` is the key itself: it is known now and never again."""

    key: ApiKey
    token: str


class ApiKeyRecord(msgspec.Struct, frozen=True):
    """What the data plane holds in memory for each live key. ``expires_at_ms`` are milliseconds since the epoch.

    ``created_by`` is the person the key belongs to; the ledger keeps it, ``project`` and ``tags`` with each request.
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

    def may_ask_for(self, model: str) -> bool:
        """Say whether the key may ask for a model of this name."""
        return not self.allowed_models or any(fnmatchcase(model, pattern) for pattern in self.allowed_models)
