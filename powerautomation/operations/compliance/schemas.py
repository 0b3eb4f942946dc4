"""Bodies of the compliance report's endpoints."""

from datetime import datetime

from pydantic import BaseModel


class ComplianceSection(BaseModel):
    """One table, in words of the language that was asked for; ``left_out`` rows were too many."""

    id: str
    title: str
    hint: str
    columns: list[str]
    rows: list[list[str]]
    left_out: int


class ComplianceReport(BaseModel):
    """Who may do what, what is old or unused, and what changed."""

    organization_id: str
    organization: str
    language: str
    title: str
    note: str
    generated_at: datetime
    since: datetime
    until: datetime
    dormant_days: int
    sections: list[ComplianceSection]
