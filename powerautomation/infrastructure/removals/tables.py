"""What jobs removed. Of the installation as a whole: the jobs work for every organization at once."""

from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import BigInteger, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import Base

# The rules that a job of the server carries out.
Rule = Literal["audit", "people", "organizations", "providers", "files", "responses", "thoughts", "outbox"]


class Removal(NamedTuple):
    """How a rule fares. ``removed`` rows went in the last run, ``total`` since the first one; ``failure`` is the error
    code of the last run, empty when it went well."""

    rule: str
    ran_at: datetime | None
    removed: int
    total: int
    every_seconds: int
    failed_at: datetime | None
    failure: str


class RemovalRow(Base):
    """One rule, as :class:`Removal` says."""

    __tablename__ = "removals"

    rule: Mapped[str] = mapped_column(String(40), primary_key=True)
    ran_at: Mapped[datetime | None]
    removed: Mapped[int] = mapped_column(BigInteger)
    total: Mapped[int] = mapped_column(BigInteger)
    every_seconds: Mapped[int] = mapped_column(Integer)
    failed_at: Mapped[datetime | None]
    failure: Mapped[str] = mapped_column(String(100))
