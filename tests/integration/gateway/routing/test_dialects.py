"""Routing knows the same of a request whichever API it comes by: its kind, what conditions ask, its conversation."""

from typing import Any

import httpx2
import pytest

from tests.fixtures.clients import READ, DialectName, Tool, posted, request_body
from tests.integration.app.installation import Installation, Person

Json = dict[str, Any]
DIALECTS: tuple[DialectName, ...] = ("anthropic-messages", "openai-chat", "openai-responses", "gemini")
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
DEAR, CHEAP = "dear/kimi-k2-instruct", "cheap/kimi-k2.6"
every_dialect = pytest.mark.parametrize("dialect", DIALECTS)


def said(dialect: DialectName, *turns: str) -> list[Json]:
    """A conversation in a dialect's own form; the person begins. ``|`` divides a turn into two parts."""
    found: list[Json] = []
    for number, turn in enumerate(turns):
        texts, mine = turn.split("|"), number % 2 == 0
        if dialect == "gemini":
            # As Google's own clients write it: the role comes last.
            found.append({"parts": [{"text": text} for text in texts], "role": "user" if mine else "model"})
        elif dialect == "openai-responses":
            kind = "input_text" if mine else "output_text"
            content = [{"type": kind, "text": text} for text in texts]
            found.append({"type": "message", "role": "user" if mine else "assistant", "content": content})
        else:
            content = [{"type": "text", "text": text} for text in texts]
            found.append({"role": "user" if mine else "assistant", "content": content})
    return found


def allowing(dialect: DialectName, tokens: int) -> Json:
    """The fields that allow so many tokens of answer."""
    if dialect == "gemini":
        return {"generationConfig": {"maxOutputTokens": tokens}}
    return {"max_output_tokens" if dialect == "openai-responses" else "max_tokens": tokens}


def quiet(dialect: DialectName) -> Json:
    """The fields that ask for no thinking, where a client of the dialect asks for it by habit."""
    return {"generationConfig": {"maxOutputTokens": 1000}} if dialect == "gemini" else {}


def thinking(dialect: DialectName) -> Json:
    """The fields that ask for thinking."""
    fields: dict[str, Json] = {
        "anthropic-messages": {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 4096},
        "openai-chat": {"reasoning_effort": "high"},
        "openai-responses": {"reasoning": {"effort": "high"}},
        "gemini": {"generationConfig": {"thinkingConfig": {"thinkingBudget": 1024}}},
    }
    return fields[dialect]


def with_image(dialect: DialectName) -> list[Json]:
    """A turn that shows an image."""
    address = f"data:image/png;base64,{PIXEL}"
    parts: dict[str, Json] = {
        "anthropic-messages": {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}},
        "openai-chat": {"type": "image_url", "image_url": {"url": address}},
        "openai-responses": {"type": "input_image", "image_url": address},
        "gemini": {"inlineData": {"mimeType": "image/png", "data": PIXEL}},
    }
    (turn,) = said(dialect, "What is this?")
    turn["parts" if dialect == "gemini" else "content"].append(parts[dialect])
    return [turn]


def tools_of(number: int) -> list[Tool]:
    """So many tools; one of them has parameters that are named as the parts of a request."""
    properties = {name: {"type": "array", "items": {"type": "string"}} for name in ("messages", "contents", "input")}
    odd = Tool("Odd", {"type": "object", "properties": properties, "required": ["messages"]})
    return [odd, *(Tool(f"{READ.name}{count}", READ.schema) for count in range(1, number))]


async def ask(
    person: Person, dialect: DialectName, prompt: str | list[Json], headers: dict[str, str] | None = None, **more: Any
) -> httpx2.Response:
    """One request of a dialect for ``any-1``."""
    tools = more.pop("tools", ())
    body = {**request_body(dialect, "any-1", prompt, stream=False, tools=tools), **quiet(dialect), **more}
    path, sent = posted(dialect, body)
    answer = await person.http.post(path, json=sent, headers={"x-api-key": person.key, **(headers or {})})
    assert answer.status_code == 200, answer.text
    return answer


