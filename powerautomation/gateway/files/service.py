"""Keeps files for prompts, gives them back to whom they belong, and forgets them in time."""

import asyncio
import hashlib
from contextlib import suppress

import structlog

from powerautomation.gateway.files.entities import FileFacts, Owner
from powerautomation.gateway.files.errors import FileNotFound, FileRefused, FileTooLarge, NoRoomForFiles
from powerautomation.gateway.files.repository import (
    AsyncSession,
    add_row,
    delete_expired,
    delete_row,
    find_content,
    find_facts,
    find_unfinished,
    kept_bytes,
    list_facts,
    replace_content,
)
from powerautomation.gateway.files.rules import clean_name, media_type_of, new_file_id
from powerautomation.gateway.files.tables import SEALED_CONTENT
from powerautomation.governance.encryption import SecretBox
from powerautomation.infrastructure.database import Database, note_growth
from powerautomation.kernel.clock import now_ms
from powerautomation.kernel.errors import Problem

CLEAN_UP_SECONDS = 600.0
CLEAN_UP_BATCH = 100
UPLOAD_MS = 60 * 60 * 1000
MEGABYTE = 1024 * 1024
_DAY_MS = 24 * 60 * 60 * 1000
_LONGEST_ID = 40
_log = structlog.get_logger("gateway")


