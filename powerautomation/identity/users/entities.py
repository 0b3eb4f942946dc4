"""A person, as other domains see one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

UserKind = Literal["person", "service"]
UserState = Literal["invited", "active", "inactive"]


@dataclass(frozen=True, slots=True)
class User:
    """One person of one organization, without secrets.

    ``email`` and ``locale`` are empty until chosen. ``account_id`` is what the person signs in with, and
    ``sign_in_email`` its address, empty for a service account; ``is_shared``: the account is of several organizations.
    ``password_set_at`` also serves as the password's version: whoever
    checked a password compares it before acting on the result. ``accepted_at`` is None while an invitation waits.
    A service account (``kind``) has keys and no way to sign in; ``owner_id`` is the person who answers for it.
    """

    id: str
    organization_id: str
    email: str
    name: str
    role: str
    locale: str
    password_set_at: datetime | None
    is_disabled: bool
    created_at: datetime
    accepted_at: datetime | None
    deleted_at: datetime | None
    kind: UserKind = "person"
    owner_id: str = ""
    account_id: str = ""
    sign_in_email: str = ""
    is_shared: bool = False

    @property
    def state(self) -> UserState:
        """Return how things stand with the person."""
        if self.is_disabled:
            return "inactive"
        return "active" if self.accepted_at is not None else "invited"

    @property
    def has_password(self) -> bool:
        """Say whether the person can sign in with a password."""
        return self.password_set_at is not None
