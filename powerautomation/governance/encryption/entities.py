"""What is sealed, where it belongs, and the keys it is sealed with."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

KeyState = Literal["active", "decrypt_only", "retired"]
KeyChange = Literal["data_key_created", "data_key_activated", "data_key_retired", "master_key_replaced"]
# Key under which a table's column says that it is sealed: ``Column.info[SEALED]`` is its SealedColumn.
SEALED = "sealed"


class Place(NamedTuple):
    """The one place a ciphertext belongs to: it is readable nowhere else."""

    organization_id: str
    table: str
    column: str
    row: tuple[str, ...]

    def as_bytes(self) -> bytes:
        """Return the place as the associated data of the encryption: canonical, so that no two places look alike."""
        return json.dumps(
            [self.organization_id, self.table, self.column, *self.row], ensure_ascii=True, separators=(",", ":")
        ).encode()


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column whose bytes the secret box encrypts. ``row``: the columns that, with ``organization_id``, name a row.

    Declared beside the table: ``content = mapped_column(LargeBinary, info=SEALED_CONTENT.info)``. What is declared is
    what a rotation encrypts again.
    """

    table: str
    column: str
    row: tuple[str, ...] = ("id",)

    @property
    def info(self) -> dict[str, Any]:
        """The annotation of the table's column."""
        return {SEALED: self}

    def place(self, organization_id: str, *row: str) -> Place:
        """Return the place of one row's secret; ``row``: the values of the columns ``row`` names, in that order."""
        if len(row) != len(self.row):
            raise ValueError(f"a row of {self.table} is named by {len(self.row)} values")
        return Place(organization_id, self.table, self.column, row)


@dataclass(frozen=True, slots=True)
class DataKey:
    """What is stored of a data key. ``wrapped`` opens under the master key only. A key without ``activated_at`` was
    published, so that every server can read with it, and writes nothing yet."""

    id: str
    wrapped: bytes
    state: KeyState
    created_at: datetime
    activated_at: datetime | None
    retired_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeyReport:
    """One data key, and how many rows are sealed with it, by ``table.column``."""

    id: str
    state: KeyState
    created_at: datetime
    activated_at: datetime | None
    retired_at: datetime | None
    rows: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EncryptionReport:
    """The keys of an installation, the newest data key first. ``unknown_rows``: sealed with no key that is here;
    ``complete``: every row was counted."""

    master_key: str
    master_key_since: datetime
    data_keys: tuple[KeyReport, ...]
    unknown_rows: int
    complete: bool = True

    @property
    def rotating(self) -> bool:
        """Whether a rotation of the data key began and has not ended."""
        return any(key.state == "decrypt_only" for key in self.data_keys)


@dataclass(frozen=True, slots=True)
class RotationReport:
    """What a rotation of the data key did in this run. ``unreadable``: rows left on the old key, ``table/id``."""

    data_key: str
    rows: int
    retired: tuple[str, ...]
    unreadable: tuple[str, ...]
