"""Owns the audit log: who did what, as whom, from where, to what, and what was refused.

A use case calls ``record`` in its unit of work; the event is committed with the change or neither is. Each
organization's events are a chain: every event holds the hash of the one before it, so that an edited, missing, moved or
cut-off event is found by ``powerautomation audit verify``, which needs nothing of this package.
"""

from powerautomation.governance.audit.allowance import Allowance
from powerautomation.governance.audit.entities import Actor, AuditEvent, Filters, Head, NewEvent, Origin, Target
from powerautomation.governance.audit.errors import CursorInvalid, SigningKeyInvalid
from powerautomation.governance.audit.frame import AuditFrame
from powerautomation.governance.audit.heads import Signer, find_signer, heads_file, newest_signed
from powerautomation.governance.audit.jobs import HeadKeeper, RetentionKeeper
from powerautomation.governance.audit.origins import (
    Cause,
    because,
    note_attempt,
    present_cause,
    present_person,
    serving,
)
from powerautomation.governance.audit.retention import forget_chain, make_months
from powerautomation.governance.audit.routes import make_router
from powerautomation.governance.audit.rules import export_line
from powerautomation.governance.audit.service import (
    LISTENERS,
    export_chain,
    list_heads,
    list_next,
    open_signer,
    own_parts,
    record,
    record_stranger,
    sealed_secret,
    search_events,
    shred_person,
)

__all__ = [
    "LISTENERS",
    "Actor",
    "Allowance",
    "AuditEvent",
    "AuditFrame",
    "Cause",
    "CursorInvalid",
    "Filters",
    "Head",
    "HeadKeeper",
    "NewEvent",
    "Origin",
    "RetentionKeeper",
    "Signer",
    "SigningKeyInvalid",
    "Target",
    "because",
    "export_chain",
    "export_line",
    "find_signer",
    "forget_chain",
    "heads_file",
    "list_heads",
    "list_next",
    "make_months",
    "make_router",
    "newest_signed",
    "note_attempt",
    "open_signer",
    "own_parts",
    "present_cause",
    "present_person",
    "record",
    "record_stranger",
    "sealed_secret",
    "search_events",
    "serving",
    "shred_person",
]
