"""Routes of the server itself: life, readiness, metrics, settings, and the API's description."""

import hmac
import ipaddress
from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from powerautomation import __version__
from powerautomation.identity.access import public, requires
from powerautomation.infrastructure.settings import setting_sources
from powerautomation.kernel.errors import Unauthenticated

router = APIRouter()
# A page of settings is not worth reading a whole database.
MOST_COUNTED_ROWS = 20_000
MOST_SHOWN_KEYS = 20


class SystemAnswer(BaseModel):
    """What this server is."""

    version: str
    database: Literal["sqlite", "postgresql"]
    redis: bool
    started_at: datetime
    demo_mode: bool
    ledger_lag_records: int


class SettingAnswer(BaseModel):
    """One setting: its value (never a secret) and where it comes from."""

    path: str
    value: Any
    source: Literal["default", "file", "environment", "command line"]
    file: str | None
    line: int | None


class SettingList(BaseModel):
    """All settings."""

    items: list[SettingAnswer]


class DataKeyAnswer(BaseModel):
    """One data key: its age, and how many rows are sealed with it. Never the key."""

    id: str
    state: Literal["active", "decrypt_only", "retired"]
    created_at: datetime
    retired_at: datetime | None
    rows: int


class EncryptionAnswer(BaseModel):
    """The keys stored secrets are encrypted with, the newest data key first, at most 20. ``complete``: all rows were
    counted."""

    master_key: str
    master_key_since: datetime
    rotating: bool
    unknown_rows: int
    complete: bool
    data_keys: list[DataKeyAnswer]


@router.get("/healthz", dependencies=[Depends(public)], include_in_schema=False)
async def healthz() -> dict[str, str]:
    """Say that the process lives."""
    return {"status": "live"}


@router.get("/readyz", dependencies=[Depends(public)], include_in_schema=False)
async def readyz(request: Request) -> Response:
    """Say whether requests can be served: the database answers and the start is complete."""
    from sqlalchemy import text

    from powerautomation.kernel.errors import Problem

    progress = request.app.state.application.progress
    checks = {"start": progress.phase}
    ready = progress.ready
    try:
        async with request.app.state.database.read() as session:
            await session.execute(text("SELECT 1"))
        checks["database"] = "ok"
    except Problem as problem:
        checks["database"] = problem.message
        ready = False
    if request.app.state.settings.redis_url:
        # Requests are served without it; changes reach other replicas late, and keys with limits are refused.
        checks["redis"] = "ok" if await request.app.state.event_bus.connected() else "away"
    return JSONResponse({"status": "ready" if ready else progress.phase, "checks": checks}, 200 if ready else 503)


@router.get("/metrics", dependencies=[Depends(public)], include_in_schema=False)
async def metrics(request: Request) -> Response:
    """Return Prometheus metrics. They hold names of models and deployments, and counts; never keys or contents.

    Programs have no session: who asks from this machine, or has the token of the settings, may read them.
    """
    from powerautomation.infrastructure.telemetry import metrics as registry

    state = request.app.state
    if not _has_token(request, state.settings.metrics.token.get_secret_value()) and not _is_local(request):
        raise Unauthenticated(
            "The metrics are for this machine, and for those who send the token of the settings.",
            action="Send Authorization: Bearer with the value of metrics.token.",
        )
    registry.requests_in_flight.set(len(state.gateway.sweeper.in_flight))
    registry.ledger_lag.set(state.application.flusher.lag_records)
    body, content_type = registry.render()
    return Response(body, headers={"content-type": content_type})


def _has_token(request: Request, token: str) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    right = hmac.compare_digest(given.strip().encode(), token.encode())
    return bool(token) and scheme.lower() == "bearer" and right


def _is_local(request: Request) -> bool:
    """Say whether a program on this machine asks by a local address. What a proxy here passes on carries the name that
    its own caller used, or says for whom it asks."""
    if any(name in request.headers for name in ("forwarded", "via", "x-forwarded-for", "x-real-ip")):
        return False
    return _is_loopback(request.client.host if request.client else "") and _is_loopback(request.url.hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@router.head("/", dependencies=[Depends(public)], include_in_schema=False)
@router.head("/api/hello", dependencies=[Depends(public)], include_in_schema=False)
async def hello() -> Response:
    """Answer the probe Claude Code sends before it works."""
    return Response()


@router.get("/api/v1/system", dependencies=[Depends(requires("system:read"))])
async def get_system(request: Request) -> SystemAnswer:
    """Return what this server is."""
    state = request.app.state
    catalog = state.gateway.default_catalog
    return SystemAnswer(
        version=__version__,
        database=state.database.dialect_name,
        redis=bool(state.settings.redis_url),
        started_at=state.application.progress.started_at,
        demo_mode=(catalog is None or catalog.demo_only) and not state.gateway.catalogs,
        ledger_lag_records=state.application.flusher.lag_records,
    )


@router.get("/api/v1/settings", dependencies=[Depends(requires("settings:read"))])
async def list_settings(request: Request) -> SettingList:
    """Return every setting with where its value comes from."""
    items = [
        SettingAnswer(
            path=item.path, value=item.value, source=item.source, file=item.file or None, line=item.line or None
        )
        for item in setting_sources(request.app.state.settings)
    ]
    return SettingList(items=items)


@router.get("/api/v1/encryption", dependencies=[Depends(requires("settings:read"))])
async def get_encryption(request: Request) -> EncryptionAnswer:
    """Return the installation's keys (ids, ages, rows), and whether one is being replaced."""
    from powerautomation.app.sealed_columns import sealed_columns
    from powerautomation.governance.encryption import report_encryption

    report = await report_encryption(request.app.state.database, sealed_columns(), most_rows=MOST_COUNTED_ROWS)
    return EncryptionAnswer(
        master_key=report.master_key[:8],
        master_key_since=report.master_key_since,
        rotating=report.rotating,
        unknown_rows=report.unknown_rows,
        complete=report.complete,
        data_keys=[
            DataKeyAnswer(
                id=key.id,
                state=key.state,
                created_at=key.created_at,
                retired_at=key.retired_at,
                rows=sum(key.rows.values()),
            )
            for key in report.data_keys[:MOST_SHOWN_KEYS]
        ],
    )


@router.get("/docs", dependencies=[Depends(public)], include_in_schema=False)
async def docs() -> Response:
    """Return the page that describes the API, from files of our own."""
    return HTMLResponse(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>PowerAutomation API</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="favicon.svg" type="image/svg+xml">'
        '<link rel="stylesheet" href="api-docs/swagger-ui.css"><link rel="stylesheet" href="api-docs/start.css"></head>'
        '<body><div id="swagger-ui"></div>'
        '<script src="api-docs/swagger-ui-bundle.js"></script><script src="api-docs/start.js"></script></body></html>'
    )
