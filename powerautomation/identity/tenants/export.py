"""All of an organization as one ZIP archive, made while it is sent: rows as lines of JSON, the audit log, a manifest.

No secret is in it: no password, key, token or authenticator's secret. What people stored (files, kept answers) is,
opened, in base64.
"""

import base64
import hashlib
import io
import zipfile
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Table

from powerautomation.governance import audit
from powerautomation.governance.encryption import SecretBox
from powerautomation.identity.organizations import get_organization
from powerautomation.identity.tenants import repository
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.clock import now
from powerautomation.kernel.principal import Principal

PAGE_ROWS = 200
# Rows with what people stored are large.
PAGE_CONTENTS = 4


async def begin_export(database: Database, actor: Principal, organization_id: str) -> None:
    """Write down that all of an organization is taken out. Raises OrganizationNotFound."""
    async with database.unit_of_work() as session:
        one = await get_organization(session, organization_id)
        target = audit.Target("organization", one.id, one.name)
        audit.record(session, actor, "organizations.export", target)
        if actor.organization_id != organization_id:
            server = Principal("system", "server", organization_id, "Whoever runs the server")
            audit.record(session, server, "organizations.export", target)


async def export_organization(database: Database, box: SecretBox, organization_id: str) -> AsyncIterator[bytes]:
    """Yield the archive, piece by piece: ``tables/NAME.jsonl``, ``audit.jsonl`` and last ``manifest.json``, which has
    for each file its lines and its SHA-256."""
    pipe = _Pipe()
    files: dict[str, dict[str, Any]] = {}
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in repository.tables_of_organizations():
            name = f"tables/{table.name}.jsonl"
            async for piece in _file(archive, pipe, name, _table_lines(database, box, table, organization_id), files):
                yield piece
        async for piece in _file(archive, pipe, "audit.jsonl", _chain_lines(database, organization_id), files):
            yield piece
        manifest = {"organization_id": organization_id, "exported_at": now().isoformat(), "files": files}
        archive.writestr("manifest.json", msgspec.json.format(msgspec.json.encode(manifest)))
    yield pipe.take()


async def _file(
    archive: zipfile.ZipFile,
    pipe: "_Pipe",
    name: str,
    pages: AsyncIterator[list[bytes]],
    files: dict[str, dict[str, Any]],
) -> AsyncIterator[bytes]:
    count, digest = 0, hashlib.sha256()
    # Its size is not known yet and may need 64 bits.
    with archive.open(name, "w", force_zip64=True) as file:
        async for page in pages:
            count += len(page)
            lines = b"".join(page)
            digest.update(lines)
            file.write(lines)
            yield pipe.take()
    files[name] = {"lines": count, "sha256": digest.hexdigest()}


async def _table_lines(
    database: Database, box: SecretBox, table: Table, organization_id: str
) -> AsyncIterator[list[bytes]]:
    sealed, place = repository.sealed_content(table), None
    most = PAGE_ROWS if sealed is None else PAGE_CONTENTS
    while True:
        # Some at a time: no transaction waits for whoever reads the file.
        async with database.read() as session:
            rows, place = await repository.rows_of(session, table, organization_id, place, most)
        for row in rows:
            if sealed is not None and row[sealed.column] is not None:
                key = sealed.place(organization_id, *(row[name] for name in sealed.row))
                row[sealed.column] = base64.b64encode(box.decrypt(bytes(row[sealed.column]), key)).decode()
        yield [_line(row) for row in rows]
        if len(rows) < most:
            return


async def _chain_lines(database: Database, organization_id: str) -> AsyncIterator[list[bytes]]:
    page: list[bytes] = []
    async for event in audit.export_chain(database, organization_id):
        page.append(audit.export_line(event))
        if len(page) == PAGE_ROWS:
            yield page
            page = []
    yield page


def _line(row: dict[str, Any]) -> bytes:
    return msgspec.json.encode({name: _plain(value) for name, value in row.items()}) + b"\n"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


class _Pipe(io.RawIOBase):
    """What the archive writes to: bytes that were written wait here until they are taken, and are then gone."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def writable(self) -> bool:
        """Say that it can be written to; where it cannot be gone back in, the archive does not try."""
        return True

    def write(self, written: Any) -> int:
        """Keep some bytes until they are taken."""
        self._waiting.append(bytes(written))
        return len(written)

    def take(self) -> bytes:
        """Return what was written since the last time."""
        taken, self._waiting = b"".join(self._waiting), []
        return taken
