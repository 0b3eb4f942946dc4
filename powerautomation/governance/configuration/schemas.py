"""Bodies of the endpoints of the history of settings."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Environment = Literal["development", "staging", "production"]
Words = Annotated[str | None, Field(max_length=2000)]


class ConfigurationDifference(BaseModel):
    """One place in which two states differ, named as in ``rules.0.when.role``; null where there was nothing, or is
    nothing any more. A secret is a digest."""

    path: str
    before: Any
    after: Any


class ConfigurationVersion(BaseModel):
    """One version of a setting: who changed it, when, why, and what. ``exists``: it was not deleted by this change;
    ``restored_from``: the version it was put back to; ``restorable``: who asks may put it back."""

    id: str
    kind: str
    object_id: str
    object_name: str
    number: int
    exists: bool
    author_kind: str
    author_id: str
    author_name: str
    action: str
    event_id: str
    reason: str
    approved_by: str
    restored_from: int | None
    restorable: bool
    at: datetime
    differences: list[ConfigurationDifference]


class ConfigurationVersionDetail(ConfigurationVersion):
    """One version with the whole state, null where it was deleted; ``since`` is what differs between now and then."""

    state: dict[str, Any] | None
    since: list[ConfigurationDifference]


class ConfigurationVersionList(BaseModel):
    """Versions, newest first. ``kinds`` are those who asks may see."""

    environment: Environment
    kinds: list[str]
    items: list[ConfigurationVersion]
    next_cursor: str | None


class RestoreBody(BaseModel):
    """Why a setting is put back."""

    model_config = ConfigDict(extra="forbid")

    reason: Words = None


class RestoreAnswer(BaseModel):
    """The id of what was put back: a new one where it had to be made again."""

    kind: str
    object_id: str


class ApprovalPolicy(BaseModel):
    """For which kinds of settings a change needs a second person, and whether in production alone."""

    model_config = ConfigDict(extra="forbid")

    kinds: list[Annotated[str, Field(max_length=40)]] = Field(max_length=50)
    only_in_production: bool


class ProposalStep(BaseModel):
    """One setting a proposal changes."""

    kind: str
    object_id: str
    name: str
    differences: list[ConfigurationDifference]


class ConfigurationProposal(BaseModel):
    """A change that waits for a second person, or did. ``own``: who asks proposed it; ``decidable``: who asks may
    approve or reject it."""

    id: str
    state: Literal["open", "approved", "rejected", "withdrawn", "expired"]
    author_name: str
    action: str
    reason: str
    at: datetime
    expires_at: datetime
    decided_by: str
    decided_at: datetime | None
    decision: str
    own: bool
    decidable: bool
    steps: list[ProposalStep]


class ConfigurationProposalList(BaseModel):
    """Proposals, newest first, at most 200."""

    items: list[ConfigurationProposal]


class DecisionBody(BaseModel):
    """What is said with a decision."""

    model_config = ConfigDict(extra="forbid")

    words: Words = None


class ConfigurationDocument(BaseModel):
    """Settings without secrets, by kind, as ``GET /api/v1/configuration/export`` gives them."""

    model_config = ConfigDict(extra="allow")

    format: str
    environment: str
    settings: dict[str, list[dict[str, Any]]]


class ImportBody(BaseModel):
    """A document to bring here. With ``dry_run`` nothing is changed."""

    model_config = ConfigDict(extra="forbid")

    document: ConfigurationDocument
    dry_run: bool
    reason: Words = None


class ImportedSetting(BaseModel):
    """What becomes of one setting. ``secret_needed``: it is not here and needs a secret, so it is left out."""

    kind: str
    name: str
    effect: Literal["create", "update", "same", "secret_needed"]
    differences: list[ConfigurationDifference]


class ImportAnswer(BaseModel):
    """What an import did, or would do."""

    dry_run: bool
    items: list[ImportedSetting]
