"""Values of feature flags, and of what an evaluation says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

Environment = Literal["development", "staging", "production"]
Kind = Literal["boolean", "string", "number", "object"]
# https://openfeature.dev/specification/types#resolution-reason (November 2026)
Reason = Literal["STATIC", "TARGETING_MATCH", "SPLIT", "DISABLED", "DEFAULT", "ERROR"]
# https://openfeature.dev/specification/types#error-code (November 2026)
ErrorCode = Literal["FLAG_NOT_FOUND", "TYPE_MISMATCH", "TARGETING_KEY_MISSING", "INVALID_CONTEXT", "GENERAL"]
ENVIRONMENTS: tuple[Environment, ...] = ("development", "staging", "production")


@dataclass(frozen=True, slots=True)
class Share:
    """One part of a percentage rollout: ``percent`` of 100, with at most three decimals."""

    variant: str
    percent: float


@dataclass(frozen=True, slots=True)
class Rule:
    """Whom something is served. Every attribute of ``when`` must have one of its values; none matches everybody.

    It serves ``variant``, or, where ``shares`` are given, each of them to its percentage; whoever is in none of them
    goes on to the next rule.
    """

    when: Mapping[str, frozenset[str]]
    variant: str = ""
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True, slots=True)
class Targeting:
    """What a flag does in one environment. ``is_on`` is the kill switch; ``variant`` is served when no rule takes."""

    is_on: bool
    variant: str
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag of an organization, or of every one where ``shared``. ``expires_on`` is the day from which it should be
    gone: it goes on evaluating, and people are told."""

    organization_id: str
    key: str
    description: str
    kind: Kind
    variants: Mapping[str, Any]
    off_variant: str
    salt: str
    owner_id: str
    expires_on: date | None
    shared: bool
    built_in: bool
    environments: Mapping[Environment, Targeting]
    revision: int = 1
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """Whom a flag is evaluated for. ``targeting_key`` is who stays in one part of a rollout; ``attributes`` are other
    facts by name, such as ``organization``, ``edition``, ``person``, ``email`` and ``role``."""

    targeting_key: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What somebody gets and why. ``rule`` counts from 1, None where no rule decided. ``value`` is None after an error,
    where the caller's own default stands."""

    key: str
    value: Any
    variant: str
    reason: Reason
    error_code: ErrorCode | None = None
    error_details: str = ""
    rule: int | None = None
