"""What is worth a line of the report, and how a report is told in a language. Pure."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from powerautomation.identity.access import Role
from powerautomation.identity.api_keys import ApiKey
from powerautomation.identity.users import User
from powerautomation.operations.compliance.entities import Cell, Language, Report, Section, SectionId, Term
from powerautomation.operations.compliance.words import WORDS

MOST_ROWS = 5_000
OLD_KEY_DAYS = 365
ENDS_SOON_DAYS = 30
# What changes who may do what, or how the server behaves.
CHANGES = (
    "users.create", "users.update", "users.deactivate", "users.activate", "users.delete", "users.restore",
    "users.remove_factors", "personal_data.erase", "personal_data.export", "roles.create", "roles.update",
    "roles.delete", "api_keys.create", "api_keys.rotate", "api_keys.revoke", "single_sign_on.create",
    "single_sign_on.update", "single_sign_on.delete", "organizations.update", "limits.create", "limits.update",
    "limits.delete", "providers.create", "providers.update", "providers.delete", "routes.create", "routes.update",
    "routes.delete", "data_keys.create", "data_keys.retire", "master_keys.replace", "recovery_kits.create",
    "signing_keys.create", "audit.export", "audit.remove",
)  # fmt: skip
# A spreadsheet takes a cell that begins so for a formula. https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def section(section_id: SectionId, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Section:
    """Return a section of at most 5,000 rows."""
    found = [tuple(row) for row in rows]
    return Section(section_id, tuple(columns), tuple(found[:MOST_ROWS]), max(0, len(found) - MOST_ROWS))


def is_dormant(user: User, seen: datetime | None, until: datetime, days: int) -> bool:
    """Say whether somebody who may sign in has not done so for so many days; who was never seen counts from when the
    person was added."""
    last = seen or user.created_at
    return user.kind == "person" and user.state != "inactive" and last < until - timedelta(days=days)


def reasons_to_look_at(key: ApiKey, until: datetime) -> list[str]:
    """Return why somebody should look at a key that works: ``never_used``, ``ends_soon``, ``old``, ``no_end``."""
    if key.state not in ("live", "expiring"):
        return []
    why = []
    if key.last_used_at is None:
        why.append("never_used")
    if key.expires_at is None:
        why.append("no_end")
    elif key.expires_at - until < timedelta(days=ENDS_SOON_DAYS):
        why.append("ends_soon")
    if days_between(key.created_at, until) > OLD_KEY_DAYS:
        why.append("old")
    return why


def days_between(since: datetime, until: datetime) -> int:
    """Return whole days, at least 0."""
    return max(0, (until - since).days)


def role_name(role: Role) -> str:
    """Return what a role is called; the predefined ones read otherwise in each language."""
    return role.name if role.is_custom else Term(f"role.{role.id}")


def told(cell: Cell, language: Language) -> str:
    """Return a cell as text; moments in UTC to the minute."""
    if cell is None:
        return "–"
    if isinstance(cell, Term):
        return word(str(cell), language)
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
    return str(cell)


def word(term: str, language: Language) -> str:
    """Return a word of the report; one that is not known stays as it is."""
    return WORDS[language].get(term, WORDS["en"].get(term, term.partition(".")[2] or term))


def told_rows(one: Section, language: Language) -> list[list[str]]:
    """Return a section's rows as text."""
    return [[told(cell, language) for cell in row] for row in one.rows]


def heading(one: Section, language: Language) -> str:
    """Return a section's title."""
    return word(f"section.{one.id}", language)


def titles(one: Section, language: Language) -> list[str]:
    """Return the titles of a section's columns."""
    return [word(f"column.{name}", language) for name in one.columns]


def as_json(report: Report, language: Language) -> dict[str, object]:
    """Return the report as one JSON object, in words of a language."""
    return {
        "organization_id": report.organization_id,
        "organization": report.organization,
        "language": language,
        "title": word("title", language),
        "note": word("note", language),
        "generated_at": report.generated_at.isoformat(timespec="seconds"),
        "since": report.asked.since.isoformat(timespec="seconds"),
        "until": report.asked.until.isoformat(timespec="seconds"),
        "dormant_days": report.asked.dormant_days,
        "sections": [
            {
                "id": one.id,
                "title": heading(one, language),
                "hint": word(f"hint.{one.id}", language),
                "columns": titles(one, language),
                "rows": told_rows(one, language),
                "left_out": one.left_out,
            }
            for one in report.sections
        ],
    }


def as_json_bytes(report: Report, language: Language) -> bytes:
    """Return the report as a JSON file."""
    return json.dumps(as_json(report, language), ensure_ascii=False, indent=1).encode() + b"\n"


def as_csv(report: Report, language: Language) -> bytes:
    """Return the report as one CSV file: each section under its title, an empty line between two."""
    out = io.StringIO()
    writer = csv.writer(out)

    def write(cells: Sequence[str]) -> None:
        writer.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])

    write([word("title", language), report.organization])
    write([word("as_of", language), told(report.asked.until, language)])
    write([word("period", language), f"{told(report.asked.since, language)} … {told(report.asked.until, language)}"])
    for one in report.sections:
        writer.writerow([])
        write([heading(one, language)])
        write(titles(one, language))
        for row in told_rows(one, language):
            write(row)
        if one.left_out:
            write([left_out_text(one, language)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def left_out_text(one: Section, language: Language) -> str:
    """Return how many rows a section leaves out, in words."""
    return word("left_out", language).replace("{count}", str(one.left_out))
