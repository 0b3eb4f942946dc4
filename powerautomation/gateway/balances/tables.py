"""What providers said of the accounts an organization has with them."""

from sqlalchemy import BigInteger, Boolean, Float, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import Base


class BalanceRow(Base):
    """One answer: what could be spent in one currency at a moment. Money in nanos."""

    __tablename__ = "balances"

    organization_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    provider: Mapped[str] = mapped_column(String(100), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    told_ms: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    available_nanos: Mapped[int] = mapped_column(BigInteger)


class BalanceQuestionRow(Base):
    """The latest question to a provider: when it was asked (0: never) and how it went. ``low`` was announced.
    ``low_nanos`` and ``low_days`` are what the organization wants to be told below; None: what holds everywhere."""

    __tablename__ = "balance_questions"

    organization_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    provider: Mapped[str] = mapped_column(String(100), primary_key=True)
    asked_ms: Mapped[int] = mapped_column(BigInteger)
    code: Mapped[str] = mapped_column(String(20))
    status: Mapped[int] = mapped_column(Integer)
    low: Mapped[bool] = mapped_column(Boolean)
    low_nanos: Mapped[int | None] = mapped_column(BigInteger)
    low_days: Mapped[float | None] = mapped_column(Float)
