"""The three vendors' addresses for files: one store behind them, each answered in its own shape."""

from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qs, quote

import msgspec

from powerautomation.gateway.dialects import InvalidRequest
from powerautomation.gateway.files import FileFacts, FileRefused, FileStore, Owner, parts_of
from powerautomation.gateway.proxy.bodies import read_body
from powerautomation.gateway.proxy.exchange import Receive, Scope
from powerautomation.identity.api_keys import ApiKeyRecord
from powerautomation.kernel.errors import NotFound, Problem

Shape = Literal["anthropic", "openai", "google"]

_UPLOADS = ("/upload/v1/files", "/upload/v1beta/files")
_PLACES = ("/v1/files", "/v1beta/files")
# Kept for prompts; what other purposes are for (batches, training) this gateway does not do.
_PURPOSES = frozenset({"user_data", "assistants", "vision"})
_FORM_BYTES = 64 * 1024
_DOWNLOAD = ":download"


class Answer(NamedTuple):
    """An answer to send: JSON, or a file's own bytes."""

    body: bytes
    media_type: str = "application/json"
    headers: tuple[tuple[bytes, bytes], ...] = ()


def is_files_path(path: str) -> bool:
    """Say whether an address is one of files."""
    return any(path == place or path.startswith(f"{place}/") for place in (*_PLACES, *_UPLOADS))


def shape_of(scope: Scope) -> Shape:
    """Return whose shape an address of files is answered in: ``/v1/files`` is all three vendors'."""
    names = {name for name, _ in scope["headers"]}
    if not scope["path"].startswith(_PLACES[0]) or b"x-goog-api-key" in names:
        return "google"
    if b"anthropic-version" in names:
        return "anthropic"
    return "google" if b"key=" in scope["query_string"] and b"authorization" not in names else "openai"


def owner_of(key: ApiKeyRecord) -> Owner:
    """Return whom files of a key belong to."""
    return Owner(key.organization_id, key.id, key.project)


def upload_id_of(scope: Scope) -> str:
    """Return the id in the address at which the parts of a begun upload are sent, or an empty text. That address is
    told to the sender alone, whose client sends no key with the parts."""
    if scope["path"] not in _UPLOADS or b"upload_id=" not in scope["query_string"]:
        return ""
    asked: dict[str, list[str]] = parse_qs(scope["query_string"].decode("latin-1"))
    return asked.get("upload_id", [""])[0]


async def receive_part(store: FileStore | None, scope: Scope, receive: Receive, upload_id: str) -> Answer:
    """Take a part of a begun upload. Raises FileNotFound, FileRefused, FileTooLarge, InvalidRequest."""
    kept = _existing(store)
    headers = _headers_of(scope)
    commands = {word.strip() for word in headers.get("x-goog-upload-command", "").split(",")}
    offset = headers.get("x-goog-upload-offset", "")
    if scope["method"] not in ("POST", "PUT") or not commands <= {"upload", "finalize"} or not offset.isdecimal():
        raise InvalidRequest("A part is sent with the commands upload and finalize, and its offset.")
    part = await read_body(scope, receive, kept.most_file_bytes)
    facts = await kept.append(upload_id, int(offset), part, last="finalize" in commands)
    if not facts.is_whole:
        return Answer(b"{}", headers=((b"x-goog-upload-status", b"active"),))
    body = msgspec.json.encode({"file": _google(facts, _origin(scope))})
    return Answer(body, headers=((b"x-goog-upload-status", b"final"),))


