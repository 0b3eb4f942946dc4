"""Every sealed column of every domain, as the tables declare them."""

from powerautomation.governance.encryption import SEALED, SealedColumn
from powerautomation.infrastructure.database import declared_metadata


def sealed_columns() -> list[SealedColumn]:
    """Return the sealed columns of all tables, sorted by table, whichever domains are loaded."""
    # A domain that this process does not use has rows too: none may stay on an old key.
    return [
        column.info[SEALED]
        for table in declared_metadata().sorted_tables
        for column in table.c
        if SEALED in column.info
    ]
