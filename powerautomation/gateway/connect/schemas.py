"""Answers of the connect endpoint."""

from typing import Literal

from pydantic import BaseModel


class ClientSnippet(BaseModel):
    """Lines for one client, with ``{{API_KEY}}`` where a key belongs."""

    id: Literal["claude-code", "anthropic-sdk", "openai-sdk", "codex", "gemini-cli", "kimi-cli", "curl"]
    title: str
    language: Literal["shell", "python"]
    snippet: str


class ConnectAnswer(BaseModel):
    """How clients reach this server, and whether one of them ever did."""

    base_url: str
    has_requests: bool
    clients: list[ClientSnippet]
