"""What a table says of its columns about people: what is personal, why it is there, whose row it is, and what becomes
of it when the person is erased.

The register of personal data (docs/reference/personal-data.md), the export of a person's data and the erasure of a
person are made from these.
"""

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["name", "address", "device", "activity", "text", "content", "secret"]

# What erasing a person does to the rows that a column says are the person's: they are deleted; they stay, and their
# columns are emptied as each says; they stay as they are; what is sealed in them loses its key.
RowErasure = Literal["delete", "blank", "keep", "shred"]
# What it does to a column of a row that stays.
ColumnErasure = Literal["blank", "keep", "shred"]

# How a person is found by a column: by the person's id, by the id of a gateway key the person made, or by either.
Found = Literal["user", "api_key", "either", "account"]

# Why who made something stays written at it.
MADE_FOR_THE_ORGANIZATION = "what was made is the organization's; the id leads to nobody any more"

# Keys of ``Column.info``.
PERSONAL = "personal"
PERSON = "person"


@dataclass(frozen=True, slots=True)
class Personal:
    """Why a column holds something of a person, and for how long. A ``secret`` is never exported. ``erasure`` is None
    where the column goes with its row; what is kept says why in ``because``."""

    kind: Kind
    purpose: str
    kept: str
    erasure: ColumnErasure | None = None
    because: str = ""


@dataclass(frozen=True, slots=True)
class Whose:
    """How a column tells whose row it is, and what becomes of the row when that person is erased. What stays says why
    in ``because``."""

    found: Found
    erasure: RowErasure | None
    because: str = ""


def personal(
    kind: Kind, purpose: str, kept: str, erasure: ColumnErasure | None = None, because: str = ""
) -> dict[str, Any]:
    """Annotate a column that holds something of a person. ``erasure`` is needed where rows outlive the person."""
    return {PERSONAL: Personal(kind, purpose, kept, erasure, because)}


def whose(
    erasure: RowErasure | None = None,
    because: str = "",
    *,
    key: bool = False,
    either: bool = False,
    account: bool = False,
) -> dict[str, Any]:
    """Annotate the column that says whose row it is: by a person's id; with ``key`` by the id of a gateway key that the
    person made; with ``either`` by one or the other; with ``account`` by the id of the account with which the
    person signs in, whose rows go with the last person it is."""
    found: Found = "account" if account else "either" if either else "api_key" if key else "user"
    return {PERSON: Whose(found, erasure, because)}