async def answer_files(store: FileStore | None, key: ApiKeyRecord, scope: Scope, receive: Receive) -> Answer:
    """Answer a request at an address of files. Raises Problem."""
    kept = _existing(store)
    owner = owner_of(key)
    shape = shape_of(scope)
    path, method = scope["path"], scope["method"]
    if path in _UPLOADS:
        _allow(method, "POST")
        return await _begin_upload(kept, owner, scope, receive)
    _, _, place = path.partition("/files")
    file_id, _, what = place.strip("/").partition("/")
    if not file_id:
        _allow(method, *(("GET",) if shape == "google" else ("GET", "POST")))
        return await (_upload(kept, owner, shape, scope, receive) if method == "POST" else _list(kept, owner, scope))
    if shape == "google" and file_id.endswith(_DOWNLOAD):
        file_id, what = file_id.removesuffix(_DOWNLOAD), "content"
    if what == "content":
        _allow(method, "GET")
        facts, content = await kept.open(owner, file_id)
        named = f"attachment; filename*=UTF-8''{quote(facts.name, safe='')}".encode()
        # A file is somebody's: a browser must not run it as a page of this server.
        return Answer(content, facts.media_type, ((b"content-disposition", named),))
    if what:
        raise NotFound("There is nothing at this address.", code="gateway.unknown_path")
    _allow(method, "GET", "DELETE")
    if method == "DELETE":
        await kept.delete(owner, file_id)
        return Answer(msgspec.json.encode(_deleted(shape, file_id)))
    return Answer(msgspec.json.encode(_shown(shape, await kept.get(owner, file_id), _origin(scope))))


def _existing(store: FileStore | None) -> FileStore:
    if store is None:
        raise NotFound(
            "No files are kept here.",
            code="gateway.unknown_path",
            action="Send the file inside the request, or set gateway.stored_files_days.",
        )
    return store


def _allow(method: str, *methods: str) -> None:
    if method not in methods:
        words = " and ".join(methods)
        raise Problem(f"This path answers {words} only.", code="gateway.method_not_allowed", status=405)


async def _upload(kept: FileStore, owner: Owner, shape: Shape, scope: Scope, receive: Receive) -> Answer:
    body = await read_body(scope, receive, kept.most_file_bytes + _FORM_BYTES)
    parts = parts_of(_headers_of(scope).get("content-type", ""), body)
    file = next((part for part in parts if part.name == "file" and part.filename is not None), None)
    if file is None:
        raise FileRefused("The form has no file.", action="Send it in the field file, with a filename.")
    purpose = next((part.content[:40].decode("utf-8", "replace") for part in parts if part.name == "purpose"), "")
    if shape == "openai" and purpose not in _PURPOSES:
        raise FileRefused(f"Files are kept for prompts here, not for “{purpose}”.", action="Use the purpose user_data.")
    seconds = next((part.content for part in parts if part.name == "expires_after[seconds]"), b"")
    if seconds and not (seconds.isdigit() and 3600 <= int(seconds) <= 2_592_000):
        raise FileRefused("expires_after.seconds must be a number from 3600 to 2592000.")
    keep_ms = int(seconds) * 1000 if seconds else None
    facts = await kept.save(owner, file.filename or "", file.media_type, purpose, file.content, keep_ms)
    return Answer(msgspec.json.encode(_shown(shape, facts, "")))


class _GoogleUpload(msgspec.Struct):
    # Google's own clients write these names with underscores, its documentation without.
    file: dict[str, str | int] = {}

    def wish(self, plain: str, camel: str) -> str:
        return str(self.file.get(camel) or self.file.get(plain) or "")


async def _begin_upload(kept: FileStore, owner: Owner, scope: Scope, receive: Receive) -> Answer:
    headers = _headers_of(scope)
    if headers.get("x-goog-upload-protocol") != "resumable" or headers.get("x-goog-upload-command") != "start":
        raise InvalidRequest(
            "Uploads begin with the headers X-Goog-Upload-Protocol: resumable and X-Goog-Upload-Command: start."
        )
    body = await read_body(scope, receive, _FORM_BYTES)
    try:
        wished = msgspec.json.decode(body or b"{}", type=_GoogleUpload)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise InvalidRequest("The body must be JSON with a file.") from None
    if "name" in wished.file:
        raise InvalidRequest("A file cannot be given its name here: leave name out.")
    size = headers.get("x-goog-upload-header-content-length", "0")
    if not size.isdecimal():
        raise InvalidRequest("X-Goog-Upload-Header-Content-Length must be a number.")
    kind = wished.wish("mime_type", "mimeType") or headers.get("x-goog-upload-header-content-type", "")
    name = wished.wish("display_name", "displayName") or headers.get("x-goog-upload-file-name", "")
    facts = await kept.begin(owner, name, kind, int(size))
    url = f"{_origin(scope)}{scope['path']}?upload_id={facts.id}&upload_protocol=resumable"
    return Answer(b"{}", headers=((b"x-goog-upload-url", url.encode()), (b"x-goog-upload-status", b"active")))


