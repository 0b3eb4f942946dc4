"""Reads claude-code-router's ``config.json``, as https://github.com/musistudio/claude-code-router has it, 2026-11."""

import re
from typing import Any

from powerautomation.gateway.imports.building import (
    MOST_MODELS,
    Accounts,
    legal_model,
    preset_at,
    seconds_of,
    unread,
)
from powerautomation.gateway.imports.entities import Imported, ImportedDeployment, ImportedRoute
from powerautomation.gateway.imports.errors import ImportRefused

Json = dict[str, Any]

_ENDINGS = ("/chat/completions", "/v1/messages", "/models")
# Google's native address; the preset speaks its OpenAI-compatible one.
_GOOGLE = "https://generativelanguage.googleapis.com/v1beta"
_BY_FACTS = frozenset(
    {"deepseek", "gemini", "openrouter", "groq", "tooluse", "enhancetool", "reasoning", "cleancache", "Anthropic",
     "anthropic", "openai", "OpenAI", "forcereasoning", "streamoptions", "customparams"}
)  # fmt: skip
_WHY = {
    "APIKEY": "create gateway keys with `powerautomation keys create` or in the console.",
    "HOST": "set server.host or --host.",
    "PORT": "set server.port or --port.",
    "PROXY_URL": "set HTTPS_PROXY where the server starts.",
    "LOG": "the log goes to standard output.",
    "LOG_LEVEL": "set log.level.",
    "CUSTOM_ROUTER_PATH": "code of yours is not run; say it with routes.",
    "transformers": "code of yours is not run; what hosts need is known by facts.",
    "StatusLine": "concerns the terminal, not the gateway.",
    "NON_INTERACTIVE_MODE": "is not needed.",
}
_WHY_ROUTER = {
    "webSearch": "conditions of routes know how many tools a request has, not which.",
    "longContextThreshold": "counts only with a longContext model.",
}

# claude-code-router goes by the name alone. Claude Code may ask other models for titles and topics, too.
_BACKGROUND = 'model.contains("haiku") || task_class == "background"'
_LONG_CONTEXT_TOKENS = 60_000
_MOST_TOKENS = 1_000_000_000


def read(values: Json, source: str) -> Imported:
    """Return what a configuration of claude-code-router says. Raises ImportRefused when it holds no providers."""
    providers = values.get("Providers", values.get("providers"))
    if not isinstance(providers, list) or not providers:
        raise ImportRefused(f"{source} has no Providers: it is no configuration of claude-code-router.")
    imported = Imported(source)
    accounts = Accounts(imported)
    names: dict[tuple[str, str], str] = {}
    for number, given in enumerate(providers):
        _add_provider(imported, accounts, names, given, f"Providers[{number}]")
    router = values.get("Router", values.get("router"))
    if isinstance(router, dict):
        _add_routes(imported, names, router)
    timeout = seconds_of(values.get("API_TIMEOUT_MS"), 0.001)
    if timeout is not None:
        imported.gateway["total_timeout_seconds"] = timeout
    unread(imported, values, _WHY, "", frozenset({"Providers", "providers", "Router", "router", "API_TIMEOUT_MS"}))
    return imported


def _add_provider(
    imported: Imported, accounts: Accounts, names: dict[tuple[str, str], str], given: object, place: str
) -> None:
    if not isinstance(given, dict) or not isinstance(given.get("api_base_url"), str):
        imported.note("left_out", place, "has no api_base_url.")
        return
    name = str(given.get("name") or "provider")
    address = given["api_base_url"].strip().rstrip("/")
    dialect = "anthropic-messages" if address.endswith("/v1/messages") else "openai-chat"
    for ending in _ENDINGS:
        address = address.removesuffix(ending)
    address = address.replace("://localhost:", "://127.0.0.1:")
    preset = "gemini" if address == _GOOGLE else preset_at(address)
    account = accounts.account(
        name,
        preset=preset,
        dialect="" if preset else dialect,
        base_url="" if preset else address,
        key=given.get("api_key"),
        usual_key="",
        place=f"{place}.api_key",
    )
    models = given.get("models")
    for model in (models if isinstance(models, list) else [])[:MOST_MODELS]:
        if not legal_model(model):
            imported.note("left_out", f"{place}.models", f"“{str(model)[:60]}” is no name a model can have here.")
            continue
        names[name, model] = model
        imported.models.setdefault(model, []).append(ImportedDeployment(account.name, model))
    _report_transformers(imported, given.get("transformer"), f"{place}.transformer")
    unread(imported, given, {}, place, frozenset({"name", "api_base_url", "api_key", "models", "transformer"}))


