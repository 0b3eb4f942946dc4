"""Every table the code declares, whichever domains this process has loaded."""

import importlib
from functools import cache
from pathlib import Path

from sqlalchemy import MetaData

import powerautomation
from powerautomation.infrastructure.database.base import Base


@cache
def declared_metadata() -> MetaData:
    """Return the tables of every domain, by importing every ``tables`` module of the package, once."""
    package = Path(powerautomation.__file__).parent
    for file in sorted(package.rglob("tables.py")):
        importlib.import_module(".".join(("powerautomation", *file.relative_to(package).with_suffix("").parts)))
    return Base.metadata
