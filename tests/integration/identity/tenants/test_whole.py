"""All of an organization: taken out as one archive, and removed, table by table, as the tables declare themselves."""

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, DateTime, Float, Integer, LargeBinary, Numeric, String, Table, func, insert, select
from sqlalchemy.types import JSON

from powerautomation.governance.audit_verifier import verify
from powerautomation.governance.encryption import SEALED, SecretBox
from powerautomation.identity.tenants import repository
from powerautomation.identity.tenants.export import export_organization
from powerautomation.identity.tenants.removal import FOLDER, remove
from powerautomation.infrastructure.database import Database, declared_metadata
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.clock import now
from tests.fixtures.encryption import new_box
from tests.integration.app.installation import installation

SECRET = b"kept by somebody"
BOX = new_box()
# Not every organization has a row of its own: what is in the audit log's chain is written by the audit log.
ORGANIZATIONS = ("org_gone", "org_stays")


def value_for(column: Any, organization_id: str, rows: dict[str, dict[str, Any]], box: SecretBox) -> Any:
    """Return something that fits a column."""
    for reference in column.foreign_keys:
        there = reference.column.table.name
        if there in rows:
            return rows[there][reference.column.name]
    kind = column.type
    if column.name == "organization_id":
        return organization_id
    if isinstance(kind, String):
        return f"{organization_id[4:]}-{column.table.name}"[: kind.length or 60]
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, Integer | Numeric | Float):
        return 1
    if isinstance(kind, LargeBinary):
        return hashlib.sha256(f"{organization_id} {column}".encode()).digest()
    if isinstance(kind, JSON):
        return []
    return now() if isinstance(kind, DateTime) or "DateTime" in type(kind).__name__ else None


def row_for(table: Table, organization_id: str, rows: dict[str, dict[str, Any]], box: SecretBox) -> dict[str, Any]:
    row = {
        column.name: value_for(column, organization_id, rows, box)
        for column in table.columns
        if not column.nullable or column.foreign_keys or column.info.get(SEALED)
    }
    for column in table.columns:
        sealed = column.info.get(SEALED)
        if sealed is not None:
            place = sealed.place(row.get("organization_id", ""), *(row[name] for name in sealed.row))
            row[column.name] = box.encrypt(SECRET, place)
    return row


async def fill(db: Database, box: SecretBox, organization_id: str) -> None:
    """Write a row into every table that has an organization, and into what it refers to."""
    rows: dict[str, dict[str, Any]] = {}
    async with db.unit_of_work() as session:
        for table in declared_metadata().sorted_tables:
            is_tenant = "organization_id" in table.columns and table.name not in repository.CHAIN
            if table.name == "organizations":
                rows[table.name] = {"id": organization_id, "name": organization_id, "created_at": now()} | {
                    "time_zone": "UTC"
                }
            elif is_tenant or table.name in ("accounts", "totp_factors"):
                rows[table.name] = row_for(table, organization_id, rows, box)
            else:
                continue
            await session.execute(insert(table).values(**rows[table.name]))


async def counts(db: Database, organization_id: str) -> dict[str, int]:
    async with db.read() as session:
        return {
            table.name: await repository.count_rows(session, table, organization_id)
            for table in repository.tables_of_organizations()
        }


@pytest.fixture
async def here(column: Settings):
    async with installation(column) as running:
        yield running


@pytest.fixture
async def filled(db: Database) -> Database:
    """A database in which two organizations have a row in every table."""
    for organization_id in ORGANIZATIONS:
        await fill(db, BOX, organization_id)
    return db


async def test_nothing_of_a_removed_organization_is_left_in_any_table_and_the_other_is_whole(filled, column):
    db = filled
    before = await counts(db, "org_stays")
    assert set(before.values()) == {1}
    await remove(db, column, "org_gone")
    assert set((await counts(db, "org_gone")).values()) == {0}
    assert await counts(db, "org_stays") == before
    async with db.read() as session:
        accounts = declared_metadata().tables["accounts"]
        left = list(await session.scalars(select(accounts.c.id).where(accounts.c.id.like("gone-%"))))
        events = declared_metadata().tables["audit_events"]
        told = await session.scalar(select(func.count()).where(events.c.organization_id == "org_gone"))
    assert (left, told) == ([], 0)