class FileStore:
    """Files of all organizations. One per process; the database is what they share.

    ``most_bytes`` is what an organization may keep; a file may have ``most_file_bytes``.
    """

    def __init__(
        self, database: Database, box: SecretBox, *, days: float, most_bytes: int, most_file_bytes: int
    ) -> None:
        self._database = database
        self._box = box
        self._keep_ms = int(days * _DAY_MS)
        self._most_bytes = most_bytes
        self.most_file_bytes = most_file_bytes
        self._cleaner: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to forget what expired."""
        self._cleaner = asyncio.create_task(self._clean_up_for_ever(), name="file clean-up")

    async def stop(self) -> None:
        """End the work in the background."""
        if self._cleaner is not None:
            self._cleaner.cancel()
            with suppress(asyncio.CancelledError):
                await self._cleaner

    async def save(
        self, owner: Owner, name: str, media_type: str, purpose: str, plain: bytes, keep_ms: int | None = None
    ) -> FileFacts:
        """Keep a whole file, for less time than usual where ``keep_ms`` says so. Raises FileRefused, FileTooLarge and
        NoRoomForFiles."""
        self._check_size(len(plain))
        if not plain:
            raise FileRefused("The file is empty.")
        facts = self._new_facts(name, media_type, purpose, len(plain))
        if keep_ms is not None:
            facts = facts._replace(expires_ms=min(facts.expires_ms, facts.created_ms + keep_ms))
        # A thread's work for a large file, like sealing it.
        digest = await asyncio.to_thread(_digest, plain)
        return await self._add(owner, facts._replace(is_whole=True, sha256=digest), plain)

    async def begin(self, owner: Owner, name: str, media_type: str, announced_bytes: int) -> FileFacts:
        """Begin a file that comes in parts; its id is the secret by which they are sent. Raises as :meth:`save`."""
        self._check_size(announced_bytes)
        facts = self._new_facts(name, media_type, "", 0)
        return await self._add(owner, facts._replace(expires_ms=facts.created_ms + UPLOAD_MS), b"")

    async def append(self, file_id: str, offset: int, part: bytes, *, last: bool) -> FileFacts:
        """Add a part to a file that was begun. Raises FileNotFound, FileRefused for a part that does not go on where
        the one before ended, FileTooLarge and NoRoomForFiles."""
        async with self._database.unit_of_work() as session:
            found = await find_unfinished(session, file_id[:_LONGEST_ID], now_ms())
            if found is None:
                raise FileNotFound("There is no such upload, or it took longer than an hour.")
            organization_id, facts, sealed = found
            if offset != facts.size_bytes:
                raise FileRefused(f"The upload has {facts.size_bytes} bytes; a part at {offset} does not fit.")
            self._check_size(facts.size_bytes + len(part))
            await self._check_room(session, organization_id, len(part))
            plain = await asyncio.to_thread(self._open, organization_id, facts.id, sealed) + part
            facts = facts._replace(size_bytes=len(plain))
            if last:
                if not plain:
                    raise FileRefused("The file is empty.")
                created_ms = now_ms()
                facts = facts._replace(
                    is_whole=True,
                    sha256=await asyncio.to_thread(_digest, plain),
                    created_ms=created_ms,
                    expires_ms=created_ms + self._keep_ms,
                )
            content = await asyncio.to_thread(self._seal, organization_id, facts.id, plain)
            await replace_content(session, organization_id, facts, content)
            note_growth(session, organization_id, SEALED_CONTENT.table)
        return facts

    async def get(self, owner: Owner, file_id: str) -> FileFacts:
        """Return what is known of a whole file. Raises FileNotFound."""
        async with self._database.read() as session:
            facts = await find_facts(session, owner, file_id[:_LONGEST_ID], now_ms())
        if facts is None or not facts.is_whole:
            raise _not_found(file_id)
        return facts

    async def open(self, owner: Owner, file_id: str) -> tuple[FileFacts, bytes]:
        """Return a whole file and its bytes. Raises FileNotFound."""
        async with self._database.read() as session:
            found = await find_content(session, owner, file_id[:_LONGEST_ID], now_ms())
        if found is None or not found[0].is_whole:
            raise _not_found(file_id)
        facts, sealed = found
        return facts, await asyncio.to_thread(self._open, owner.organization_id, facts.id, sealed)

    async def list(
        self, owner: Owner, most: int, *, after: str = "", newest_first: bool = True, purpose: str = ""
    ) -> tuple[list[FileFacts], bool]:
        """Return at most so many files, those after one of them and of one purpose where these are given, and whether
        there are more. Raises FileNotFound."""
        last = await self.get(owner, after) if after else None
        async with self._database.read() as session:
            found = await list_facts(
                session, owner, now_ms(), most + 1, after=last, newest_first=newest_first, purpose=purpose
            )
        return found[:most], len(found) > most

    async def delete(self, owner: Owner, file_id: str) -> None:
        """Forget a file. Raises FileNotFound."""
        async with self._database.unit_of_work() as session:
            if not await delete_row(session, owner, file_id[:_LONGEST_ID], now_ms()):
                raise _not_found(file_id)

    async def clean_up(self) -> int:
        """Forget what expired; return how many files."""
        forgotten = 0
        while True:
            async with self._database.unit_of_work() as session:
                count = await delete_expired(session, now_ms(), CLEAN_UP_BATCH)
            forgotten += count
            if count < CLEAN_UP_BATCH:
                return forgotten

    async def _clean_up_for_ever(self) -> None:
        while True:
            await asyncio.sleep(CLEAN_UP_SECONDS)
            try:
                await self.clean_up()
            except Problem as problem:
                _log.warning("files.clean_up_failed", reason=str(problem))

    def _new_facts(self, name: str, media_type: str, purpose: str, size: int) -> FileFacts:
        named = clean_name(name)
        created_ms = now_ms()
        return FileFacts(
            id=new_file_id(),
            name=named,
            media_type=media_type_of(media_type, named),
            purpose=purpose,
            size_bytes=size,
            sha256="",
            is_whole=False,
            created_ms=created_ms,
            expires_ms=created_ms + self._keep_ms,
        )

    async def _add(self, owner: Owner, facts: FileFacts, plain: bytes) -> FileFacts:
        content = await asyncio.to_thread(self._seal, owner.organization_id, facts.id, plain)
        async with self._database.unit_of_work() as session:
            await self._check_room(session, owner.organization_id, len(plain))
            add_row(session, owner, facts, content)
        return facts

    async def _check_room(self, session: AsyncSession, organization_id: str, more: int) -> None:
        # Uploads of the same moment may pass this together: by one file each, and each is bounded.
        if await kept_bytes(session, organization_id) + more > self._most_bytes:
            raise NoRoomForFiles(
                f"The organization keeps {self._most_bytes // MEGABYTE} MB of files, which is all it may.",
                action="Delete files, or raise gateway.stored_files_megabytes.",
            )

    def _check_size(self, size: int) -> None:
        if size > self.most_file_bytes:
            raise FileTooLarge(
                f"A file may have {self.most_file_bytes / MEGABYTE:.1f} MB here, as requests carry it inside.",
                action="Send less, or raise server.max_body_bytes in the configuration.",
            )

    def _seal(self, organization_id: str, file_id: str, plain: bytes) -> bytes:
        return self._box.encrypt(plain, SEALED_CONTENT.place(organization_id, file_id))

    def _open(self, organization_id: str, file_id: str, sealed: bytes) -> bytes:
        return self._box.decrypt(sealed, SEALED_CONTENT.place(organization_id, file_id))


def _digest(plain: bytes) -> str:
    return hashlib.sha256(plain).hexdigest()


def _not_found(file_id: str) -> FileNotFound:
    return FileNotFound(
        f"There is no file {file_id[:100]}.",
        action="Files are kept for a while, for the key that sent them and the keys of its project. Upload it again.",
    )
