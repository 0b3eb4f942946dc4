"""Screens a request before any of it leaves, where its route asks for that."""

import asyncio

from powerautomation.gateway.guardrails import Guardrails, InjectionRefused, PromptRefused, Screened, screen
from powerautomation.gateway.metering import screened_part
from powerautomation.gateway.proxy.exchange import Exchange
from powerautomation.gateway.routing import Plan
from powerautomation.infrastructure.telemetry.metrics import guardrail_findings

# Below this a request is screened faster than a thread is woken.
SMALL_BODY_BYTES = 8 * 1024
# Answers of these dialects hold vectors: there is nothing to put originals back into.
_WITHOUT_TEXT = frozenset({"openai-embeddings", "gemini-embeddings"})


async def screen_exchange(exchange: Exchange, plan: Plan, secret: bytes) -> None:
    """Screen the request as the plan's route asks, put what may leave in its place, and note what was found. Raises
    PromptRefused and InjectionRefused."""
    catalog = exchange.catalog
    guardrails = catalog.guardrails.get(plan.route) if catalog.guardrails else None
    if guardrails is None:
        return
    organization_id = exchange.key.organization_id
    try:
        if len(exchange.body) <= SMALL_BODY_BYTES:
            screened = screen(exchange.body, guardrails, secret, organization_id)
        else:
            screened = await asyncio.to_thread(screen, exchange.body, guardrails, secret, organization_id)
    except (PromptRefused, InjectionRefused) as refused:
        guardrail_findings.labels(kind=refused.code.removeprefix("guardrails."), action="refuse").inc()
        plan.note(screened_part(refused.message.rstrip("."), "refused", 0.0))
        raise
    if screened.originals:
        if exchange.client_dialect.name not in _WITHOUT_TEXT:
            exchange.screened = screened
        exchange.body = screened.body
        exchange.request = None
    _note(plan, guardrails, screened)


def _note(plan: Plan, guardrails: Guardrails, screened: Screened) -> None:
    actions = dict(guardrails.actions)
    for kind, count in screened.counts.items():
        guardrail_findings.labels(kind=kind, action=actions[kind]).inc(count)
    suspicious = guardrails.injection is not None and screened.injection_score >= guardrails.injection_threshold
    if suspicious:
        guardrail_findings.labels(kind="injection", action="record").inc()
    if screened.counts or suspicious:
        found = ", ".join(f"{count} {kind}" for kind, count in sorted(screened.counts.items())) or "nothing"
        outcome = "masked" if screened.originals else "recorded"
        plan.note(screened_part(found, outcome, screened.injection_score))
