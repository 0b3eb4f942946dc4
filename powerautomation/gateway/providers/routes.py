"""Endpoints of providers and presets. No unit of work stays open while a provider is called."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, status

from powerautomation.gateway.metering import Price
from powerautomation.gateway.providers import service
from powerautomation.gateway.providers.catalog import stated_price
from powerautomation.gateway.providers.entities import DEMO, Catalog, Deployment, Endpoint, Provider
from powerautomation.gateway.providers.errors import ProviderReadOnly
from powerautomation.gateway.providers.presets import find_preset, list_presets
from powerautomation.gateway.providers.schemas import (
    DeletedProviderAnswer,
    DeletedProviderList,
    DeploymentAnswer,
    DeploymentBody,
    HealthAnswer,
    HealthCheckAnswer,
    PresetAnswer,
    PresetList,
    PresetModelAnswer,
    PriceAnswer,
    ProviderAnswer,
    ProviderCreate,
    ProviderList,
    ProviderTestAnswer,
    ProviderTestBody,
    ProviderUpdate,
    TestedModel,
    TestProblem,
)
from powerautomation.identity.access import SignedInUser, requires
from powerautomation.kernel.clock import from_ms

router = APIRouter(prefix="/api/v1", tags=["providers"])
Reader = Annotated[SignedInUser, Depends(requires("providers:read"))]
Writer = Annotated[SignedInUser, Depends(requires("providers:write"))]


def _price_answer(price: Price | None) -> PriceAnswer | None:
    if price is None:
        return None
    return PriceAnswer(
        input=price.input,
        cached_input=price.cached_input,
        cache_write_5m=price.cache_write_5m,
        cache_write_1h=price.cache_write_1h,
        output=price.output,
        currency=price.currency,
        source=price.source,
        effective_from=price.effective_from.isoformat() if price.effective_from else None,
    )


def _deployment_answer(state: Any, deployment: Deployment, organization_id: str) -> DeploymentAnswer:
    health = state.gateway.router.health_of(deployment)
    return DeploymentAnswer(
        id=deployment.id,
        public_model=deployment.public_model,
        model=deployment.model,
        family=deployment.family.name,
        price=_price_answer(state.gateway.settlement.price_of(deployment, deployment.model, organization_id)),
        health=HealthAnswer(
            state=health.state,
            why=health.why,
            recent_failures=health.failures_in_row,
            retry_in_seconds=health.retry_in_seconds,
            recent_attempts=health.attempts,
            error_share=health.error_share,
            latency_ms=health.latency_ms,
        ),
    )


def _check_answer(state: Any, provider: Provider) -> HealthCheckAnswer | None:
    check = provider.health_check
    if check is None:
        return None
    found = state.health_watch.latest_check(provider)
    return HealthCheckAnswer(
        interval_seconds=check.interval_seconds,
        kind=check.kind,
        ok=found.ok if found else None,
        checked_at=from_ms(found.at_ms) if found else None,
        latency_ms=found.latency_ms if found else None,
        message=found.message if found else "",
    )


def _provider_answer(
    request: Request,
    user: SignedInUser,
    provider: Provider,
    deployments: Sequence[Deployment],
    stored: service.StoredProvider | None,
) -> ProviderAnswer:
    state = request.app.state
    organization_id = user.principal.organization_id
    return ProviderAnswer(
        id=provider.id,
        name=provider.name,
        preset=provider.preset,
        dialect=provider.dialect,
        base_url=provider.base_url,
        key_hint=stored.key_hint if stored else "",
        source=provider.source,
        editable=stored is not None,
        requests_per_second=provider.requests_per_second,
        missing_key=provider.missing_key,
        deployments=[_deployment_answer(state, deployment, organization_id) for deployment in deployments],
        health_check=_check_answer(state, provider),
        created_at=stored.created_at if stored else None,
    )


def _fixed_providers(state: Any) -> dict[str, list[Deployment]]:
    grouped: dict[str, list[Deployment]] = {}
    for deployment in state.snapshots.fixed_deployments:
        grouped.setdefault(deployment.provider.id, []).append(deployment)
    return grouped


async def _stored_answer(request: Request, user: SignedInUser, provider_id: str) -> ProviderAnswer:
    state = request.app.state
    async with state.database.read() as session:
        stored = await service.get_stored(
            session, state.secret_box, state.settings, user.principal.organization_id, provider_id
        )
    return _provider_answer(request, user, stored.provider, stored.deployments, stored)


def _taken_names(state: Any) -> frozenset[str]:
    return frozenset(_fixed_providers(state)) | {DEMO}


def _refuse_fixed(request: Request, provider_id: str) -> None:
    if provider_id in _fixed_providers(request.app.state):
        raise ProviderReadOnly(
            "This provider is declared in the configuration.", action="Change it there and start the server again."
        )


@router.get("/providers")
async def list_providers(request: Request, user: Reader) -> ProviderList:
    """Return all providers: those of the configuration or environment first, then those the console added."""
    state = request.app.state
    async with state.database.read() as session:
        stored = await service.list_stored(session, state.secret_box, state.settings, user.principal.organization_id)
    items = [
        _provider_answer(request, user, deployments[0].provider, deployments, None)
        for deployments in _fixed_providers(state).values()
    ]
    items += [_provider_answer(request, user, one.provider, one.deployments, one) for one in stored]
    demo = [d for d in _catalog(request, user).deployments if d.is_demo]
    items += [_provider_answer(request, user, deployment.provider, [deployment], None) for deployment in demo]
    return ProviderList(items=items)


@router.get("/providers/deleted")
async def list_deleted_providers(request: Request, user: Reader) -> DeletedProviderList:
    """Return the providers that were deleted in the last 30 days, the latest first. After that they are gone for good,
    with their keys."""
    async with request.state.database.read() as session:
        deleted = await service.list_deleted(session, user.principal.organization_id)
    return DeletedProviderList(
        items=[
            DeletedProviderAnswer(
                id=one.id,
                name=one.name,
                preset=one.preset,
                dialect=one.dialect,
                base_url=one.base_url,
                key_hint=one.key_hint,
                models=list(one.models),
                deleted_at=one.deleted_at,
                restorable_until=one.restorable_until,
            )
            for one in deleted
        ]
    )


@router.get("/provider-presets")
async def list_provider_presets(user: Reader) -> PresetList:
    """Return the providers one can add with nothing but a key."""
    return PresetList(
        items=[
            PresetAnswer(
                id=preset.id,
                name=preset.name,
                dialect=preset.dialect,
                base_url=preset.base_url,
                key_env=preset.key_env,
                key_url=preset.key_url,
                note=preset.note,
                requests_per_second=preset.requests_per_second,
                keyless=preset.keyless,
                models=[PresetModelAnswer(public_model=m.public_model, model=m.model) for m in preset.models],
            )
            for preset in list_presets()
        ]
    )


def _new_deployments(bodies: Iterable[DeploymentBody]) -> list[service.NewDeployment]:
    return [
        service.NewDeployment(body.public_model, body.model, stated_price(body.price, "console")) for body in bodies
    ]


@router.post("/providers", status_code=status.HTTP_201_CREATED)
async def create_provider(request: Request, body: ProviderCreate, user: Writer) -> ProviderAnswer:
    """Add a provider; its models are offered at once, on every replica."""
    state = request.app.state
    endpoint = service.resolve_endpoint(
        state.snapshots.allowed_hosts,
        preset=body.preset,
        dialect=body.dialect,
        base_url=body.base_url,
        api_key=body.api_key.get_secret_value(),
        requests_per_second=body.requests_per_second,
    )
    if body.models is not None:
        deployments = _new_deployments(body.models)
    else:
        preset = find_preset(endpoint.preset)
        deployments = [
            service.NewDeployment(model.public_model, model.model) for model in (preset.models if preset else ())
        ]
    async with state.database.unit_of_work() as session:
        provider_id = await service.add_provider(
            session, state.secret_box, user.principal, body.name, endpoint, deployments, _taken_names(state)
        )
    await state.snapshots.reload()
    return await _stored_answer(request, user, provider_id)


@router.post("/providers/test")
async def test_new_provider(request: Request, body: ProviderTestBody, user: Writer) -> ProviderTestAnswer:
    """Try a provider live before it is saved: does the key work, which models are there, what do they cost."""
    endpoint = service.resolve_endpoint(
        request.app.state.snapshots.allowed_hosts,
        preset=body.preset,
        dialect=body.dialect,
        base_url=body.base_url,
        api_key=body.api_key.get_secret_value(),
    )
    await _record_test(request, user, "", endpoint.preset, endpoint.base_url)
    return await _tested(request, endpoint, endpoint.preset)


@router.post("/providers/{provider_id}/test")
async def test_provider(request: Request, provider_id: str, user: Writer) -> ProviderTestAnswer:
    """Try a provider live as it is."""
    state = request.app.state
    fixed = _fixed_providers(state).get(provider_id)
    if fixed:
        provider = fixed[0].provider
        if provider.missing_key:
            return _not_configured(provider)
    else:
        async with state.database.read() as session:
            stored = await service.get_stored(
                session, state.secret_box, state.settings, user.principal.organization_id, provider_id
            )
        provider = stored.provider
    await _record_test(request, user, provider_id, provider.name, provider.base_url)
    preset = find_preset(provider.preset)
    endpoint = Endpoint(
        provider.preset,
        provider.dialect,
        provider.base_url,
        provider.api_key,
        provider.requests_per_second,
        preset.models_url if preset and provider.base_url == preset.base_url else "",
    )
    return await _tested(request, endpoint, provider.preset or provider.name)


async def _record_test(request: Request, user: SignedInUser, provider_id: str, name: str, base_url: str) -> None:
    async with request.state.database.unit_of_work() as session:
        service.record_test(session, user.principal, provider_id, name, base_url)


def _not_configured(provider: Provider) -> ProviderTestAnswer:
    problem = TestProblem(
        code="providers.not_configured",
        message=f"Provider “{provider.name}” has no key: {provider.missing_key} is not set.",
        action="Set it for the server and start it again.",
    )
    return ProviderTestAnswer(ok=False, latency_ms=0, models=[], problem=problem)


async def _tested(request: Request, endpoint: Endpoint, vendor: str) -> ProviderTestAnswer:
    gateway = request.app.state.gateway
    result = await request.app.state.test_endpoint(endpoint)
    problem = None if result.ok else TestProblem(code=result.code, message=result.message, action=result.action)
    models = [
        TestedModel(id=model, price=_price_answer(gateway.settlement.list_price(vendor, model)))
        for model in result.models
    ]
    return ProviderTestAnswer(ok=result.ok, latency_ms=round(result.latency_ms, 1), models=models, problem=problem)


@router.patch("/providers/{provider_id}")
async def update_provider(request: Request, provider_id: str, body: ProviderUpdate, user: Writer) -> ProviderAnswer:
    """Change a provider's key, rate or models."""
    _refuse_fixed(request, provider_id)
    state = request.app.state
    async with state.database.unit_of_work() as session:
        await service.update_provider(
            session,
            state.secret_box,
            user.principal,
            provider_id,
            api_key=body.api_key.get_secret_value() if body.api_key is not None else None,
            requests_per_second=body.requests_per_second,
            deployments=_new_deployments(body.models) if body.models is not None else None,
        )
    await state.snapshots.reload()
    return await _stored_answer(request, user, provider_id)


@router.delete("/providers/{provider_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_provider(request: Request, provider_id: str, user: Writer) -> None:
    """Take a provider out of use at once; it can be restored for 30 days."""
    _refuse_fixed(request, provider_id)
    state = request.app.state
    async with state.database.unit_of_work() as session:
        await service.delete_provider(session, user.principal, provider_id)
    await state.snapshots.reload()


@router.post("/providers/{provider_id}/restore")
async def restore_provider(request: Request, provider_id: str, user: Writer) -> ProviderAnswer:
    """Bring a provider back that was deleted in the last 30 days."""
    state = request.app.state
    async with state.database.unit_of_work() as session:
        await service.restore_provider(session, user.principal, provider_id, _taken_names(state))
    await state.snapshots.reload()
    return await _stored_answer(request, user, provider_id)


def _catalog(request: Request, user: SignedInUser) -> Catalog:
    catalog: Catalog = request.app.state.gateway.catalog_of(user.principal.organization_id)
    return catalog
