"""Continues conversations of the Responses API from answers that were kept, keeps new ones, and tells of them."""

from urllib.parse import parse_qs

import msgspec

from powerautomation.gateway.dialects import InvalidRequest
from powerautomation.gateway.proxy.exchange import Message, Send
from powerautomation.gateway.proxy.service import Gateway
from powerautomation.gateway.responses import (
    Owner,
    PreviousResponseNotFound,
    ResponseNotFound,
    ResponseStore,
    continued_body,
    finished_response,
    naming_previous,
    own_input,
    page_of_items,
    wishes_of,
)
from powerautomation.identity.api_keys import ApiKeyRecord
from powerautomation.kernel.errors import Problem

_DOORS = (("", "GET"), ("", "DELETE"), ("input_items", "GET"), ("cancel", "POST"))
_MOST_ITEMS = 100


async def open_conversation(gateway: Gateway, key: ApiKeyRecord, body: bytes, send: Send) -> tuple[bytes, Send]:
    """Return the request with everything it refers to inside, and a ``send`` that keeps the answer when the client
    wants that. A request that wants neither comes back as it is. Raises PreviousResponseNotFound, HistoryTooLarge."""
    wishes = wishes_of(body)
    store = gateway.responses
    previous_id = wishes.previous_response_id or ""
    if store is None:
        if previous_id:
            raise PreviousResponseNotFound("No answers are kept here.", action="Send the conversation itself.")
        return body, send
    owner = Owner(key.organization_id, key.id)
    given = own_input(body) if wishes.store is not False else []
    if previous_id:
        history = await store.history(owner, previous_id, gateway.max_body_bytes)
        body = continued_body(body, history)
    if wishes.store is False and not previous_id:
        return body, send
    streamed = False
    head: Message | None = None

    async def keeping(message: Message) -> None:
        nonlocal streamed, head
        if message["type"] == "http.response.start":
            streamed = any(
                name == b"content-type" and value.startswith(b"text/event-stream") for name, value in message["headers"]
            )
            if previous_id and not streamed:
                # The answer is about to get longer than its head says.
                head = message
                return
        else:
            part = message.get("body", b"")
            if previous_id:
                part = naming_previous(part, previous_id)
                message = {**message, "body": part}
            if not message.get("more_body") and wishes.store is not False:
                finished = finished_response(part, streamed=streamed)
                if finished is not None:
                    await store.save(owner, finished[0], previous_id, given, finished[1])
            if head is not None:
                others = [header for header in head["headers"] if header[0] != b"content-length"]
                await send({**head, "headers": [*others, (b"content-length", b"%d" % len(part))]})
                head = None
        await send(message)

    return body, keeping


async def answer_about(store: ResponseStore | None, key: ApiKeyRecord, method: str, place: str, query: bytes) -> bytes:
    """Return what a client is told that asks at ``/v1/responses/`` + ``place``: a kept answer, the items it was given
    to, or that it is gone; of another key's answers nothing is known. Raises ResponseNotFound and InvalidRequest."""
    wanted, _, what = place.partition("/")
    if store is None or (what, method) not in _DOORS:
        if store is not None and what in ("", "input_items", "cancel"):
            allowed = "POST" if what == "cancel" else "GET" if what else "GET and DELETE"
            raise Problem(f"This path answers {allowed} only.", code="gateway.method_not_allowed", status=405)
        raise ResponseNotFound("There is nothing at this address.")
    owner = Owner(key.organization_id, key.id)
    if method == "DELETE":
        await store.delete(owner, wanted)
        return msgspec.json.encode({"id": wanted, "object": "response", "deleted": True})
    if what == "input_items":
        asked = {name: values[-1] for name, values in parse_qs(query.decode("latin-1")).items()}
        limit = asked.get("limit", "20")
        if not limit.isascii() or not limit.isdigit() or not 1 <= int(limit) <= _MOST_ITEMS:
            raise InvalidRequest(f"limit must be a number from 1 to {_MOST_ITEMS}.")
        if asked.get("order", "desc") not in ("asc", "desc"):
            raise InvalidRequest("order must be asc or desc.")
        items = await store.input_items(owner, wanted)
        return page_of_items(
            items, wanted, int(limit), newest_first=asked.get("order") != "asc", after=asked.get("after", "")
        )
    if b"stream=true" in query:
        raise InvalidRequest("A kept answer is not streamed again.", action="Leave out stream.")
    answer = await store.get(owner, wanted)
    if what == "cancel":
        # Nothing runs in the background here, so what is kept is finished.
        raise InvalidRequest("Cannot cancel a synchronous response.")
    return answer
