"""Builds the catalog of an organization from the configuration, the environment and what the console stored."""

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from powerautomation.gateway.answer_cache import CachePolicy
from powerautomation.gateway.conditions import InvalidCondition, compile_condition
from powerautomation.gateway.families import Family, family_of
from powerautomation.gateway.guardrails import KINDS, Guardrails, guardrails_of
from powerautomation.gateway.metering import Price
from powerautomation.gateway.providers.entities import (
    AS_ASKED,
    DEMO,
    Arm,
    Catalog,
    Deployment,
    Endpoint,
    HealthCheck,
    Preset,
    Provider,
    Route,
    Source,
    Split,
    Timeouts,
)
from powerautomation.gateway.providers.presets import default_routes, family_at, find_preset, host_of, list_presets
from powerautomation.infrastructure.settings import (
    ProviderSettings,
    RouteSettings,
    Settings,
    setting_place,
    unset_variable,
)
from powerautomation.kernel.errors import StartRefused

DEMO_MODEL = "powerautomation-demo"


def timeouts_of(settings: Settings, declared: ProviderSettings | None = None) -> Timeouts:
    """Return a provider's time limits: its own where declared, the gateway's otherwise."""
    gateway = settings.gateway
    own = declared.least_tokens_per_second if declared is not None else None
    return Timeouts(
        first_token=(declared and declared.first_token_timeout_seconds) or gateway.first_token_timeout_seconds,
        idle=(declared and declared.idle_timeout_seconds) or gateway.idle_timeout_seconds,
        total=(declared and declared.total_timeout_seconds) or gateway.total_timeout_seconds,
        least_tokens_per_second=gateway.least_tokens_per_second if own is None else own,
        slow=gateway.slow_stream_seconds,
        drain=declared.drain_cancelled_seconds if declared is not None else 0,
    )


class StatedPrice(Protocol):
    """What a person states as price, per million tokens, in the configuration or in a form."""

    @property
    def input(self) -> Decimal | None: ...
    @property
    def cached_input(self) -> Decimal | None: ...
    @property
    def cache_write_5m(self) -> Decimal | None: ...
    @property
    def cache_write_1h(self) -> Decimal | None: ...
    @property
    def output(self) -> Decimal | None: ...
    @property
    def currency(self) -> str: ...


def stated_price(price: StatedPrice | None, source: str) -> Price | None:
    """Return a stated price as the ledger's price, or None when none is stated. ``source`` says where it stands."""
    if price is None:
        return None
    return Price(
        input=price.input,
        cached_input=price.cached_input,
        cache_write_5m=price.cache_write_5m,
        cache_write_1h=price.cache_write_1h,
        output=price.output,
        currency=price.currency,
        source=source,
    )


def complete_endpoint(
    preset: Preset | None,
    *,
    dialect: str | None = None,
    base_url: str | None = None,
    api_key: str = "",
    requests_per_second: float | None = None,
) -> Endpoint:
    """Return the endpoint that is meant: what is spelled out, and the preset's facts for the rest. ``dialect`` and
    ``base_url`` are empty where neither knows."""
    address = (base_url or (preset.base_url if preset else "")).strip().rstrip("/")
    return Endpoint(
        preset=preset.id if preset else "",
        dialect=dialect or (preset.dialect if preset else ""),
        base_url=address,
        api_key=api_key,
        requests_per_second=requests_per_second or (preset.requests_per_second if preset else None),
        models_url=preset.models_url if preset and address == preset.base_url else "",
    )


def provider_at(
    endpoint: Endpoint,
    *,
    id: str,
    name: str,
    timeouts: Timeouts,
    source: Source,
    organization_id: str | None = None,
    health_check: HealthCheck | None = None,
    missing_key: str = "",
    region: str = "",
) -> Provider:
    """Return the upstream account at an endpoint."""
    return Provider(
        id=id,
        name=name,
        dialect=endpoint.dialect,
        base_url=endpoint.base_url,
        api_key=endpoint.api_key,
        timeouts=timeouts,
        source=source,
        preset=endpoint.preset,
        requests_per_second=endpoint.requests_per_second,
        organization_id=organization_id,
        health_check=health_check,
        missing_key=missing_key,
        region=region,
    )


def new_deployment(
    provider: Provider, public_model: str, model: str, family: str | None = None, price: Price | None = None
) -> Deployment:
    """Return a deployment; a family left out is inferred from the model id."""
    return Deployment(
        id=f"{provider.name}/{model}",
        provider=provider,
        public_model=public_model,
        model=model,
        family=_family(provider, model, family),
        price=price,
    )


