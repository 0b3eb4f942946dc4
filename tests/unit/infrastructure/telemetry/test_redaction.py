"""Secrets do not reach the log: by name, by look, by value."""

import pytest

from powerautomation.infrastructure.telemetry import hide_from_logs, redacted
from powerautomation.infrastructure.telemetry.redaction import redact_event

SECRET = "canaryCANARY0123456789canary"


@pytest.mark.parametrize(
    "text",
    [
        f"key pa_{SECRET} was used",
        f"key sk-ant-api03-{SECRET}",
        f"sk-{SECRET}",
        f"Authorization: Bearer {SECRET}",
        f"authorization: bearer {SECRET}",
        f"postgresql://user:{SECRET}@db.example/pa",
        f"redis://:{SECRET}@r.example/0",
        f"http://127.0.0.1:8080/sign-in#token={SECRET}",
        f"https://host.example/v1?key={SECRET}&alt=sse",
        f"ghp_{SECRET}",
        f"eyJ{SECRET}.{SECRET}.{SECRET}",
        f"conninfo: host=x password={SECRET} user=y",
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str) -> None:
    assert SECRET not in redacted(text)
    assert "***" in redacted(text)


@pytest.mark.parametrize(
    "text",
    [
        "request req_01k9abcdefghjkmnpqrstvwxyz0 done in 12 ms",
        "https://api.moonshot.cn/v1/chat/completions answered 429",
        "deployment infini/kimi-k2-instruct opened its circuit at 2026-11-21T02:03:04Z",
        "input_tokens=1200 output_tokens=33",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.parametrize(
    "name",
    ["api_key", "x-api-key", "Authorization", "password", "new_password", "token", "csrf_token", "Cookie", "set-cookie",
     "secret", "client_secret", "secret_key", "x-goog-api-key", "database.password"],
)  # fmt: skip
def test_a_field_named_like_a_secret_is_hidden_whatever_it_holds(name: str) -> None:
    event = redact_event(None, "info", {"event": "x", name: "plain", "nested": {"list": [{name: "plain"}]}})

    assert event[name] == "***"
    assert event["nested"] == {"list": [{name: "***"}]}


def test_counts_and_ids_with_similar_names_stay() -> None:
    plain = {"output_tokens": 7, "token": 12, "api_key_id": "key_1", "tokens": 3, "routing_key": "r", "ok": True}

    assert redact_event(None, "info", dict(plain)) == plain


def test_a_known_secret_is_hidden_wherever_it_turns_up() -> None:
    hide_from_logs("correct horse battery staple")
    hide_from_logs("correct horse battery staple and more")
    hide_from_logs("short")

    class Odd:
        def __repr__(self) -> str:
            return "Odd(correct horse battery staple)"

    event = redact_event(
        None,
        "info",
        {"event": "saw correct horse battery staple and more", "a": [Odd()], "b": b"correct horse battery staple"},
    )

    assert event == {"event": "saw ***", "a": ["Odd(***)"], "b": "***"}
    assert redacted("a short text") == "a short text"
