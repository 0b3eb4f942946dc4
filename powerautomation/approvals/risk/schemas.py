"""Bodies and answers of the endpoints of approval rules."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

LevelName = Literal["SAFE", "LOW", "MEDIUM", "HIGH", "CRITICAL"]
_Pattern = Field(default=None, max_length=20)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ApprovalNeedsBody(_Body):
    """What a yes needs more than the level says."""

    mode: Literal["", "automatic", "simple", "detailed", "expert"] | None = None
    timeout_seconds: int | None = None
    approver_role: str | None = Field(default=None, max_length=64)
    reason_required: bool | None = None
    second_person: bool | None = None


class ApprovalRuleBody(_Body):
    """One rule: what it is about, and what it does."""

    name: str = Field(max_length=100)
    summary: str | None = Field(default=None, max_length=500)
    enabled: bool | None = None
    tools: list[str] | None = _Pattern
    agents: list[str] | None = _Pattern
    command: str | None = Field(default=None, max_length=300)
    paths: list[str] | None = _Pattern
    hosts: list[str] | None = _Pattern
    raises: bool | None = None
    level: Literal["", "SAFE", "LOW", "MEDIUM", "HIGH", "CRITICAL"] | None = None
    lowers: list[str] | None = _Pattern
    needs: ApprovalNeedsBody | None = None


class ApprovalCaseBody(_Body):
    """A saved test: this must be judged so."""

    name: str = Field(max_length=200)
    level: Literal["SAFE", "LOW", "MEDIUM", "HIGH", "CRITICAL", "DENY"]
    command: str | None = Field(default=None, max_length=16_000)
    tool: str | None = Field(default=None, max_length=200)
    arguments: dict[str, Any] | None = None
    at_least: bool | None = None


class ApprovalRulesBody(_Body):
    """All own rules."""

    rules: list[ApprovalRuleBody] = Field(max_length=100)
    cases: list[ApprovalCaseBody] = Field(max_length=200)
    levels: dict[LevelName, ApprovalNeedsBody] | None = None


class ApprovalRulesPut(ApprovalRulesBody):
    """Own rules in place of those with this revision."""

    revision: int | None = None


class ApprovalTryBody(_Body):
    """What would this be? ``draft``: by these own rules instead of those there are."""

    tool: str | None = Field(default=None, max_length=200)
    command: str | None = Field(default=None, max_length=100_000)
    arguments: dict[str, Any] | None = None
    cwd: str | None = Field(default=None, max_length=1000)
    home: str | None = Field(default=None, max_length=1000)
    agent: str | None = Field(default=None, max_length=100)
    draft: ApprovalRulesBody | None = None


class RiskReasonAnswer(BaseModel):
    """One thing that counts: its code and values, the level it asks for, and the rule."""

    code: str
    values: list[str]
    level: LevelName
    rule: str


class RiskTouchAnswer(BaseModel):
    """Something that is reached."""

    kind: str
    name: str
    how: str
    zone: str


class RiskCommandAnswer(BaseModel):
    """A parsed command that would run, and how deep inside others."""

    depth: int
    words: list[str]


class RiskDemandAnswer(BaseModel):
    """What a yes needs."""

    mode: str
    timeout_seconds: int
    approver_role: str
    reason_required: bool
    second_person: bool


class ApprovalCaseResultAnswer(BaseModel):
    """How a saved test case is judged."""

    name: str
    right: bool
    level: LevelName
    denied: bool


class RiskAnswer(BaseModel):
    """How risky an action is, and why."""

    level: LevelName
    denied: bool
    reversible: bool | None
    reasons: list[RiskReasonAnswer]
    touches: list[RiskTouchAnswer]
    commands: list[RiskCommandAnswer]
    demand: RiskDemandAnswer
    version: str


class ApprovalTryAnswer(BaseModel):
    """What it would be, and how the saved test cases are judged by the same rules."""

    assessment: RiskAnswer | None
    cases: list[ApprovalCaseResultAnswer]


class ApprovalRuleAnswer(BaseModel):
    """One rule of the organization."""

    name: str
    summary: str
    enabled: bool
    tools: list[str]
    agents: list[str]
    command: str
    paths: list[str]
    hosts: list[str]
    raises: bool
    level: str
    lowers: list[str]
    needs: RiskDemandAnswer


class ApprovalCaseAnswer(BaseModel):
    """One saved test case."""

    name: str
    level: str
    command: str
    tool: str
    arguments: dict[str, Any]
    at_least: bool


class ApprovalRulesAnswer(BaseModel):
    """The rules: those of the organization, what each level needs, and what nobody lowers."""

    version: str
    shipped: str
    revision: int
    rules: list[ApprovalRuleAnswer]
    cases: list[ApprovalCaseAnswer]
    results: list[ApprovalCaseResultAnswer]
    levels: dict[LevelName, RiskDemandAnswer]
    own_levels: dict[LevelName, RiskDemandAnswer]
    floors: dict[LevelName, LevelName]
    fixed: list[str]