def _family(provider: Provider, model: str, named: str | None) -> Family:
    if named:
        return family_of("", named)
    if model != AS_ASKED:
        return family_at(provider.preset, provider.base_url, model, provider.dialect)
    # Which model it will be is not known yet; what is known is whose it will be.
    if provider.dialect == "gemini":
        return family_of("gemini-", None, provider.dialect)
    return family_of("", "claude" if provider.preset in ("", "anthropic") and _speaks_anthropic(provider) else None)


def _speaks_anthropic(provider: Provider) -> bool:
    return provider.dialect == "anthropic-messages"


def configured_deployments(settings: Settings) -> list[Deployment]:
    """Return the deployments the configuration file declares; none when it declares no provider. Raises StartRefused
    for a preset that does not exist."""
    providers = {name: _configured_provider(settings, name, declared) for name, declared in settings.providers.items()}
    return [
        new_deployment(
            providers[declared.provider],
            public_model,
            declared.model,
            model.family,
            stated_price(declared.price, "configuration"),
        )
        for public_model, model in settings.models.items()
        for declared in model.deployments
    ]


def _configured_provider(settings: Settings, name: str, declared: ProviderSettings) -> Provider:
    preset = find_preset(declared.preset) if declared.preset else None
    if declared.preset and preset is None:
        known = ", ".join(one.id for one in list_presets())
        raise StartRefused(
            f"The configuration gives provider “{name}” the preset “{declared.preset}”, which does not exist.",
            action=f"Use one of: {known}; or leave preset out and give dialect and base_url.",
            code="providers.unknown_preset",
        )
    endpoint = complete_endpoint(
        preset,
        dialect=declared.dialect,
        base_url=declared.base_url,
        api_key=declared.api_key.get_secret_value(),
        requests_per_second=declared.requests_per_second,
    )
    return provider_at(
        endpoint,
        id=name,
        name=name,
        timeouts=timeouts_of(settings, declared),
        source="file",
        health_check=_health_check(declared),
        missing_key=_missing_key(settings, name, declared, preset),
        region=declared.region,
    )


def _missing_key(settings: Settings, name: str, declared: ProviderSettings, preset: Preset | None) -> str:
    """Return what should hold the key of a provider and does not. A server of one's own that declares no key does
    without, and so does a preset that needs none."""
    if declared.api_key.get_secret_value().strip():
        return ""
    needed = preset is not None and not preset.keyless and not declared.base_url
    return unset_variable(settings, "providers", name, "api_key") or (f"providers.{name}.api_key" if needed else "")


def _health_check(declared: ProviderSettings) -> HealthCheck | None:
    check = declared.health_check
    return None if check is None else HealthCheck(check.interval_seconds, check.kind, check.model or "")


def environment_deployments(settings: Settings, environ: Mapping[str, str]) -> list[Deployment]:
    """Return what the well-known key variables make available when the configuration declares no provider."""
    deployments = []
    for preset in list_presets():
        key = environ.get(preset.key_env, "").strip() if preset.key_env else ""
        if not key:
            continue
        endpoint = complete_endpoint(preset, api_key=key)
        provider = provider_at(
            endpoint, id=preset.id, name=preset.id, timeouts=timeouts_of(settings), source="environment"
        )
        deployments += [new_deployment(provider, model.public_model, model.model) for model in preset.models]
    return deployments


def demo_deployment(settings: Settings) -> Deployment:
    """Return the built-in demo model, which answers without any upstream and costs nothing."""
    endpoint = complete_endpoint(None, dialect="anthropic-messages")
    provider = provider_at(endpoint, id=DEMO, name=DEMO, timeouts=timeouts_of(settings), source="built-in")
    return Deployment(
        id=f"{DEMO}/{DEMO_MODEL}",
        provider=provider,
        public_model=DEMO_MODEL,
        model=DEMO_MODEL,
        family=family_of("", "demo"),
        is_demo=True,
    )


def _guardrails(route: RouteSettings) -> Guardrails | None:
    """Return a route's guardrails. Raises StartRefused for a kind that does not exist."""
    declared = route.guardrails
    if declared is None:
        return None
    unknown = sorted(declared.kinds.keys() - frozenset(KINDS))
    if unknown:
        raise StartRefused(
            f"The guardrails of route “{route.name}” name the kind “{unknown[0]}”, which does not exist.",
            action=f"Use some of: {', '.join(KINDS)}.",
            code="guardrails.unknown_kind",
        )
    return guardrails_of(
        secrets=declared.secrets,
        personal_data=declared.personal_data,
        kinds=declared.kinds,
        injection=declared.injection,
        injection_threshold=declared.injection_threshold,
    )


