"""What an answer leaves behind for a client that drops it, and how it stands in the next request."""

import pytest

from powerautomation.gateway.dialects import (
    ChatRequest,
    Finished,
    Message,
    RedactedThinking,
    Started,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ThinkingSignature,
    ToolArgumentsDelta,
    ToolCall,
    ToolCallStarted,
)
from powerautomation.gateway.families import family_of
from powerautomation.gateway.thoughts import Listener, Thought, is_lossy
from powerautomation.gateway.thoughts.rules import (
    MOST_CHARACTERS,
    call_id,
    digest_with,
    turn_id,
    turns_lacking,
    with_thoughts,
)

CLAUDE = [
    Started("msg", "claude"),
    ThinkingDelta("One, "),
    ThinkingDelta("two."),
    ThinkingSignature("SIGNED"),
    RedactedThinking("opaque"),
    TextDelta("Let me see."),
    ToolCallStarted(0, "a", "Read"),
    ToolArgumentsDelta(0, '{"path":'),
    ToolArgumentsDelta(0, '"x"}'),
    ThinkingDelta("Three."),
    ThinkingSignature("SIGNED 3"),
    ToolCallStarted(1, "b", "Read"),
    ToolArgumentsDelta(1, "{}"),
    Finished("tool_calls"),
]
DIGEST = digest_with(b"secret" * 6, "org_a")


def heard(client: str, events: object = CLAUDE) -> Listener:
    listener = Listener(client)
    listener.hear(events)  # type: ignore[arg-type]
    return listener


def conversation(*said: Message) -> ChatRequest:
    return ChatRequest("model", (Message("user", (Text("Begin."),)), *said))


def test_what_stood_where_in_an_answer_stands_there_again() -> None:
    listener = heard("openai-chat")
    thought = listener.thought()
    assert thought is not None
    bare = listener.said()
    assert bare.parts == (Text("Let me see."), ToolCall("a", "Read", '{"path":"x"}'), ToolCall("b", "Read", "{}"))
    told = with_thoughts(conversation(bare), {1: thought}).messages[1]
    assert told.parts == (
        Thinking("One, two.", "SIGNED", "", "anthropic"),
        Thinking("", "", "opaque", "anthropic"),
        Text("Let me see."),
        ToolCall("a", "Read", '{"path":"x"}'),
        Thinking("Three.", "SIGNED 3", "", "anthropic"),
        ToolCall("b", "Read", "{}"),
    )


def test_calls_get_their_own_signatures_and_those_the_client_brought_stand() -> None:
    events = [
        ToolCallStarted(0, "a", "Read", "G1"),
        ToolCallStarted(1, "b", "Read"),
        ToolCallStarted(2, "c", "Read", "G3"),
    ]
    thought = heard("anthropic-messages", events).thought()
    turn = Message(
        "assistant", (ToolCall("a", "Read", ""), ToolCall("b", "Read", ""), ToolCall("c", "Read", "", "OWN"))
    )
    told = with_thoughts(conversation(turn), {1: thought or Thought()}).messages[1]
    assert [part.signature for part in told.parts if isinstance(part, ToolCall)] == ["G1", "", "OWN"]


def test_signature_stays_away_from_arguments_it_was_not_given_for() -> None:
    """Claude Code completes the arguments of some of its tools before it sends them back."""
    events = [
        ToolCallStarted(0, "a", "Edit", "G1"),
        ToolArgumentsDelta(0, '{"new": 2, '),
        ToolArgumentsDelta(0, '"old": 1}'),
    ]
    thought = heard("anthropic-messages", events).thought()
    for arguments, signature in (('{"old":1,"new":2}', "G1"), ('{"old":1,"new":2,"replace_all":false}', "")):
        turn = Message("assistant", (ToolCall("a", "Edit", arguments),))
        told = with_thoughts(conversation(turn), {1: thought or Thought()}).messages[1]
        assert [part.signature for part in told.parts if isinstance(part, ToolCall)] == [signature]


@pytest.mark.parametrize("client", ["anthropic-messages", "openai-responses"])
def test_nothing_is_kept_that_the_clients_format_carries(client: str) -> None:
    assert heard(client).thought() is None
    assert heard(client, [ThinkingDelta("plain"), ToolCallStarted(0, "a", "Read")]).thought() is None