def _report_transformers(imported: Imported, given: object, place: str) -> None:
    if not isinstance(given, dict):
        return
    used: list[object] = []
    for part in (given, *given.values()):
        chosen = part.get("use") if isinstance(part, dict) else None
        used += chosen if isinstance(chosen, list) else []
    for one in used:
        name = str(one[0] if isinstance(one, list) and one else one)
        if name in _BY_FACTS:
            imported.note("changed", place, f"“{name}” is not needed: what the host takes is known by facts.")
        else:
            imported.note("left_out", place, f"“{name[:60]}” has no counterpart here.")


def _add_routes(imported: Imported, names: dict[tuple[str, str], str], router: Json) -> None:
    def chosen(purpose: str) -> list[str]:
        said = router.get(purpose)
        if not isinstance(said, str) or not said.strip():
            return []
        provider, _, model = said.partition(",")
        name = names.get((provider.strip(), model.strip()))
        if name is None:
            imported.note("left_out", f"Router.{purpose}", f"“{said[:80]}” names no model of the Providers.")
            return []
        return [name]

    default, background, think, long = map(chosen, ("default", "background", "think", "longContext"))
    image = chosen("image")
    if image:
        imported.note("changed", "Router.image", "comes after the default, for images it cannot take.")
    # What comes after a purpose's own model is tried when that cannot take the request, or fails.
    rest = [*default, *long, *image]
    # In the order claude-code-router asks: length, a Haiku model, thinking.
    if long:
        tokens = _threshold(imported, router.get("longContextThreshold"))
        _add_route(imported, "long-context", [*long, *rest], f"tokens > {tokens}")
        imported.note(
            "changed",
            "Router.longContext",
            f"takes prompts of more than {tokens} tokens, by their length; earlier turns do not count.",
        )
    if background:
        _add_route(imported, "background", [*background, *rest], _BACKGROUND)
        imported.note(
            "changed",
            "Router.background",
            "takes the requests for a Haiku model, and titles, topics and probes whatever their model.",
        )
    if think:
        _add_route(imported, "think", [*think, *rest], "thinking")
    if rest:
        _add_route(imported, "default", rest)
    known = {"default", "background", "think", "longContext", "image"} | ({"longContextThreshold"} if long else set())
    unread(imported, {name: value for name, value in router.items() if value}, _WHY_ROUTER, "Router", frozenset(known))


def _add_route(imported: Imported, name: str, use: list[str], when: str = "") -> None:
    imported.routes.append(ImportedRoute(name, "claude-*", tuple(dict.fromkeys(use)), when=when))


def _threshold(imported: Imported, said: object) -> int:
    """Return above how many tokens a prompt is long."""
    if not said:
        return _LONG_CONTEXT_TOKENS
    try:
        tokens = float(str(said))
    except ValueError:
        tokens = 0.0
    if not 1 <= tokens <= _MOST_TOKENS:
        imported.note(
            "left_out",
            "Router.longContextThreshold",
            f"“{str(said)[:60]}” is no number of tokens: {_LONG_CONTEXT_TOKENS} holds.",
        )
        return _LONG_CONTEXT_TOKENS
    return int(tokens)


_COMMENTS = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*[^*]*\*+(?:[^/*][^*]*\*+)*/')
_TRAILING = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])')


def without_comments(text: str) -> str:
    """Return JSON without the comments and trailing commas that claude-code-router allows."""
    plain = _COMMENTS.sub(lambda found: found.group(1) or "", text)
    return _TRAILING.sub(lambda found: found.group(1) or "", plain)
