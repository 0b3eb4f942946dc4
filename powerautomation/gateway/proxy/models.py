"""``GET /v1/models`` in the shapes of the APIs that share the path."""

import msgspec

from powerautomation.gateway.providers import AS_ASKED, Catalog
from powerautomation.gateway.proxy.credentials import check_model
from powerautomation.gateway.proxy.errors import UnknownModel
from powerautomation.gateway.routing import is_served
from powerautomation.identity.api_keys import ApiKeyRecord

_CREATED = 1_735_689_600  # a fixed moment: clients want a number, and a public name has no vendor's release date

_CODEX_INSTRUCTIONS = (
    "You are a coding agent in the user's workspace. Use the tools you are given to read, change and check the code, "
    "and go on until the task is done. Say briefly what you did."
)


def public_names(catalog: Catalog) -> list[str]:
    """Return the names a client may ask for: public models, then literal route names."""
    names = [name for name, deployments in catalog.models.items() if any(d.model != AS_ASKED for d in deployments)]
    literal = [route.pattern for route in catalog.routes if not any(sign in route.pattern for sign in "*?[")]
    return list(dict.fromkeys([*names, *literal]))


def list_models(catalog: Catalog, wanted: str, key: ApiKeyRecord, *, anthropic: bool) -> bytes:
    """Return the models the key may ask for as JSON, or one model when ``wanted`` names it. Raises UnknownModel."""
    shape = _anthropic_model if anthropic else _openai_model
    names = [name for name in public_names(catalog) if key.may_ask_for(name)]
    if wanted:
        check_model(key, wanted)
        _check_name(catalog, wanted, names)
        return msgspec.json.encode(shape(wanted))
    items = [shape(name) for name in names]
    if anthropic:
        ends = {"first_id": names[0] if names else None, "last_id": names[-1] if names else None}
        return msgspec.json.encode({"data": items, "has_more": False, **ends})
    # Codex looks for its own kind of list under ``models``; everybody else passes over it.
    return msgspec.json.encode(
        {"object": "list", "data": items, "models": [_codex_model(catalog, name) for name in names]}
    )


def list_gemini_models(catalog: Catalog, wanted: str, key: ApiKeyRecord) -> bytes:
    """Return the models the key may ask for as Google shapes them, or one when ``wanted`` names it. Raises
    UnknownModel."""
    names = [name for name in public_names(catalog) if key.may_ask_for(name)]
    if wanted:
        check_model(key, wanted)
        _check_name(catalog, wanted, names)
        return msgspec.json.encode(_gemini_model(catalog, wanted))
    return msgspec.json.encode({"models": [_gemini_model(catalog, name) for name in names]})


def _check_name(catalog: Catalog, wanted: str, names: list[str]) -> None:
    if wanted not in names and not is_served(catalog, wanted):
        raise UnknownModel(f"There is no model “{wanted}”. Models: {', '.join(names[:20])}.")


def _gemini_model(catalog: Catalog, name: str) -> dict[str, object]:
    deployments = catalog.models.get(name, ())
    family = deployments[0].family if deployments else None
    known: dict[str, object] = {}
    if family is not None and family.context_tokens:
        known["inputTokenLimit"] = family.context_tokens
    methods = ["generateContent", "streamGenerateContent", "countTokens"]
    return {
        "name": f"models/{name}",
        "baseModelId": name,
        "version": "1",
        "displayName": name,
        "supportedGenerationMethods": methods,
        **known,
    }


def _anthropic_model(name: str) -> dict[str, object]:
    return {"type": "model", "id": name, "display_name": name, "created_at": "2025-01-01T00:00:00Z"}


def _codex_model(catalog: Catalog, name: str) -> dict[str, object]:
    """Return a model as Codex's catalog describes one: the fields Codex 0.169 insists on, and what we know of it."""
    deployments = catalog.models.get(name, ())
    family = deployments[0].family if deployments else None
    known: dict[str, object] = {}
    if family is not None and family.context_tokens:
        known["context_window"] = family.context_tokens
    return {
        "slug": name,
        "display_name": name,
        "description": None,
        "supported_reasoning_levels": [],
        "shell_type": "unified_exec",
        "visibility": "list",
        "supported_in_api": True,
        "priority": 0,
        "support_verbosity": False,
        "truncation_policy": {"mode": "tokens", "limit": 10_000},
        "experimental_supported_tools": [],
        "input_modalities": ["text", "image"] if family is not None and family.reads_images else ["text"],
        "base_instructions": _CODEX_INSTRUCTIONS,
        **known,
    }


def _openai_model(name: str) -> dict[str, object]:
    return {"id": name, "object": "model", "created": _CREATED, "owned_by": "powerautomation"}
