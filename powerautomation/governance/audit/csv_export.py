"""Events as a table for spreadsheets. For proof there is the JSON export: a table has no canonical form."""

import csv
import io
import json

from powerautomation.governance.audit.entities import AuditEvent
from powerautomation.governance.audit.rules import moment_text

COLUMNS = (
    "sequence", "occurred_at", "action", "outcome", "actor_kind", "actor_id", "actor_name", "on_behalf_of",
    "target_type", "target_id", "target_name", "changes", "reason", "ip", "user_agent", "request_id", "id", "hash",
)  # fmt: skip
# A spreadsheet takes a cell that begins so for a formula. https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_head() -> bytes:
    """Return the first line, after the mark by which spreadsheets know UTF-8."""
    return b"\xef\xbb\xbf" + _line(COLUMNS)


def csv_line(one: AuditEvent) -> bytes:
    """Return one event's line."""
    event = one.event
    changes = [{"field": change.field, "before": change.before, "after": change.after} for change in event.changes]
    return _line(
        (
            str(one.sequence),
            moment_text(event.occurred_at),
            event.action,
            event.outcome,
            event.actor.kind,
            event.actor.id,
            event.actor.name,
            event.on_behalf_of.name if event.on_behalf_of else "",
            event.target.type,
            event.target.id,
            event.target.name,
            json.dumps(changes, ensure_ascii=False) if changes else "",
            event.reason,
            event.origin.ip,
            event.origin.user_agent,
            event.origin.request_id,
            event.id,
            one.hash,
        )
    )


def _line(cells: tuple[str, ...]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells)
    return out.getvalue().encode()