async def served(person: Person, dialect: DialectName, prompt: str | list[Json], **more: Any) -> str:
    """The deployment that answered."""
    answer = await ask(person, dialect, prompt, **more)
    return answer.headers["x-powerautomation-route"]


@every_dialect
async def test_the_kind_of_work_is_told_from_every_dialect(
    here: Installation, admin: Person, dialect: DialectName
) -> None:
    async def kind(prompt: str | list[Json], *, tools: list[Tool] | None = None, **more: Any) -> str:
        body = {**request_body(dialect, "any-1", prompt, stream=False, tools=tools or []), **quiet(dialect), **more}
        asked = {"dialect": dialect, "body": posted(dialect, body)[1], "model": "any-1"}
        found: str = (await admin.ok("POST", "routes/dry-run", asked))["task_class"]
        return found

    assert await kind("hi") == "plain"
    assert await kind("hi", **allowing(dialect, 32)) == "background"
    assert await kind("Please write a short title for this conversation.") == "background"
    assert await kind(said(dialect, "hi"), tools=tools_of(8)) == "tool_heavy"
    assert await kind("hi", **thinking(dialect)) == "deep_reasoning"
    assert await kind(with_image(dialect)) == "vision"
    assert await kind("word " * 50_000) == "long_context"


@every_dialect
@pytest.mark.parametrize(
    "condition",
    [
        '"x-team" in headers && headers["x-team"] == "red"',
        "tokens > 5000",
        "tools == 3",
        "max_tokens == 77",
        'thinking && task_class == "deep_reasoning"',
        'model == "any-1" && key == "test" && tokens > 5000 && !stream && !images',
    ],
    ids=["headers", "tokens", "tools", "max_tokens", "thinking", "several"],
)
async def test_conditions_see_the_same_of_every_dialect(
    here: Installation, admin: Person, dialect: DialectName, condition: str
) -> None:
    match = {"model": "any-*", "when": condition}
    await admin.ok("POST", "routes", {"name": "when", "match": match, "use": ["cheap"]})
    await admin.ok("POST", "routes", {"name": "else", "match": {"model": "any-*"}, "use": ["dear"]})
    more: Json = {}
    if "tools" in condition:
        more["tools"] = tools_of(3)
    if "max_tokens" in condition:
        more |= allowing(dialect, 77)
    if "thinking" in condition:
        more |= thinking(dialect)
    prompt = "word " * 6_000 if "tokens > 5000" in condition else "hi"
    assert await served(admin, dialect, "hi") == DEAR
    assert await served(admin, dialect, prompt, headers={"x-team": "red"}, **more) == CHEAP


@every_dialect
async def test_a_conversation_keeps_its_arm_and_its_home(
    here: Installation, admin: Person, dialect: DialectName
) -> None:
    split = {"name": "trial", "arms": [{"name": "a", "use": ["dear"]}, {"name": "b", "use": ["cheap"]}]}
    await admin.ok("POST", "routes", {"name": "tried", "match": {"model": "any-*"}, "split": split})
    arms = []
    for number in range(16):
        # Clients that begin every conversation with the same words about their surroundings.
        opening = f'Today is a {{day}} in "May".|Question {number} }}'
        tools = tools_of(2)
        first = await served(admin, dialect, said(dialect, opening), tools=tools)
        later = said(dialect, opening, "It is so.", "Go on.")
        assert await served(admin, dialect, later, tools=tools) == first
        arms.append(first)
    assert set(arms) == {DEAR, CHEAP}, "conversations are told apart by the whole first message"


@every_dialect
async def test_a_conversation_stays_where_its_prompt_is_cached(
    here: Installation, admin: Person, dialect: DialectName
) -> None:
    rule = {"name": "turns", "match": {"model": "any-*"}, "use": ["dear", "cheap"], "policy": "round_robin"}
    await admin.ok("POST", "routes", rule)
    homes: list[str] = []
    for number in range(4):
        turns = [f"Surroundings.|{'word ' * 2_000} {number}"]
        found = set()
        for _ in range(3):
            found.add(await served(admin, dialect, said(dialect, *turns)))
            turns += ["It is so.", "Go on."]
        assert len(found) == 1
        homes += found
    assert set(homes) == {DEAR, CHEAP}