def test_what_openai_sealed_is_kept_for_a_client_of_anthropics_format() -> None:
    thought = heard("anthropic-messages", [ThinkingDelta("hm"), ThinkingSignature("gAAA", "openai", "rs_1")]).thought()
    assert thought == Thought(((0, Thinking("hm", "gAAA", "", "openai", "rs_1")),))


def test_too_much_is_not_kept() -> None:
    listener = heard("openai-chat", [ThinkingDelta("x" * 1000)] * (MOST_CHARACTERS // 1000 + 1))
    listener.hear([ToolCallStarted(0, "a", "Read", "G1")])
    assert listener.thought() is None


def test_signed_thinking_the_client_brought_stands() -> None:
    own = Thinking("mine", "OWN", "", "anthropic")
    thought = Thought(((0, Thinking("other", "SIGNED", "", "anthropic")),))
    turn = Message("assistant", (own, ToolCall("a", "Read", "{}")))
    assert with_thoughts(conversation(turn), {1: thought}).messages[1] == turn


def test_a_turn_is_known_by_its_first_call_whatever_stands_before_it() -> None:
    one = Message("assistant", (Text("x"), ToolCall("a", "Read", "{}"), ToolCall("b", "Read", "{}")))
    other = Message("assistant", (ToolCall("a", "Other", '{"y":1}'),))
    assert turn_id("openai-chat", one, 3, "Begin.", DIGEST) == turn_id("openai-chat", other, 9, "Else.", DIGEST)
    assert call_id("openai-chat", one, DIGEST) != call_id("openai-chat", one, digest_with(b"secret" * 6, "org_b"))


def test_a_turn_without_ids_is_known_by_its_words_its_place_and_the_opening() -> None:
    turn = Message("assistant", (Text("x"), ToolCall("id", "Read", '{"b": 1, "a": "é"}')))
    same = Message("assistant", (Thinking("t"), Text("x"), ToolCall("call_0", "Read", '{"a":"\\u00e9","b":1}')))
    known = turn_id("gemini", turn, 2, "Begin.", DIGEST)
    assert turn_id("gemini", same, 2, "Begin.", DIGEST) == known
    others = [("gemini", turn, 3, "Begin."), ("gemini", turn, 2, "Else.")]
    said = Message("assistant", (Text("y"), *turn.parts[1:]))
    for client, message, place, opening in [*others, ("gemini", said, 2, "Begin.")]:
        assert turn_id(client, message, place, opening, DIGEST) != known
    assert turn_id("openai-chat", Message("assistant", (Text("x"),)), 0, "", DIGEST)


def test_only_turns_are_asked_for_that_lack_what_the_target_could_use() -> None:
    kimi, gemini, plain = family_of("kimi-k2.6"), family_of("gemini-3-flash"), family_of("gpt-4o")
    signed = Message("assistant", (ToolCall("a", "Read", "{}", "G"),))
    thought = Message("assistant", (Thinking("hm"), ToolCall("b", "Read", "{}")))
    bare = Message("assistant", (ToolCall("c", "Read", "{}"),))
    words = Message("assistant", (Text("Hello."),))
    request = conversation(signed, thought, bare, words)

    def lacking(client: str, target: str, family: object = plain) -> list[int]:
        return [place for _, place in turns_lacking(request, client, target, family)]  # type: ignore[arg-type]

    assert lacking("anthropic-messages", "gemini", gemini) == [1, 2]
    assert lacking("openai-chat", "openai-chat", kimi) == [0, 2, 3]
    assert lacking("openai-chat", "openai-chat") == []
    assert lacking("openai-chat", "anthropic-messages") == [0, 1, 2, 3]
    assert lacking("anthropic-messages", "openai-chat", kimi) == []
    assert lacking("anthropic-messages", "openai-responses") == [0, 1, 2, 3]
    assert lacking("openai-responses", "anthropic-messages") == []


def test_answers_are_listened_to_only_where_something_may_get_lost() -> None:
    kimi, plain = family_of("kimi-k2.6"), family_of("gpt-4o")
    assert is_lossy("openai-chat", "openai-chat", kimi)
    assert not is_lossy("openai-chat", "openai-chat", plain)
    assert not is_lossy("anthropic-messages", "openai-chat", kimi)
    assert is_lossy("anthropic-messages", "gemini", plain)
    assert is_lossy("gemini", "openai-chat", kimi)
    assert not is_lossy("openai-responses", "anthropic-messages", plain)