async def _list(kept: FileStore, owner: Owner, scope: Scope) -> Answer:
    shape = shape_of(scope)
    asked = {name: values[-1] for name, values in parse_qs(scope["query_string"].decode("latin-1")).items()}
    usual, most = {"google": (10, 100), "anthropic": (20, 1000), "openai": (1000, 10_000)}[shape]
    limit = asked.get("pageSize" if shape == "google" else "limit", str(usual))
    if not limit.isascii() or not limit.isdigit() or not 1 <= int(limit) <= most:
        raise InvalidRequest(f"limit must be a number from 1 to {most}.")
    if "before_id" in asked:
        raise InvalidRequest("Pages go forward only here: use after_id.")
    after = asked.get({"google": "pageToken", "anthropic": "after_id", "openai": "after"}[shape], "")
    purpose = asked.get("purpose", "") if shape == "openai" else ""
    newest_first = asked.get("order", "desc") != "asc"
    found, more = await kept.list(owner, int(limit), after=after, newest_first=newest_first, purpose=purpose)
    shown = [_shown(shape, facts, _origin(scope)) for facts in found]
    if shape == "google":
        return Answer(msgspec.json.encode({"files": shown, **({"nextPageToken": found[-1].id} if more else {})}))
    ends = {"first_id": found[0].id if found else None, "last_id": found[-1].id if found else None}
    answer: dict[str, Any] = {"data": shown, "has_more": more, **ends}
    return Answer(msgspec.json.encode(answer if shape == "anthropic" else {"object": "list", **answer}))


def _shown(shape: Shape, facts: FileFacts, origin: str) -> dict[str, Any]:
    if shape == "google":
        return _google(facts, origin)
    if shape == "anthropic":
        return {
            "type": "file",
            "id": facts.id,
            "filename": facts.name,
            "mime_type": facts.media_type,
            "size_bytes": facts.size_bytes,
            "created_at": _time(facts.created_ms),
            "downloadable": True,
        }
    return {
        "id": facts.id,
        "object": "file",
        "bytes": facts.size_bytes,
        "created_at": facts.created_ms // 1000,
        "expires_at": facts.expires_ms // 1000,
        "filename": facts.name,
        "purpose": facts.purpose or "user_data",
        "status": "processed",
    }


def _google(facts: FileFacts, origin: str) -> dict[str, Any]:
    return {
        "name": f"files/{facts.id}",
        "displayName": facts.name,
        "mimeType": facts.media_type,
        "sizeBytes": str(facts.size_bytes),
        "createTime": _time(facts.created_ms),
        "updateTime": _time(facts.created_ms),
        "expirationTime": _time(facts.expires_ms),
        "sha256Hash": b64encode(bytes.fromhex(facts.sha256)).decode(),
        "uri": f"{origin}{_PLACES[1]}/{facts.id}",
        "state": "ACTIVE",
        "source": "UPLOADED",
    }


def _deleted(shape: Shape, file_id: str) -> dict[str, Any]:
    if shape == "google":
        return {}
    if shape == "anthropic":
        return {"id": file_id, "type": "file_deleted"}
    return {"id": file_id, "object": "file", "deleted": True}


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _headers_of(scope: Scope) -> Mapping[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _origin(scope: Scope) -> str:
    """Return scheme and host by which the client reached this server, for addresses it is told."""
    headers = _headers_of(scope)
    scheme = headers.get("x-forwarded-proto", scope.get("scheme", "http")).partition(",")[0].strip()
    return f"{'https' if scheme == 'https' else 'http'}://{headers.get('host', 'localhost')}"