def route_of(declared: RouteSettings, source: Source, id: str = "") -> Route:
    """Return the route that is meant. Raises InvalidCondition, and StartRefused for guardrails that do not exist."""
    split = declared.split
    return Route(
        name=declared.name,
        pattern=declared.match.model,
        use=tuple(declared.use),
        source=source,
        cache=_cache_policy(declared),
        prompt_cache=declared.prompt_cache,
        guardrails=_guardrails(declared),
        continue_streams=declared.continue_streams,
        policy=declared.policy,
        weights=tuple(declared.weights.items()),
        when=compile_condition(declared.match.when) if declared.match.when else None,
        refuse=declared.refuse,
        split=None
        if split is None
        else Split(
            split.name, tuple(Arm(arm.name, arm.weight, tuple(arm.use), arm.policy) for arm in split.arms), split.by
        ),
        id=id,
    )


def _declared_route(settings: Settings, index: int) -> Route:
    declared = settings.routes[index]
    try:
        return route_of(declared, "file")
    except InvalidCondition as error:
        place = setting_place(settings, "routes", index, "match", "when")
        raise StartRefused(
            f"{place}: 'routes.{index}.match.when' of route “{declared.name}” is wrong: {error.message}",
            action=error.action,
            code=error.code,
        ) from None
    except StartRefused as error:
        place = setting_place(settings, "routes", index, "guardrails", "kinds")
        raise StartRefused(f"{place}: {error.message}", action=error.action, code=error.code) from None


def build_catalog(
    organization_id: str,
    settings: Settings,
    fixed: Sequence[Deployment],
    stored: Iterable[Deployment],
    version: int,
    stored_routes: Iterable[Route] = (),
) -> Catalog:
    """Return one organization's catalog: ``fixed`` deployments first, then those it ``stored`` in the console, and the
    demo model last. While there is no other model, the demo model answers every name. The routes of the file come
    before those stored in the console, and these before the built-in ones."""
    models: dict[str, list[Deployment]] = {}
    for deployment in [*fixed, *stored]:
        models.setdefault(deployment.public_model, []).append(deployment)
    demo = demo_deployment(settings)
    demo_only = not models
    models[DEMO_MODEL] = [demo]
    routes: tuple[Route, ...]
    if demo_only:
        routes = (Route("demo", "*", (DEMO_MODEL,), "built-in"),)
    elif settings.routes:
        routes = (*(_declared_route(settings, index) for index in range(len(settings.routes))), *stored_routes)
    else:
        routes = (*stored_routes, *default_routes())
    return Catalog(
        organization_id=organization_id,
        models={name: tuple(deployments) for name, deployments in models.items()},
        routes=routes,
        version=version,
        guardrails={route.name: route.guardrails for route in routes if route.guardrails} or None,
    )


def _cache_policy(declared: RouteSettings) -> CachePolicy | None:
    cache = declared.cache
    return None if cache is None else CachePolicy(**cache.model_dump())


def private_hosts(settings: Settings) -> frozenset[str]:
    """Return every allowed ``host:port`` that may be in the own network: those the configuration names, and presets
    that are local by nature. A vendor's public name that leads into the own network is an attack."""
    public = {host for host in map(host_of, (preset.base_url for preset in list_presets())) if not _is_local(host)}
    named = {host_of(provider.base_url) for provider in settings.providers.values()}
    return (allowed_hosts(settings) - public) | (named - {""})


def _is_local(host: str) -> bool:
    name = host.rpartition(":")[0].strip("[]")
    try:
        return not ipaddress.ip_address(name).is_global
    except ValueError:
        return name == "localhost" or name.endswith(".local")


def allowed_hosts(settings: Settings) -> frozenset[str]:
    """Return every ``host:port`` the gateway may call: presets, configured providers, and ``gateway.allowed_hosts``."""
    hosts = {host_of(preset.base_url) for preset in list_presets()}
    hosts |= {host_of(provider.base_url) for provider in settings.providers.values()}
    for entry in settings.gateway.allowed_hosts:
        host = host_of(entry) if "://" in entry else ""
        hosts |= {host} if host else {entry.lower(), f"{entry.lower()}:443"} if ":" not in entry else {entry.lower()}
    hosts.discard("")
    return frozenset(hosts)
