"""Reads LiteLLM's ``config.yaml``. Format: https://docs.litellm.ai/docs/proxy/configs, read 2026-11."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from powerautomation.gateway.imports.building import (
    MOST_MODELS,
    Accounts,
    free_name,
    legal_model,
    per_million,
    preset_at,
    provider_name,
    seconds_of,
    unread,
)
from powerautomation.gateway.imports.entities import Imported, ImportedDeployment, ImportedProvider, ImportedRoute
from powerautomation.gateway.imports.errors import ImportRefused
from powerautomation.gateway.imports.litellm_routing import Balance, Share, balances_of, with_wildcards

Json = dict[str, Any]

_PRICES = {
    "input_cost_per_token": "input",
    "output_cost_per_token": "output",
    "cache_read_input_token_cost": "cached_input",
    "cache_creation_input_token_cost": "cache_write_5m",
}
_PARAMETERS_READ = frozenset(
    {"model", "api_base", "base_url", "api_key", "rpm", "timeout", "stream_timeout", "litellm_credential_name",
     "custom_llm_provider", "order", "weight", *_PRICES}
)  # fmt: skip
_BUDGETS = "budgets are limits of money for keys, projects, people or the organization: see docs/guides/limits.md."
_PARALLEL = "requests at once are limited for keys, projects, people or the organization: see docs/guides/limits.md."
_GUARDRAILS = "is set on routes: add `guardrails` to them, see docs/guides/guardrails.md."
_CACHE = "answers are given again by route: add `cache` to it, see docs/guides/cache.md."
_BANDS = (
    "prices above so many tokens come from a price list: give it above_tokens, import it with `powerautomation prices "
    "import`, and take `price` out of the deployment, which would win over it."
)
_WHY_HERE = {
    "cache": _CACHE,
    "cache_params": _CACHE,
    "cache_responses": _CACHE,
    "guardrails": _GUARDRAILS,
    "max_budget": _BUDGETS,
    "budget_duration": _BUDGETS,
    "max_parallel_requests": _PARALLEL,
    "global_max_parallel_requests": _PARALLEL,
}
_WHY_PARAMETERS = {
    **_WHY_HERE,
    "tpm": "limits of tokens per minute at a provider are not known here.",
    "drop_params": "is not needed: what a host refuses is known by facts and left out or refused clearly.",
    "api_version": "versions of Azure's API are not spoken.",
    "max_retries": "retries go to the next deployment, up to gateway.max_attempts in all.",
    "tags": "routes match models, not tags.",
}
_WHY_INFO = {
    "id": "deployments are called provider/model.",
    "mode": "only models for chat and embeddings are carried over.",
    "base_model": "prices are looked up by the provider and its model.",
    "access_groups": "keys are not limited to groups of models here.",
}
_WHY_ROUTER = {
    **_WHY_HERE,
    "cooldown_time": "a deployment rests after five failures in a row, or as long as Retry-After says.",
    "allowed_fails": "a deployment rests after five failures in a row, or as long as Retry-After says.",
    "content_policy_fallbacks": "a refusal for content is the model's answer and is handed on.",
    "enable_pre_call_checks": "is always done: prompts too long for a model pass it over.",
    "redis_host": "set POWERAUTOMATION_REDIS_URL for several replicas.",
    "redis_port": "set POWERAUTOMATION_REDIS_URL for several replicas.",
    "redis_password": "set POWERAUTOMATION_REDIS_URL for several replicas.",
    "redis_url": "set POWERAUTOMATION_REDIS_URL for several replicas.",
}
_WHY_GENERAL = {
    **_WHY_HERE,
    "master_key": "create gateway keys with `powerautomation keys create` or in the console.",
    "database_url": "its database is not read; keys, users and spend stay there.",
    "alerting": "has no counterpart here yet.",
}
_ROUTER_READ = frozenset(
    {"fallbacks", "context_window_fallbacks", "default_fallbacks", "num_retries", "timeout", "request_timeout",
     "model_group_alias", "routing_strategy"}
)  # fmt: skip


class _Vendor(msgspec.Struct, forbid_unknown_fields=True):
    preset: str = ""
    base_url: str = ""
    key: str = ""
    unsupported: str = ""


@cache
def _vendors() -> dict[str, _Vendor]:
    text = files("powerautomation.gateway.imports").joinpath("vendors.yaml").read_bytes()
    return msgspec.yaml.decode(text, type=dict[str, _Vendor])


def read(values: Json, source: str) -> Imported:
    """Return what a LiteLLM configuration says. Raises ImportRefused when it holds no list of models."""
    entries = values.get("model_list")
    if not isinstance(entries, list) or not entries:
        raise ImportRefused(f"{source} has no model_list: it is no LiteLLM configuration.")
    imported = Imported(source)
    reader = _Reader(imported, values)
    ordered = sorted(enumerate(entries), key=lambda item: _order(item[1]))
    for number, entry in ordered[:MOST_MODELS]:
        reader.add(entry, f"model_list[{number}]")
    if len(entries) > MOST_MODELS:
        imported.note("left_out", "model_list", f"only the first {MOST_MODELS} models are read.")
    router = _mapping(values, "router_settings")
    general = _mapping(values, "litellm_settings")
    reader.add_routing({**general, **router})
    unread(imported, router, _WHY_ROUTER, "router_settings", _ROUTER_READ)
    unread(imported, general, {**_WHY_ROUTER, **_WHY_PARAMETERS}, "litellm_settings", _ROUTER_READ)
    unread(imported, _mapping(values, "general_settings"), _WHY_GENERAL, "general_settings", frozenset())
    if _mapping(values, "environment_variables"):
        imported.note("to_do", "environment_variables", "set these variables where the server starts.")
    sections = {**_WHY_HERE, "include": "other files are not read: import each of them."}
    known = {"model_list", "router_settings", "litellm_settings", "general_settings", "environment_variables",
             "credential_list"}  # fmt: skip
    unread(imported, values, sections, "", frozenset(known))
    return imported


def _order(entry: object) -> float:
    order = _mapping(entry, "litellm_params").get("order") if isinstance(entry, dict) else None
    return float(order) if isinstance(order, int | float) and not isinstance(order, bool) else 1e9


def _mapping(values: Json, name: str) -> Json:
    found = values.get(name)
    return found if isinstance(found, dict) else {}


class _Reader:
    def __init__(self, imported: Imported, values: Json) -> None:
        self._imported = imported
        self._accounts = Accounts(imported)
        self._rates: dict[str, float] = {}
        self._shares: dict[str, list[Share]] = {}
        # Which model stands for a wildcard.
        self._wildcards: dict[str, str] = {}
        listed = values.get("credential_list")
        self._credentials: dict[object, Json] = {
            one.get("credential_name"): one.get("credential_values") or {}
            for one in (listed if isinstance(listed, list) else ())
            if isinstance(one, dict)
        }

    def add(self, entry: object, place: str) -> None:
        """Carry one deployment over, or say why not."""
        given = entry.get("litellm_params") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(given, dict) or not isinstance(given.get("model"), str):
            self._imported.note("left_out", place, "has no litellm_params.model.")
            return
        credentials = self._credentials.get(given.get("litellm_credential_name"), {})
        parameters = {**credentials, **given}
        about = entry.get("model_info")
        info: Json = about if isinstance(about, dict) else {}
        mode = info.get("mode")
        if mode not in (None, "chat", "completion", "responses", "embedding"):
            self._imported.note("left_out", place, f"models for {mode} are not carried over.")
            return
        account, model = self._account(parameters, place)
        if account is None:
            return
        public = self._public(entry.get("model_name"), model, place)
        if not public:
            return
        if model == "*" and given["model"] == "*":
            self._imported.note(
                "changed",
                f"{place}.litellm_params.model",
                f"LiteLLM takes the vendor by each model's name; here all go to “{account.name}”. Add the other "
                "vendors as providers, with a route for each before this one.",
            )
        price = {
            ours: text
            for theirs, ours in _PRICES.items()
            if (text := per_million(parameters.get(theirs, info.get(theirs, "")))) != ""
        }
        self._imported.models.setdefault(public, []).append(
            ImportedDeployment(account.name, "*" if "*" in model else model, price)
        )
        self._shares.setdefault(public, []).append(Share(f"{account.name}/{model}", _order(entry), parameters))
        self._limits(account, parameters, place)
        why = {**_WHY_PARAMETERS, **_bands(parameters)}
        unread(self._imported, parameters, why, f"{place}.litellm_params", _PARAMETERS_READ)
        left = {name: value for name, value in info.items() if not str(name).startswith("supports_")}
        unread(
            self._imported, left, {**_WHY_INFO, **_bands(left)}, f"{place}.model_info", frozenset({*_PRICES, "mode"})
        )

    def _account(self, parameters: Json, place: str) -> tuple[ImportedProvider | None, str]:
        prefix, _, rest = str(parameters["model"]).partition("/")
        custom = parameters.get("custom_llm_provider")
        if isinstance(custom, str) and custom in _vendors():
            rest = rest if prefix == custom else str(parameters["model"])
            prefix = custom
        elif prefix not in _vendors():
            # LiteLLM takes a model without a vendor for one of those whose names it knows.
            rest = str(parameters["model"])
            prefix = "anthropic" if rest.startswith("claude-") else "openai"
        vendor = _vendors()[prefix]
        if vendor.unsupported:
            self._imported.note("left_out", place, f"{prefix}/{rest}: {vendor.unsupported}.")
            return None, ""
        address = parameters.get("api_base") or parameters.get("base_url") or ""
        base_url = self._address(prefix, str(address).rstrip("/"))
        preset = preset_at(base_url) or vendor.preset if base_url else vendor.preset
        dialect = "" if preset else "openai-chat"
        if prefix == "openai" and base_url and not preset_at(base_url):
            # Any OpenAI-style server: OpenAI's own facts do not hold there.
            preset, dialect = "", "openai-chat"
        base_url = "" if preset and preset_at(base_url) == preset else base_url or vendor.base_url
        if not preset and not base_url:
            self._imported.note("left_out", place, f"{prefix}/{rest} needs an api_base.")
            return None, ""
        account = self._accounts.account(
            prefix if preset == vendor.preset else provider_name(prefix, preset, base_url),
            preset=preset,
            dialect=dialect,
            base_url=base_url,
            key=parameters.get("api_key"),
            usual_key=vendor.key if not address or prefix != "openai" else "",
            place=f"{place}.litellm_params.api_key",
        )
        return account, rest

    def _address(self, prefix: str, address: str) -> str:
        if address.startswith("os.environ/"):
            return "${" + address.removeprefix("os.environ/") + "}"
        for end in ("/chat/completions", "/v1/messages"):
            address = address.removesuffix(end)
        if prefix in ("ollama", "ollama_chat") and address and not address.endswith("/v1"):
            address = f"{address}/v1"
        return address.replace("http://localhost:11434", "http://127.0.0.1:11434")

    def _public(self, name: object, model: str, place: str) -> str:
        """Return the public name; a wildcard becomes a route to a model that goes by the name asked for."""
        if not isinstance(name, str) or "*" not in name + model:
            public = legal_model(name)
            if not public or not legal_model(model):
                self._imported.note("left_out", place, f"“{str(name)[:60]}” is no name a model can have here.")
                return ""
            return public
        prefix = name.partition("*")[0]
        if "/" in prefix or not name.endswith("*") or "*" not in model:
            self._imported.note(
                "left_out", place, f"the wildcard “{name[:60]}” would rename models, which routes do not do."
            )
            return ""
        public = self._wildcards.get(name, "")
        if not public:
            # Two patterns may differ in a sign that names do not show: claude* and claude-*.
            taken = {*self._wildcards.values(), *self._imported.models}
            public = free_name(f"any-{prefix.strip('-') or 'model'}", taken)
            self._wildcards[name] = public
            route = "wildcard-" + (public.removeprefix("any-") if prefix.strip("-") else "all")
            self._imported.routes.append(ImportedRoute(route, name, (public,)))
        return public

    def _limits(self, account: ImportedProvider, parameters: Json, place: str) -> None:
        rate = seconds_of(parameters.get("rpm"))
        if rate is not None:
            self._rates[account.name] = self._rates.get(account.name, 0.0) + rate
            account.limits["requests_per_second"] = max(0.01, round(self._rates[account.name] / 60, 2))
            self._imported.note(
                "changed", f"{place}.litellm_params.rpm", f"counts for the provider “{account.name}” as a whole."
            )
        for theirs, ours in (("timeout", "total_timeout_seconds"), ("stream_timeout", "first_token_timeout_seconds")):
            seconds = seconds_of(parameters.get(theirs))
            if seconds is not None:
                account.limits[ours] = max(seconds, account.limits.get(ours, 0.0))

    def add_routing(self, settings: Json) -> None:
        """Turn fallbacks and aliases into routes; they and exact names stand before wildcards, because the first match
        wins."""
        imported = self._imported
        uses: dict[str, list[str]] = {}
        behind: dict[str, list[str]] = {}
        for kind in ("fallbacks", "context_window_fallbacks"):
            for model, others in _pairs(settings.get(kind)):
                if model == "*":
                    settings = {**settings, "default_fallbacks": [*_texts(settings.get("default_fallbacks")), *others]}
                elif "*" in model:
                    behind.setdefault(model, []).extend(others)
                else:
                    uses.setdefault(model, [model]).extend(others)
            if kind == "context_window_fallbacks" and settings.get(kind):
                imported.note("changed", kind, "prompts too long for one model go to the next of the same route.")
        for other in _texts(settings.get("default_fallbacks")):
            for model in imported.models:
                if model not in self._wildcards.values():
                    uses.setdefault(model, [model]).append(other)
            for pattern in self._wildcards:
                behind.setdefault(pattern, []).append(other)
        balances = balances_of(imported, self._shares, settings.get("routing_strategy"))
        routes = []
        for model, names in uses.items():
            there = self._there(model, names)
            if len(there) > 1 and legal_model(model):
                balance = balances.pop(model, None)
                routes.append(self._with_fallbacks(model, there, balance))
        for model, balance in balances.items():
            routes.append(ImportedRoute(f"balance-{model}"[:100], model, (model,), balance.policy, balance.weights))
        aliases = settings.get("model_group_alias")
        for alias, target in aliases.items() if isinstance(aliases, dict) else ():
            aimed = str(target.get("model") if isinstance(target, dict) else target)
            same = next((route for route in routes if route.pattern == aimed), ImportedRoute("", aimed, (aimed,)))
            if legal_model(alias) and all(name in imported.models for name in same.use):
                routes.append(replace(same, name=f"alias-{alias}"[:100], pattern=str(alias)))
            else:
                imported.note("left_out", f"model_group_alias.{alias}", "its model was not carried over.")
        wildcards = [self._behind_wildcard(route, behind.pop(route.pattern, [])) for route in imported.routes]
        for pattern in behind:
            imported.note(
                "left_out",
                f"fallbacks of {pattern[:60]}",
                "no model of the list is called so: give the models that are meant a route that uses both.",
            )
        imported.routes = with_wildcards(list(imported.models), routes, wildcards)
        self._whole(settings)

    def _there(self, model: str, names: list[str]) -> tuple[str, ...]:
        """Return those of a model's fallbacks, itself first, that were carried over, and say which were not."""
        for gone in dict.fromkeys(name for name in names if name not in self._imported.models):
            self._imported.note("left_out", f"fallbacks of {model[:60]}", f"“{gone[:60]}” was not carried over.")
        return tuple(name for name in dict.fromkeys(names) if name in self._imported.models)

    def _behind_wildcard(self, route: ImportedRoute, others: list[str]) -> ImportedRoute:
        return replace(route, use=self._there(route.pattern, [*route.use, *others])) if others else route

    def _with_fallbacks(self, model: str, use: tuple[str, ...], balance: Balance | None) -> ImportedRoute:
        """Return a route whose fallbacks are tried after all of the model's own deployments. By weight that is said
        with weights of nought; another policy would choose among all of them."""
        name = f"fallbacks-{model}"[:100]
        if balance is None:
            return ImportedRoute(name, model, use)
        if balance.policy == "weighted":
            behind = {other: 0.0 for other in use if other != model}
            return ImportedRoute(name, model, use, balance.policy, {**balance.weights, **behind})
        self._imported.note(
            "left_out",
            "router_settings.routing_strategy",
            f"“{model}” has fallbacks, which are to come last: its deployments are tried in order of preference.",
        )
        return ImportedRoute(name, model, use)

    def _whole(self, settings: Json) -> None:
        retries = settings.get("num_retries")
        if isinstance(retries, int) and not isinstance(retries, bool) and retries >= 0:
            longest = max((len(route.use) for route in self._imported.routes), default=1)
            self._imported.gateway["max_attempts"] = min(50, max(retries + 1, longest))
            self._imported.note("changed", "num_retries", "became gateway.max_attempts, over all deployments together.")
        seconds = seconds_of(settings.get("request_timeout", settings.get("timeout")))
        if seconds is not None:
            self._imported.gateway["total_timeout_seconds"] = seconds


def _bands(given: Json) -> dict[str, str]:
    """Why prices above so many tokens are left out: the names say the number of tokens, so they cannot be listed."""
    return {name: _BANDS for name in map(str, given) if "cost" in name and "_above_" in name}


def _pairs(fallbacks: object) -> Iterator[tuple[str, list[str]]]:
    for entry in fallbacks if isinstance(fallbacks, list) else ():
        for model, others in entry.items() if isinstance(entry, dict) else ():
            yield str(model), _texts(others)


def _texts(values: object) -> list[str]:
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []
