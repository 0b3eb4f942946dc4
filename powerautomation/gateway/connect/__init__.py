"""Owns how clients are pointed at this server: lines to paste for Claude Code, Codex, Gemini CLI, the SDKs and curl."""

from powerautomation.gateway.connect.entities import Snippet
from powerautomation.gateway.connect.routes import router
from powerautomation.gateway.connect.rules import API_KEY_PLACEHOLDER, connect_snippets

__all__ = ["API_KEY_PLACEHOLDER", "Snippet", "connect_snippets", "router"]
