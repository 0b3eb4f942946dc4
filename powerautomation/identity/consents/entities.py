"""Values of consents."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TextDraft:
    """What people are to agree to. ``asked``: whether they are asked when they sign in; ``roles``: the ids of the roles
    whose people are; none means everybody."""

    title: str
    text: str
    roles: tuple[str, ...] = ()
    asked: bool = True


@dataclass(frozen=True, slots=True)
class ConsentText:
    """One version of the text. Title and text of a version never change: who agreed, agreed to that."""

    version: int
    draft: TextDraft
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Consent:
    """Somebody agreed to a version of the text; ``withdrawn_at`` is None while that holds."""

    id: str
    user_id: str
    version: int
    given_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class OwnConsent:
    """What somebody is asked, and was: ``text`` is the newest version, ``needed`` whether an answer is due, ``given``
    the consents of the person, newest first."""

    text: ConsentText | None
    needed: bool
    given: tuple[Consent, ...]
