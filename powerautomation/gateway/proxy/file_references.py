"""Puts the files that a request names by id into the request, so that it can go to any model of any vendor."""

import asyncio
import re
from base64 import b64decode, b64encode
from typing import Any

import msgspec

from powerautomation.gateway.dialects import Dialect, InvalidRequest, is_text
from powerautomation.gateway.files import ID_PREFIX, FileFacts, FileStore, FileTooLarge, Owner

MOST_FILES = 100
# A request without these bytes names no file.
FILE_MARK = ID_PREFIX.encode()
_GOOGLE_ADDRESS = re.compile(rf"(?:.*/)?files/({ID_PREFIX}[0-9a-f]+)")


async def with_files(store: FileStore | None, owner: Owner, dialect: Dialect, body: bytes, most_bytes: int) -> bytes:
    """Return the request with the files it names inside; one that names none of ours comes back as it is.

    Raises FileNotFound, FileTooLarge when it would have more than ``most_bytes`` then, and InvalidRequest for too many.
    """
    if store is None:
        return body
    try:
        request = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        # Whoever reads it next says what is wrong with it.
        return body
    places = _places(request, dialect.name)
    if not places:
        return body
    names = {file_id for _, file_id in places}
    if len(names) > MOST_FILES:
        raise InvalidRequest(f"A request may name {MOST_FILES} files, this one names {len(names)}.")
    files: dict[str, tuple[FileFacts, str]] = {}
    size = len(body)
    for file_id in names:
        facts, content = await store.open(owner, file_id)
        # In base64, as often as it is named.
        size += sum(named == file_id for _, named in places) * (facts.size_bytes * 4 // 3)
        if size > most_bytes:
            raise FileTooLarge(
                f"With the files it names the request has more than {most_bytes // (1024 * 1024)} MB.",
                action="Name fewer or smaller files.",
            )
        files[file_id] = facts, (await asyncio.to_thread(b64encode, content)).decode()
    for place, file_id in places:
        _fill(place, dialect.name, *files[file_id])
    return msgspec.json.encode(request)


def _places(request: Any, dialect: str) -> list[tuple[dict[str, Any], str]]:
    """Return the objects of a request that name one of our files, each with the id."""
    found: list[tuple[dict[str, Any], str]] = []
    waiting = [request]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            file_id = _named(value, dialect)
            if file_id:
                found.append((value, file_id))
            else:
                waiting += value.values()
    return found


def _named(value: dict[str, Any], dialect: str) -> str:
    file_id: Any = ""
    if dialect == "gemini":
        file = value.get("fileData", value.get("file_data"))
        uri = file.get("fileUri", file.get("file_uri")) if isinstance(file, dict) else None
        match = _GOOGLE_ADDRESS.fullmatch(uri) if isinstance(uri, str) else None
        return match[1] if match else ""
    if dialect == "anthropic-messages":
        if value.get("type") == "container_upload" and str(value.get("file_id")).startswith(ID_PREFIX):
            raise InvalidRequest(
                "A container runs at its vendor; files that are kept here cannot be put into it.",
                action="Send the file as a document.",
            )
        source = value.get("source")
        if value.get("type") in ("document", "image") and isinstance(source, dict) and source.get("type") == "file":
            file_id = source.get("file_id")
    elif dialect == "openai-chat":
        file = value.get("file")
        if value.get("type") == "file" and isinstance(file, dict):
            file_id = file.get("file_id")
    elif value.get("type") in ("input_file", "input_image"):
        file_id = value.get("file_id")
    return file_id if isinstance(file_id, str) and file_id.startswith(ID_PREFIX) else ""


def _fill(place: dict[str, Any], dialect: str, facts: FileFacts, data: str) -> None:
    """Write a file into the place that named it, as the dialect writes files inside a request."""
    kind = facts.media_type
    address = f"data:{kind};base64,{data}"
    if dialect == "gemini":
        place.pop("file_data", None)
        place.pop("fileData", None)
        place["inlineData"] = {"mimeType": kind, "data": data}
    elif dialect == "anthropic-messages":
        place["source"] = {"type": "base64", "media_type": kind, "data": data}
        if is_text(kind) and place["type"] == "document":
            place["source"] = {"type": "text", "media_type": "text/plain", "data": _text_of(data)}
        if place["type"] == "document":
            place.setdefault("title", facts.name)
    elif dialect == "openai-chat":
        if kind.startswith("image/"):
            del place["file"]
            place["type"] = "image_url"
            place["image_url"] = {"url": address}
        else:
            place["file"] = {"filename": facts.name, "file_data": address}
    else:
        del place["file_id"]
        if place["type"] == "input_image":
            place["image_url"] = address
        else:
            place.setdefault("filename", facts.name)
            place["file_data"] = address


def _text_of(data: str) -> str:
    return b64decode(data).decode("utf-8", "replace")
