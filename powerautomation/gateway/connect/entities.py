"""What a person copies to point a client at this server."""

from dataclasses import dataclass
from typing import Literal

ClientId = Literal["claude-code", "anthropic-sdk", "openai-sdk", "codex", "gemini-cli", "kimi-cli", "curl"]


@dataclass(frozen=True, slots=True)
class Snippet:
    """Lines to paste for one client; ``language`` is how they are to be highlighted."""

    id: ClientId
    title: str
    language: Literal["shell", "python"]
    snippet: str
