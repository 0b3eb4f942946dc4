"""The dialect as a whole: its headers, and when an answer must be repaired."""

import pytest

from powerautomation.gateway.dialects import DIALECTS, Peek
from powerautomation.gateway.dialects.openai_chat import OPENAI_CHAT
from powerautomation.gateway.families import family_of


def test_it_is_known_by_its_name() -> None:
    assert DIALECTS["openai-chat"] is OPENAI_CHAT
    assert OPENAI_CHAT.chat_path("gpt-4o", stream=True) == "/chat/completions"


def test_only_our_credential_goes_out() -> None:
    client = [(b"authorization", b"Bearer pa_mine"), (b"x-api-key", b"k"), (b"anthropic-beta", b"b"), (b"cookie", b"c")]
    headers = OPENAI_CHAT.upstream_headers("sk-theirs", client)
    assert sorted(headers) == [("authorization", "Bearer sk-theirs"), ("content-type", "application/json")]
    assert OPENAI_CHAT.upstream_headers("", client) == [("content-type", "application/json")]


@pytest.mark.parametrize(
    ("model", "tools", "repair"),
    [("kimi-k2.6", 1, True), ("kimi-k2.6", 0, False), ("gpt-4o", 5, False), ("some-model", 5, False)],
)
def test_answers_are_repaired_only_where_tools_may_leak(model: str, tools: int, repair: bool) -> None:
    assert OPENAI_CHAT.needs_repair(Peek("m", tools=tools), family_of(model)) is repair
