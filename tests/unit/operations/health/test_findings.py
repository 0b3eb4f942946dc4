"""What the doctor finds is said by the server in English and by the console in every language, from the same codes."""

import json
import re
from pathlib import Path

import pytest

from powerautomation.operations.health.findings import FINDINGS, found

MESSAGES = Path(__file__).resolve().parents[4] / "web/console/src/features/operations/health/messages"


def texts_of(language: str) -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = json.loads((MESSAGES / f"{language}.json").read_text())["doctor"]["found"]
    return texts


def as_server_says(text: str) -> str:
    """The console's ``{{name}}`` and plain braces are the server's ``{name}`` and doubled braces."""
    return (
        re.sub(r"\{\{(\w+)\}\}", r"<\1>", text)
        .replace("{", "{{")
        .replace("}", "}}")
        .replace("<", "{")
        .replace(">", "}")
    )


def test_the_console_says_in_english_what_the_server_says() -> None:
    said = {
        code: (as_server_says(text["detail"]), as_server_says(text["action"])) for code, text in texts_of("en").items()
    }
    assert said == FINDINGS


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW"])
def test_every_finding_has_words_in_chinese(language: str) -> None:
    texts = texts_of(language)
    assert set(texts) == set(FINDINGS)
    for code, (detail, action) in FINDINGS.items():
        assert bool(texts[code]["action"]) == bool(action), code
        assert re.search(r"[\u4e00-\u9fff]", texts[code]["detail"]), (code, detail)


def test_finding_is_words_and_data() -> None:
    check = found("port", "Port 80", "failed", "port_taken", address="127.0.0.1:80", reason="in use", next=81)
    assert check.detail == "127.0.0.1:80 cannot be used: in use."
    assert check.action.endswith("--port 81")
    assert (check.code, check.values) == (
        "port_taken",
        {"address": "127.0.0.1:80", "reason": "in use", "next": "81"},
    )