async def test_removal_that_was_killed_is_gone_on_with(filled, column, monkeypatch):
    real, calls = repository.delete_some, 0

    async def dying(*given: Any) -> int:
        nonlocal calls
        calls += 1
        if calls in (1, 9, 30):
            raise RuntimeError("killed")
        return await real(*given)

    monkeypatch.setattr(repository, "delete_some", dying)
    for _ in range(3):
        with pytest.raises(RuntimeError, match="killed"):
            await remove(filled, column, "org_gone")
    await remove(filled, column, "org_gone")
    assert set((await counts(filled, "org_gone")).values()) == {0}


async def test_audit_log_of_a_removed_organization_is_kept_with_its_signed_end(here):
    admin, stranger = await here.administrator(), await here.stranger()
    await stranger.ok("POST", "users", {"name": "N", "email": "n@elsewhere.example", "role": "guest"})
    await admin.ok("DELETE", "organizations/org_other")
    application = here.application
    await remove(application.database, application.settings, "org_other")
    folder = Path(application.settings.data_dir) / FOLDER
    events = [json.loads(line)["event"] for line in (folder / "org_other.jsonl").read_text().splitlines()]
    assert {"users.create", "organizations.delete"} <= {one["action"] for one in events}
    head = json.loads((folder / "org_other.heads").read_text())["head"]
    assert (head["organization_id"], head["sequence"]) == ("org_other", events[-1]["sequence"])
    assert "org_other" not in str(await admin.ok("GET", "organizations"))


@pytest.mark.parametrize("column", ["sqlite+in-process"], indirect=True)
async def test_log_of_a_removed_organization_verifies_without_the_names_of_its_people(here):
    admin, stranger = await here.administrator(), await here.stranger()
    await stranger.ok("POST", "users", {"name": "Nora Verylongname", "email": "n@elsewhere.example", "role": "guest"})
    await admin.ok("DELETE", "organizations/org_other")
    application = here.application
    await remove(application.database, application.settings, "org_other")
    kept = (Path(application.settings.data_dir) / FOLDER / "org_other.jsonl").read_bytes()
    assert b"Verylongname" not in kept
    assert b"n@elsewhere.example" not in kept
    found = verify(kept.splitlines(keepends=True))
    assert (found.problem, found.closed > 0) == ("", True)


async def test_archive_has_every_table_without_secrets_and_proves_what_is_in_it(filled):
    pieces = [piece async for piece in export_organization(filled.confined_to("org_gone"), BOX, "org_gone")]
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("manifest.json"))
        files = {name: archive.read(name) for name in archive.namelist() if name != "manifest.json"}
    assert manifest["organization_id"] == "org_gone"
    assert set(files) == {f"tables/{one.name}.jsonl" for one in repository.tables_of_organizations()} | {"audit.jsonl"}
    for name, content in files.items():
        told = manifest["files"][name]
        assert (len(content.splitlines()), hashlib.sha256(content).hexdigest()) == (told["lines"], told["sha256"])
        if name.startswith("tables/"):
            assert told["lines"] == 1
            assert "stays" not in content.decode()
    secrets = ("password_hash", "token_hash", "token_hmac", "ciphertext")
    assert [word for word in secrets if any(word.encode() in content for content in files.values())] == []
    assert b"a2VwdCBieSBzb21lYm9keQ==" in files["tables/gateway_files.jsonl"]


async def test_organization_takes_itself_out_and_nobody_else(here):
    await here.administrator()
    stranger = await here.stranger()
    answer = await stranger.call("GET", "organization/export")
    assert answer.status_code == 200
    assert b"org_default" not in answer.content
    assert (await stranger.call("GET", "organizations/org_default/export")).status_code == 403
    done = (await stranger.ok("GET", "audit-events"))["items"][0]
    assert done["action"] == "organizations.export"
