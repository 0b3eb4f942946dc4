"""What a Responses request wants of the store, and how a conversation is put together again. Pure."""

import re
from collections.abc import Sequence

import msgspec

_Raw = msgspec.Raw
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_PREVIOUS = re.compile(rb'(?<!\\)"previous_response_id"\s*:\s*null')
_ENDS = (b'"response.completed"', b'"response.incomplete"')


class Wishes(msgspec.Struct, frozen=True, gc=False):
    """Whether the answer shall be kept (it is unless the client says no), and the answer the request goes on from."""

    store: bool | None = None
    previous_response_id: str | None = None


class _Item(msgspec.Struct, gc=False):
    type: str = ""
    encrypted_content: str | None = None


class _Event(msgspec.Struct, gc=False):
    type: str = ""
    response: _Raw = _Raw()


class _Response(msgspec.Struct, gc=False):
    id: str = ""
    status: str = ""
    output: list[_Raw] = []


_wishes = msgspec.json.Decoder(Wishes)
_items = msgspec.json.Decoder(_Item)
_events = msgspec.json.Decoder(_Event)
_responses = msgspec.json.Decoder(_Response)
_fields = msgspec.json.Decoder(dict[str, _Raw])
_lists = msgspec.json.Decoder(list[_Raw])
_encode = msgspec.json.encode


def wishes_of(body: bytes) -> Wishes:
    """Return what a request wants of the store. A body that cannot be read wants nothing: its dialect refuses it."""
    try:
        return _wishes.decode(body)
    except UNREADABLE:
        return Wishes(store=False)


def own_input(body: bytes) -> list[_Raw]:
    """Return the input of a request as items; plain text becomes the message it stands for."""
    try:
        given = _fields.decode(body).get("input", _Raw(b"[]"))
        if bytes(memoryview(given)[:1]) == b"[":
            return [item.copy() for item in _lists.decode(given)]
        text = msgspec.json.decode(given)
    except UNREADABLE:
        return []
    content = [{"type": "input_text", "text": text}]
    return [_Raw(_encode({"type": "message", "role": "user", "content": content}))]


def continued_body(body: bytes, history: Sequence[_Raw]) -> bytes:
    """Return a request with the history put before its input, for any upstream: it refers to nothing any more."""
    fields = _fields.decode(body)
    fields["input"] = _Raw(_encode([*history, *own_input(body)]))
    del fields["previous_response_id"]
    return _encode(fields)


def history_of(turns: Sequence[tuple[list[_Raw], _Raw]]) -> list[_Raw]:
    """Return the items of a conversation, oldest first, from its turns: input and answer. Reasoning that only the
    vendor kept is left out: another vendor, or the same under another key, would not find it. What stood beside it
    loses its id, by which OpenAI would miss the reasoning."""
    items: list[_Raw] = []
    for given, answer in turns:
        items += given
        said = _responses.decode(answer).output
        whole = [item for item in said if _is_whole(item)]
        items += whole if len(whole) == len(said) else map(_nameless, whole)
    return items


def _nameless(item: _Raw) -> _Raw:
    fields = _fields.decode(item)
    fields.pop("id", None)
    return _Raw(_encode(fields))


def _is_whole(item: _Raw) -> bool:
    head = _items.decode(item)
    return head.type != "reasoning" or bool(head.encrypted_content)


def naming_previous(part: bytes, previous_id: str) -> bytes:
    """Return an answer, or part of one, that says which answer it went on from: no upstream was told. Inside of texts
    quotes are escaped, so what looks like the field is the field."""
    return _PREVIOUS.sub(lambda found: b'"previous_response_id":' + _encode(previous_id), part)


def page_of_items(items: Sequence[_Raw], response_id: str, limit: int, *, newest_first: bool, after: str) -> bytes:
    """Return a page of the items an answer was given to, as OpenAI lists them. Items that were sent without an id get
    one of their place, so that a page can begin after any."""
    named = [_named(item, f"item_{response_id.removeprefix('resp_')}_{place}") for place, item in enumerate(items)]
    if newest_first:
        named.reverse()
    places = {str(item["id"]): place for place, item in enumerate(named)}
    start = places[after] + 1 if after in places else 0
    page = named[start : start + limit]
    return _encode(
        {
            "object": "list",
            "data": page,
            "first_id": page[0]["id"] if page else None,
            "last_id": page[-1]["id"] if page else None,
            "has_more": start + limit < len(named),
        }
    )


def _named(item: _Raw, otherwise: str) -> dict[str, object]:
    fields: dict[str, object] = msgspec.json.decode(item)
    if not isinstance(fields.get("id"), str):
        fields["id"] = otherwise
    if "role" in fields:
        fields.setdefault("type", "message")
        if isinstance(fields.get("content"), str):
            kind = "output_text" if fields["role"] == "assistant" else "input_text"
            fields["content"] = [{"type": kind, "text": fields["content"]}]
    return fields


def finished_response(part: bytes, *, streamed: bool) -> tuple[str, bytes] | None:
    """Return id and JSON of the answer that ``part``, the last bytes for the client, completes; None for a failure."""
    if not streamed:
        return _identified(part)
    for event in reversed(part.split(b"\n\n")):
        if not any(end in event for end in _ENDS):
            continue
        payload = event[event.find(b"data:") + 5 :]
        try:
            return _identified(bytes(_events.decode(payload).response))
        except UNREADABLE:
            return None
    return None


def _identified(response: bytes) -> tuple[str, bytes] | None:
    try:
        head = _responses.decode(response)
    except UNREADABLE:
        return None
    return (head.id, response) if head.id and head.status in ("completed", "incomplete") else None
