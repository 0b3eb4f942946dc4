"""Reads uploads: forms with a file in them, names and kinds of files."""

import mimetypes
import re
import secrets
from email.message import Message
from email.parser import HeaderParser
from typing import NamedTuple

from powerautomation.gateway.files.entities import ID_PREFIX
from powerautomation.gateway.files.errors import FileRefused

MOST_PARTS = 16
LONGEST_NAME = 255
_LONGEST_HEAD = 8 * 1024
_BOUNDARY = re.compile(r'boundary=(?:"([^"]{1,70})"|([^;,\s]{1,70}))', re.IGNORECASE)
_MEDIA_TYPE = re.compile(r"(?=.{3,100}$)[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*")
_UNTOLD = frozenset({"", "application/octet-stream", "binary/octet-stream"})
_headers = HeaderParser()


class Part(NamedTuple):
    """One field of a form; ``filename`` is None for a plain value."""

    name: str
    filename: str | None
    media_type: str
    content: bytes


def new_file_id() -> str:
    """Return the id of a new file: it cannot be guessed, and it is a name Google's clients take as well."""
    return ID_PREFIX + secrets.token_hex(16)


def parts_of(content_type: str, body: bytes) -> list[Part]:
    """Return the fields of a ``multipart/form-data`` body. Raises FileRefused."""
    if not content_type.lower().startswith("multipart/form-data"):
        raise FileRefused("A file is sent as multipart/form-data.")
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise FileRefused("The form's content type names no boundary.")
    mark = b"\r\n--" + (found[1] or found[2]).encode("latin-1", "replace")
    pieces = (b"\r\n" + body).split(mark, MOST_PARTS + 2)
    if len(pieces) < 2 or len(pieces) > MOST_PARTS + 1 or not pieces[-1].startswith(b"--"):
        raise FileRefused("The form is not whole, or has too many parts.")
    return [_part_of(piece) for piece in pieces[1:-1]]


def _part_of(piece: bytes) -> Part:
    head, blank, content = piece.partition(b"\r\n\r\n")
    if not blank or len(head) > _LONGEST_HEAD:
        raise FileRefused("A part of the form has no head.")
    message = _headers.parsestr(head.lstrip(b" \t\r\n").decode("latin-1"))
    # Its own default would be text/plain, also for a PDF of which nothing is said.
    kind = message.get_content_type() if "content-type" in message else ""
    return Part(_parameter(message, "name") or "", _parameter(message, "filename"), kind, content)


def _parameter(message: Message, name: str) -> str | None:
    found = message.get_param(name, header="content-disposition")
    if isinstance(found, tuple):
        found = found[2]
    # Clients write UTF-8 there, which was read as Latin-1: every byte is still what it was.
    return None if found is None else found.encode("latin-1", "replace").decode("utf-8", "replace")


def clean_name(name: str) -> str:
    """Return a file's name without folders and without what no name has; never empty."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(character for character in last if character.isprintable())[:LONGEST_NAME].strip() or "file"


def media_type_of(told: str, name: str) -> str:
    """Return the kind of a file, by what its sender said or else by its name."""
    kind = told.partition(";")[0].strip().lower()
    if kind in _UNTOLD:
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if not _MEDIA_TYPE.fullmatch(kind):
        raise FileRefused(f"{told[:80]!r} is not a media type.")
    return kind
