"""Endpoints of routes: what there is, changes, and where a request would go."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Request, status

from powerautomation.gateway.conditions import VARIABLES
from powerautomation.gateway.dialects import DIALECTS, Dialect, Peek
from powerautomation.gateway.guardrails import KINDS, Guardrails
from powerautomation.gateway.limits import try_limits
from powerautomation.gateway.metering import parse_reason, reason_sentence, why_not
from powerautomation.gateway.providers import Catalog, Route
from powerautomation.gateway.routing import schemas, stored
from powerautomation.gateway.routing.ports import RequestFacts
from powerautomation.gateway.routing.rules import Plan
from powerautomation.gateway.routing.task_classes import task_class_of, tokens_of
from powerautomation.identity.access import SignedInUser, requires, unit_of_work
from powerautomation.identity.api_keys import ApiKeyRecord
from powerautomation.kernel.errors import InvalidInput

router = APIRouter(prefix="/api/v1/routes", tags=["routes"])
Reader = Annotated[SignedInUser, Depends(requires("routes:read"))]
LimitReader = Annotated[SignedInUser, Depends(requires("limits:read"))]
Writer = Annotated[SignedInUser, Depends(requires("routes:write"))]
Unit = Annotated[Any, unit_of_work]


def _catalog(request: Request, user: SignedInUser) -> Catalog:
    catalog: Catalog = request.app.state.gateway.catalog_of(user.principal.organization_id)
    return catalog


def _taken_names(request: Request, user: SignedInUser) -> frozenset[str]:
    return frozenset(route.name for route in _catalog(request, user).routes if not route.id)


@router.get("")
async def list_routes(request: Request, user: Reader) -> schemas.RouteList:
    """Return the routing rules in the order they are asked, and the public models with their deployments."""
    catalog = _catalog(request, user)
    async with request.state.database.read() as session:
        kept = await stored.list_stored_routes(session, user.principal.organization_id)
    definitions = {one.id: one.definition.model_dump(mode="json", exclude_defaults=True) for one in kept}
    return schemas.RouteList(
        items=[_answer(route, definitions.get(route.id)) for route in catalog.routes],
        models=[
            schemas.ModelAnswer(name=name, deployments=[deployment.id for deployment in deployments])
            for name, deployments in catalog.models.items()
        ],
        variables=[schemas.VariableAnswer(**one._asdict()) for one in VARIABLES],
        guardrail_kinds=list(KINDS),
    )


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_route(
    request: Request, body: schemas.RouteBody, user: Writer, session: Unit
) -> schemas.StoredRouteAnswer:
    """Store a route; it is asked after those of the file and those stored before it."""
    stored.check_route(body, _catalog(request, user))
    route_id = await stored.add_route(session, user.principal, body, _taken_names(request, user))
    return schemas.StoredRouteAnswer(id=route_id)


@router.put("/order", status_code=status.HTTP_204_NO_CONTENT)
async def order_routes(body: schemas.RouteOrderBody, user: Writer, session: Unit) -> None:
    """Put the stored routes in order."""
    await stored.order_routes(session, user.principal, body.ids)


@router.put("/{route_id}")
async def update_route(
    request: Request, route_id: str, body: schemas.RouteBody, user: Writer, session: Unit
) -> schemas.StoredRouteAnswer:
    """Replace what a stored route says."""
    stored.check_route(body, _catalog(request, user))
    await stored.update_route(session, user.principal, route_id, body, _taken_names(request, user))
    return schemas.StoredRouteAnswer(id=route_id)


@router.delete("/{route_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_route(route_id: str, user: Writer, session: Unit) -> None:
    """Take a stored route out of use; it can be brought back."""
    await stored.delete_route(session, user.principal, route_id)


@router.post("/{route_id}/restore")
async def restore_route(request: Request, route_id: str, user: Writer, session: Unit) -> schemas.StoredRouteAnswer:
    """Bring a deleted route back to where it was."""
    await stored.restore_route(session, user.principal, route_id, _taken_names(request, user))
    return schemas.StoredRouteAnswer(id=route_id)


@router.post("/dry-run")
async def try_request(
    request: Request, body: schemas.DryRunBody, user: Reader, _limits: LimitReader
) -> schemas.DryRunAnswer:
    """Return where a request would go and why, with the likely cost at each deployment and the limits of the key it is
    tried for. Nothing is sent."""
    gateway = request.app.state.gateway
    owner = user.principal.organization_id
    raw = msgspec.json.encode(body.body)
    peek = DIALECTS[body.dialect].peek(raw)
    if body.dialect == "gemini":
        peek = msgspec.structs.replace(peek, model=body.model or peek.model)
    if not peek.model:
        raise InvalidInput("Say which model is asked for.", fields={"model": "required for Google's API"})
    catalog = _catalog(request, user)
    key = _key_of(gateway.keys.values(), owner, body.api_key_id, user)
    headers = [(name.lower().encode("latin-1", "replace"), value.encode()) for name, value in body.headers.items()]
    if not key.may_ask_for(peek.model):
        return _not_allowed(key, peek, raw)
    plan = gateway.router.plan(catalog, peek, len(raw), RequestFacts(key, headers, raw))
    limits = await _tried_limits(request, key, peek, raw, DIALECTS[body.dialect], plan)
    costs = gateway.router.likely_costs(plan, owner, peek.model, len(raw))
    reason = f"[{plan.reason}]"
    return schemas.DryRunAnswer(
        model=peek.model,
        route=plan.route,
        refusal=plan.refusal,
        task_class=task_class_of(peek, len(raw), raw),
        tokens=tokens_of(len(raw)),
        split=plan.split,
        arm=plan.arm,
        candidates=[
            schemas.DryRunCandidate(
                deployment=deployment.id,
                public_model=deployment.public_model,
                cost_nanos=cost,
                currency=currency,
            )
            for deployment, (cost, currency) in zip(plan.candidates, costs, strict=True)
        ],
        rejected=[
            schemas.DryRunRejected(
                deployment=deployment, why=why, values=list(values), message=f"{deployment} {why_not(why, values)}"
            )
            for deployment, why, *values in plan.rejected
        ],
        reason=[schemas.DryRunReason(code=part.code, values=list(part.values)) for part in parse_reason(reason)],
        sentence=reason_sentence(reason),
        key=key.name,
        not_allowed=[],
        limits=limits,
    )


def _not_allowed(key: ApiKeyRecord, peek: Peek, raw: bytes) -> schemas.DryRunAnswer:
    """Return that a key may not ask for the model: refused before anything else is looked at."""
    return schemas.DryRunAnswer(
        model=peek.model,
        route="",
        refusal="",
        task_class=task_class_of(peek, len(raw), raw),
        tokens=tokens_of(len(raw)),
        split="",
        arm="",
        candidates=[],
        rejected=[],
        reason=[],
        sentence="",
        key=key.name,
        not_allowed=list(key.allowed_models or key.unit_models),
        limits=[],
    )


async def _tried_limits(
    request: Request, key: ApiKeyRecord, peek: Peek, raw: bytes, dialect: Dialect, plan: Plan
) -> list[schemas.DryRunLimit]:
    """Return the limits of a key and what they would say; deployments they have no room for are left out of the plan,
    where another fits. Without candidates no limit is asked."""
    gateway = request.app.state.gateway
    key_limits = gateway.limiter.by_key.get(key.id)
    if key_limits is None or not plan.candidates:
        return []
    asks = gateway.asks_of(key, peek, raw, dialect, plan.candidates)
    async with request.state.database.read() as session:
        trial = await try_limits(session, gateway.limiter, key.organization_id, key_limits, asks)
    if trial.fitting:
        plan.leave_out(trial.fitting, trial.left_out)
    return [
        schemas.DryRunLimit(
            id=one.usage.limit.id,
            subject_kind=one.usage.limit.subject_kind,
            subject_name=one.usage.subject_name,
            measure=one.usage.limit.measure,
            window=one.usage.limit.window,
            amount=one.usage.limit.amount,
            currency=one.usage.limit.currency,
            used=one.usage.used,
            asks=one.asks,
            why=one.why,
        )
        for one in trial.limits
    ]


def _key_of(records: Any, organization_id: str, key_id: str, user: SignedInUser) -> ApiKeyRecord:
    """Return the organization's key of that id, or one of nobody in particular when none is named."""
    if not key_id:
        return ApiKeyRecord("", organization_id, "", b"", created_by=user.principal.id)
    for record in records:
        if record.id == key_id and record.organization_id == organization_id:
            found: ApiKeyRecord = record
            return found
    raise InvalidInput("There is no such gateway key.", fields={"api_key_id": "unknown"})


def _answer(route: Route, definition: dict[str, Any] | None) -> schemas.RouteAnswer:
    split = route.split
    return schemas.RouteAnswer(
        id=route.id,
        name=route.name,
        match=schemas.RouteMatchAnswer(model=route.pattern, when=route.when.text if route.when is not None else ""),
        use=list(route.use),
        policy=route.policy,
        weights=dict(route.weights),
        split=None
        if split is None
        else schemas.SplitAnswer(
            name=split.name,
            by=split.by,
            arms=[
                schemas.ArmAnswer(name=arm.name, weight=arm.weight, use=list(arm.use), policy=arm.policy)
                for arm in split.arms
            ],
        ),
        refuse=route.refuse,
        guardrails=_guardrails_answer(route.guardrails),
        source=route.source,
        definition=definition,
    )


def _guardrails_answer(guardrails: Guardrails | None) -> schemas.GuardrailsAnswer | None:
    if guardrails is None:
        return None
    kinds: dict[str, list[str]] = {"mask": [], "refuse": [], "record": []}
    for kind, action in guardrails.actions:
        kinds[action].append(kind)
    return schemas.GuardrailsAnswer(
        **kinds, injection=guardrails.injection, injection_threshold=guardrails.injection_threshold
    )
