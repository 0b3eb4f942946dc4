"""Continues conversations of the Responses API from answers that were kept, and keeps new ones."""

from powerautomation.gateway.proxy.exchange import Message, Send
from powerautomation.gateway.proxy.service import Gateway
from powerautomation.gateway.responses import (
    PreviousResponseNotFound,
    continued_body,
    finished_response,
    own_input,
    wishes_of,
)
from powerautomation.identity.api_keys import ApiKeyRecord


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
    given = own_input(body) if wishes.store is not False else []
    if previous_id:
        history = await store.history(key.organization_id, previous_id, gateway.max_body_bytes)
        body = continued_body(body, history)
    if wishes.store is False:
        return body, send
    streamed = False

    async def keeping(message: Message) -> None:
        nonlocal streamed
        if message["type"] == "http.response.start":
            streamed = any(
                name == b"content-type" and value.startswith(b"text/event-stream") for name, value in message["headers"]
            )
        elif not message.get("more_body"):
            finished = finished_response(message.get("body", b""), streamed=streamed)
            if finished is not None:
                await store.save(key.organization_id, finished[0], previous_id, given, finished[1])
        await send(message)

    return body, keeping
