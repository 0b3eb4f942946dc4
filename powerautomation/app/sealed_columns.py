"""Every sealed column of every domain, as the tables declare them."""

import importlib
from pathlib import Path

import powerautomation
from powerautomation.governance.encryption import SEALED, SealedColumn
from powerautomation.infrastructure.database import Base


def sealed_columns() -> list[SealedColumn]:
    """Return the sealed columns of all tables, sorted by table, whichever domains are loaded."""
    package = Path(powerautomation.__file__).parent
    # A domain that this process does not use has rows too: none may stay on an old key.
    for file in sorted(package.rglob("tables.py")):
        importlib.import_module(".".join(("powerautomation", *file.relative_to(package).with_suffix("").parts)))
    return [column.info[SEALED] for table in Base.metadata.sorted_tables for column in table.c if SEALED in column.info]
