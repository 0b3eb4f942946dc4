"""Files named in requests are looked for without holding anybody up."""

import asyncio
import json
from typing import Any, cast

import pytest

from powerautomation.gateway.dialects import DIALECTS
from powerautomation.gateway.files import ID_PREFIX, FileNotFound, FileStore, Owner
from powerautomation.gateway.proxy.file_references import with_files

OWNER = Owner("org_1", "key_1", "")
ANTHROPIC = DIALECTS["anthropic-messages"]
MOST = 32 * 1024 * 1024


class _Empty:
    """A store without files."""

    async def open(self, owner: Owner, file_id: str) -> Any:
        raise FileNotFound("There is no such file.")


STORE = cast(FileStore, _Empty())


def naming(file_id: str, **more: Any) -> bytes:
    block = {"type": "document", "source": {"type": "file", "file_id": file_id}}
    return json.dumps({"messages": [{"role": "user", "content": [block]}], **more}, indent=1).encode()


@pytest.mark.parametrize("text", [f"What is {ID_PREFIX}0a?", f'"file_id": "{ID_PREFIX}0a"', f"{{{ID_PREFIX}"])
async def test_a_text_that_speaks_of_a_file_names_none(text: str) -> None:
    said = json.dumps({"messages": [{"role": "user", "content": text}]}).encode()
    assert await with_files(STORE, OWNER, ANTHROPIC, said, MOST) is said


async def test_a_file_that_is_named_is_looked_for() -> None:
    with pytest.raises(FileNotFound):
        await with_files(STORE, OWNER, ANTHROPIC, naming(f"{ID_PREFIX}0a"), MOST)


async def test_a_large_request_is_taken_apart_beside_the_event_loop() -> None:
    large = naming(f"{ID_PREFIX}0a", metadata=[[] for _ in range(60_000)])
    looking = asyncio.create_task(with_files(STORE, OWNER, ANTHROPIC, large, MOST))
    turns = 0
    while not looking.done():
        await asyncio.sleep(0)
        turns += 1
    with pytest.raises(FileNotFound):
        await looking
    assert turns > 10
