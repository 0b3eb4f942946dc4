"""What a table says of its columns about people: what is personal, why it is there, and whose row it is.

The register of personal data (docs/reference/personal-data.md) and the export of a person's data are made from these.
"""

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["name", "address", "device", "activity", "text", "content", "secret"]

# Keys of ``Column.info``.
PERSONAL = "personal"
PERSON = "person"


@dataclass(frozen=True, slots=True)
class Personal:
    """Why a column holds something of a person, and for how long. A ``secret`` is never exported."""

    kind: Kind
    purpose: str
    kept: str


def personal(kind: Kind, purpose: str, kept: str) -> dict[str, Any]:
    """Annotate a column that holds something of a person."""
    return {PERSONAL: Personal(kind, purpose, kept)}


def whose(*, key: bool = False, account: bool = False) -> dict[str, Any]:
    """Annotate the column that says whose row it is: by a person's id; with ``key``, by the id of a gateway key of the
    person; with ``account``, by the id of the account with which the person signs in."""
    if account:
        return {PERSON: "account"}
    return {PERSON: "api_key" if key else "user"}
