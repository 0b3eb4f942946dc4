"""What a client calls the fields of the typed model, in its own dialect: a refusal, or the ledger, never speaks of a
field the client did not send."""

from collections.abc import Mapping

# As chat completions call them unless a dialect has a word of its own.
_WORDS: Mapping[str, Mapping[str, str]] = {
    "anthropic-messages": {
        "stop": "stop_sequences",
        "max_output_tokens": "max_tokens",
        "parallel_tool_calls": "tool_choice.disable_parallel_tool_use",
        "response_format": "output_config.format",
        "response_schema_name": "output_config.format",
        "reasoning_effort": "thinking",
    },
    "openai-chat": {"max_output_tokens": "max_tokens", "response_schema_name": "response_format.json_schema.name"},
    "openai-responses": {
        "response_format": "text.format",
        "response_schema_name": "text.format.name",
        "reasoning_effort": "reasoning.effort",
    },
    "gemini": {
        "stop": "generationConfig.stopSequences",
        "max_output_tokens": "generationConfig.maxOutputTokens",
        "temperature": "generationConfig.temperature",
        "top_p": "generationConfig.topP",
        "top_k": "generationConfig.topK",
        "seed": "generationConfig.seed",
        "presence_penalty": "generationConfig.presencePenalty",
        "frequency_penalty": "generationConfig.frequencyPenalty",
        "tool_choice": "toolConfig.functionCallingConfig",
        "response_format": "generationConfig.responseMimeType",
        "reasoning_effort": "generationConfig.thinkingConfig",
    },
}


def client_word(dialect: str, field: str) -> str:
    """Return what a client of a dialect calls a field of the typed model; the dialect may be empty."""
    return _WORDS.get(dialect or "openai-chat", {}).get(field, field)
