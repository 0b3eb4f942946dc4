"""What clients of the Responses API really send, shortened."""

import json
from typing import Any

READ = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
GRAMMAR = {"type": "grammar", "syntax": "lark", "definition": 'start: "*** Begin Patch" LF'}
FOREIGN_THOUGHT = "gAAAAABo-somebody-else-encrypted-this"


def message(role: str, text: str) -> dict[str, Any]:
    """One message as Codex writes it."""
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "id": f"msg_{role}", "role": role, "content": [{"type": kind, "text": text}]}


def codex_body(model: str) -> dict[str, Any]:
    """A second turn as Codex 0.169 sends it: developer messages, plain, freeform and namespaced tools and a search of
    its own, a hosted tool, parallel calls, a picture among the results, reasoning that OpenAI encrypted."""
    return {
        "model": model,
        "stream": True,
        "store": False,
        "input": [
            message("developer", "You are Codex."),
            message("developer", "Be careful."),
            message("user", "read both"),
            {
                "type": "reasoning",
                "id": "rs_1",
                "summary": [{"type": "summary_text", "text": "I read."}],
                "encrypted_content": FOREIGN_THOUGHT,
            },
            message("assistant", "Reading."),
            {"type": "function_call", "id": "fc_1", "call_id": "call_a", "name": "read", "arguments": '{"path":"a"}'},
            {
                "type": "function_call",
                "id": "fc_2",
                "call_id": "call_b",
                "name": "close",
                "namespace": "agents",
                "arguments": "{}",
            },
            {"type": "custom_tool_call", "id": "ctc_1", "call_id": "call_c", "name": "patch", "input": '*** "Begin"\n'},
            {"type": "function_call_output", "call_id": "call_a", "output": "content of a"},
            {"type": "custom_tool_call_output", "call_id": "call_c", "output": "patched"},
            {
                "type": "function_call_output",
                "call_id": "call_b",
                "output": [{"type": "input_text", "text": "no such agent"}],
            },
            {
                "type": "tool_search_call",
                "call_id": "call_d",
                "execution": "client",
                "status": "completed",
                "arguments": {"query": "calendar"},
            },
            {
                "type": "tool_search_output",
                "call_id": "call_d",
                "execution": "client",
                "status": "completed",
                "tools": [{"type": "function", "name": "calendar", "parameters": READ, "strict": False}],
            },
            message("user", "go on"),
        ],
        "tools": [
            {"type": "function", "name": "read", "description": "Reads.", "strict": False, "parameters": READ},
            {"type": "custom", "name": "patch", "description": "Patches.", "format": GRAMMAR},
            {
                "type": "namespace",
                "name": "agents",
                "description": "Agents.",
                "tools": [{"type": "function", "name": "close", "strict": False, "parameters": READ}],
            },
            {"type": "tool_search", "execution": "client", "description": "Finds tools.", "parameters": READ},
            {"type": "web_search", "external_web_access": True},
        ],
        "tool_choice": "auto",
        "parallel_tool_calls": True,
        "reasoning": {"effort": "medium", "summary": "auto"},
        "include": ["reasoning.encrypted_content"],
        "prompt_cache_key": "0199-session",
        "text": {"verbosity": "low"},
        "client_metadata": {"session_id": "0199-session"},
    }


def codex_gpt6_body(model: str) -> dict[str, Any]:
    """The same conversation with its tools among the input."""
    body = codex_body(model)
    tools = body.pop("tools")
    given = {"type": "additional_tools", "id": "at_1", "role": "developer", "tools": tools}
    return {**body, "input": [given, *body["input"]], "parallel_tool_calls": False}


def encoded(body: dict[str, Any]) -> bytes:
    """A body as it travels."""
    return json.dumps(body, ensure_ascii=False).encode()
