"""Decisions about people: who may change whom, and how lists of people are read and written."""

import csv
import io
from collections.abc import Iterable, Mapping

from powerautomation.identity.access import Role
from powerautomation.identity.people.entities import Locked, PersonLine
from powerautomation.identity.people.errors import ImportInvalid
from powerautomation.identity.users import User

COLUMNS = ("email", "name", "role")
# A file need not have it: then nobody's unit changes.
UNIT = "unit"
MOST_LINES = 1_000
# Spreadsheets run what begins with these as a formula.
# https://owasp.org/www-community/attacks/CSV_Injection (November 2026)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def administers(role: Role) -> bool:
    """Say whether a role lets somebody look after people, and so give roles to others."""
    return "users:write" in role.permissions


def lock_of(actor_id: str, permissions: frozenset[str], user: User, role: Role) -> Locked:
    """Return why somebody may not change a person who has this role, or empty. Who may do more stays as they are."""
    if user.id == actor_id:
        return "yourself"
    return "" if role.permissions <= permissions else "above_you"


def read_people(text: str) -> list[PersonLine]:
    """Return the lines of a CSV file with the columns email, name and role, and perhaps unit (in any order; others are
    passed over).

    A byte-order mark, semicolons and tabs between columns, and empty lines are taken. Raises ImportInvalid.
    """
    text = text.removeprefix("\ufeff")
    heading = text.partition("\n")[0]
    delimiter = max(",;\t", key=heading.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise _invalid(f"This is not CSV: {error}.") from None
    if not rows:
        raise _invalid("The file is empty.")
    names = [cell.strip().casefold() for cell in rows[0]]
    missing = [name for name in COLUMNS if names.count(name) != 1]
    if missing:
        raise _invalid(f"The first line must name these columns, each once: {', '.join(COLUMNS)}.")
    if len(rows) - 1 > MOST_LINES:
        raise _invalid(f"The file has more than {MOST_LINES} lines.")
    if names.count(UNIT) > 1:
        raise _invalid("The first line names the column unit twice.")
    places = {name: names.index(name) for name in (*COLUMNS, UNIT) if name in names}
    lines: list[PersonLine] = []
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        cells = {name: _plain(row[place].strip()) if place < len(row) else "" for name, place in places.items()}
        lines.append(PersonLine(number, cells["name"], cells["email"], cells["role"], cells.get(UNIT, "")))
    return lines


def write_people(users: Iterable[User], role_names: Mapping[str, str], units: Mapping[str, str]) -> str:
    """Return people as CSV that ``read_people`` reads back; cells that a spreadsheet would run are quoted by a '.

    ``role_names``: what roles are called there, by id; one that is not named keeps its id. ``units``: the path of
    the primary unit of who is in one, by the person's id.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*COLUMNS, UNIT, "state", "created_at"])
    for user in users:
        moment = user.created_at.isoformat(timespec="seconds")
        role = role_names.get(user.role, user.role)
        writer.writerow([*map(_inert, (user.email, user.name, role, units.get(user.id, ""))), user.state, moment])
    return out.getvalue()


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _invalid(message: str) -> ImportInvalid:
    return ImportInvalid(
        message, action="Send CSV in UTF-8 with a first line such as: email,name,role", fields={"csv": message}
    )
