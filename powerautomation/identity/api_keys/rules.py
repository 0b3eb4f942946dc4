"""What a gateway key looks like and how it is recognised."""

import hmac
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from powerautomation.identity.access import PERMISSIONS
from powerautomation.identity.api_keys.entities import DOORS, GATEWAY, KeyState
from powerautomation.identity.api_keys.errors import ApiKeyInvalid, KeyAboveYours

PREFIX = "pa_"
HINT_CHARACTERS = 4
LONGEST_NAME = 100
LONGEST_LABEL = 100
MOST_TAGS = 20
LONGEST_LIFE = timedelta(days=36525)
MOST_LIVE_KEYS = 1000
LONGEST_PATTERN = 200
MOST_PATTERNS = 100
MOST_LISTED_ENDED_KEYS = 200
LONGEST_OVERLAP = timedelta(days=30)
WARNED_BEFORE = timedelta(days=14)


def hmac_of(secret: bytes, token: str | bytes) -> bytes:
    """Return what is stored and looked up instead of a key: HMAC-SHA256, 32 bytes."""
    return hmac.digest(secret, token.encode() if isinstance(token, str) else token, "sha256")


def hint_of(token: str) -> str:
    """Return the end of a key, by which a person recognises it."""
    return token[-HINT_CHARACTERS:]


def cleaned_name(text: str) -> str:
    """Return a key's name on one line; raises ApiKeyInvalid."""
    name = unicodedata.normalize("NFC", text).strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise ApiKeyInvalid(
            f"A key's name has 1 to {LONGEST_NAME} visible characters on one line.",
            action="Choose a name that says who or what uses the key.",
            fields={"name": f"1 to {LONGEST_NAME} visible characters."},
        )
    return name


def checked_patterns(patterns: tuple[str, ...]) -> list[str] | None:
    """Return the patterns a new key's models must match, None for all models; raises ApiKeyInvalid."""
    for pattern in patterns:
        if not pattern.strip() or not pattern.isprintable() or len(pattern) > LONGEST_PATTERN:
            raise ApiKeyInvalid(
                "A pattern over models has 1 to 200 visible characters.",
                action="Write names of models, with * and ? where any characters may stand.",
                fields={"allowed_models": "1 to 200 visible characters each."},
            )
    if len(patterns) > MOST_PATTERNS:
        raise ApiKeyInvalid(f"A key may have {MOST_PATTERNS} patterns over models at most.")
    return list(dict.fromkeys(pattern.strip() for pattern in patterns)) or None


def cleaned_project(text: str) -> str:
    """Return the project a key belongs to, on one line; empty for none. Raises ApiKeyInvalid."""
    return _cleaned_label(text, "project")


def cleaned_tags(texts: Sequence[str]) -> list[str]:
    """Return a key's tags, each once, in the order given. Raises ApiKeyInvalid."""
    tags = dict.fromkeys(tag for text in texts if (tag := _cleaned_label(text, "tags")))
    if len(tags) > MOST_TAGS:
        raise ApiKeyInvalid(
            f"A key has at most {MOST_TAGS} tags.", action="Leave some out.", fields={"tags": f"At most {MOST_TAGS}."}
        )
    return list(tags)


def _cleaned_label(text: str, field: str) -> str:
    label = unicodedata.normalize("NFC", text).strip()
    if len(label) > LONGEST_LABEL or not label.isprintable():
        raise ApiKeyInvalid(
            f"A key's {field} has at most {LONGEST_LABEL} visible characters on one line.",
            action="Choose a shorter one.",
            fields={field: f"At most {LONGEST_LABEL} visible characters."},
        )
    return label


def checked_scopes(scopes: Iterable[str], permissions: frozenset[str]) -> list[str] | None:
    """Return what a new key opens, None for the whole gateway and nothing else.

    permissions: of who makes it. Raises ApiKeyInvalid for a scope that does not exist, KeyAboveYours for a permission
    that the maker does not have.
    """
    asked = sorted(set(scopes))
    for scope in asked:
        door = scope.removeprefix(f"{GATEWAY}:")
        if scope != GATEWAY and scope not in PERMISSIONS and (door == scope or door not in DOORS):
            raise ApiKeyInvalid(
                f"There is no scope {scope[:100]}.",
                action=f"Choose gateway, gateway:{', gateway:'.join(DOORS)}, or permissions of GET /api/v1/roles.",
                fields={"scopes": f"There is no scope {scope[:100]}."},
            )
    check_not_above(asked, permissions)
    return None if asked in ([], [GATEWAY]) else asked


def permissions_in(scopes: Iterable[str] | None) -> frozenset[str]:
    """Return the permissions of the control API among a key's scopes."""
    return frozenset(scopes or ()) & frozenset(PERMISSIONS)


def doors_in(scopes: Sequence[str] | None) -> frozenset[str] | None:
    """Return the doors of the gateway that a key opens, None for all."""
    if not scopes or GATEWAY in scopes:
        return None
    return frozenset(scope.partition(":")[2] for scope in scopes if scope.startswith(f"{GATEWAY}:"))


def check_not_above(scopes: Iterable[str] | None, permissions: frozenset[str]) -> None:
    """Raise KeyAboveYours when a key opens more of the control API than somebody with these permissions may."""
    excess = sorted(permissions_in(scopes) - permissions)
    if excess:
        raise KeyAboveYours(
            f"The key would be given {excess[0]}, which you do not have: {PERMISSIONS[excess[0]]}",
            action="Leave it out, or ask somebody who has it.",
            fields={"scopes": f"You do not have {excess[0]}."},
        )


def state_of(moment: datetime, expires_at: datetime | None, revoked_at: datetime | None) -> KeyState:
    """Return whether a key works; one that ends within two weeks is ``expiring``."""
    if revoked_at is not None:
        return "revoked"
    if expires_at is None:
        return "live"
    return "expired" if expires_at <= moment else "expiring" if expires_at <= moment + WARNED_BEFORE else "live"


def checked_overlap(seconds: int) -> timedelta:
    """Return how long a rotated key's old secret goes on working; raises ApiKeyInvalid."""
    overlap = timedelta(seconds=seconds)
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise ApiKeyInvalid(
            "The old secret works for 30 days at most.",
            action="Choose a shorter time; 0 ends it at once.",
            fields={"overlap_seconds": "0 to 2592000."},
        )
    return overlap


def checked_end(expires_at: datetime | None, moment: datetime) -> datetime | None:
    """Return the moment a new key ends; raises ApiKeyInvalid when that has passed, or nobody will live to see it."""
    if expires_at is not None and expires_at <= moment:
        raise ApiKeyInvalid(
            "The key would have expired already.",
            action="Choose a moment in the future, or none.",
            fields={"expires_at": "This moment has passed."},
        )
    if expires_at is not None and expires_at > moment + LONGEST_LIFE:
        raise ApiKeyInvalid(
            "A key may live a hundred years at most.",
            action="Choose an earlier moment, or none for a key without end.",
            fields={"expires_at": "At most a hundred years from now."},
        )
    return expires_at


def display_name_of(kind: str, principal_id: str, user_names: dict[str, str]) -> str:
    """Return what to call who made a key; empty for a person who is gone."""
    if kind == "user":
        return user_names.get(principal_id, "")
    return "Command line" if kind == "system" else principal_id
