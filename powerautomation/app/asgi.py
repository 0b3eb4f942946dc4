"""The ASGI application: the data plane first, then the control plane and the console."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import msgspec
import structlog
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette._utils import get_route_path
from starlette.routing import Match
from starlette.types import Scope

from powerautomation import __version__
from powerautomation.app.application import Application, Welcome
from powerautomation.gateway.proxy import GatewayApp, GatewayStarting, refuse
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.errors import Problem, StartRefused

_log = structlog.get_logger("app")


class Front:
    """The outermost ASGI application. It answers /healthz from the first moment, /readyz with how far the start is, and
    everything else once the application is ready. One of several workers (``one_of_many``) takes no connection before
    that, since others on its port can answer, and leaves the one-time link to the process that started it."""

    def __init__(self, settings: Settings, *, base_url: str, one_of_many: bool = False) -> None:
        self.application = Application(settings)
        self.start_error: StartRefused | None = None
        self.on_ready: Callable[[Welcome], None] = lambda welcome: None
        self.on_start_failed: Callable[[], None] = lambda: None
        self._base_url = base_url
        self._one_of_many = one_of_many
        self._starting: asyncio.Task[None] | None = None
        self._app: Any = self._while_starting

    def __call__(self, scope: Any, receive: Any, send: Any) -> Awaitable[None]:
        """Serve one ASGI connection. It hands on what is to be awaited: a coroutine of its own would be run through
        again each time the request goes on."""
        if scope["type"] == "lifespan":
            return self._lifespan(receive, send)
        answering: Awaitable[None] = self._app(scope, receive, send)
        return answering

    async def _lifespan(self, receive: Any, send: Any) -> None:
        while True:
            try:
                message = await receive()
            except asyncio.CancelledError:
                # Stopped a second time, in a hurry: what is in the journal is brought to the ledger by the next start.
                return
            if message["type"] == "lifespan.startup":
                # Not awaited: the port answers /healthz while a long migration runs.
                self._starting = asyncio.create_task(self._start(), name="start")
                if self._one_of_many:
                    await self._starting
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                if self._starting is not None and not self._starting.done():
                    self._starting.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await self._starting
                await self.application.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _start(self) -> None:
        try:
            await self.application.start(first_run_gifts=not self._one_of_many)
            from powerautomation.app.settings_history import write_first_versions

            control = create_control_app(self.application.settings, self.application, base_url=self._base_url)
            await write_first_versions(self.application.database, control.state.configuration_kinds)
            self._app = GatewayApp(self.application.gateway, control)
            self.on_ready(self.application.welcome)
        except StartRefused as refused:
            self._refuse(refused)
        except Problem as problem:
            self._refuse(StartRefused(problem.message, action=problem.action, code=problem.code))
        except Exception:
            _log.exception("server.start_failed")
            self._refuse(
                StartRefused(
                    f"The server could not start while {self.application.progress.detail}.",
                    action="The log above says why. `powerautomation doctor` may tell more.",
                    code="server.start_failed",
                )
            )

    def _refuse(self, refused: StartRefused) -> None:
        self.start_error = refused
        self.application.progress.phase = "failed"
        self.on_start_failed()

    async def _while_starting(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await receive()
            await send({"type": "websocket.close", "code": 1013, "reason": "starting"})
            return
        progress = self.application.progress
        if scope["path"].startswith("/v1/"):
            await refuse(scope, send, GatewayStarting(f"The gateway is not ready yet: {progress.detail}."))
            return
        if scope["path"] == "/healthz":
            status, body = 200, {"status": "live"}
        else:
            status = 503
            body = {"status": progress.phase, "detail": progress.detail, "code": "server.starting"}
        headers = [(b"content-type", b"application/json"), (b"retry-after", b"1")]
        headers.append((b"x-content-type-options", b"nosniff"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": msgspec.json.encode(body)})


def create_control_app(
    settings: Settings, application: Application | None = None, *, base_url: str = "http://127.0.0.1:8080"
) -> FastAPI:
    """Return the control plane. Without an ``application`` nothing is started: enough to describe the API."""
    from powerautomation.app import console, realtime, routes
    from powerautomation.app.flags import FlagPeople
    from powerautomation.app.settings_history import watch_settings
    from powerautomation.approvals.requests import router as approvals_router
    from powerautomation.approvals.requests import tools_router as approval_tools_router
    from powerautomation.approvals.risk import router as approval_rules_router
    from powerautomation.gateway.answer_cache import router as answer_cache_router
    from powerautomation.gateway.balances import router as balances_router
    from powerautomation.gateway.connect import router as connect_router
    from powerautomation.gateway.limits import router as limits_router
    from powerautomation.gateway.metering import router as metering_router
    from powerautomation.gateway.providers.adapters.upstream import test_endpoint
    from powerautomation.gateway.providers.routes import router as providers_router
    from powerautomation.gateway.ratings import rating_counts
    from powerautomation.gateway.ratings import router as ratings_router
    from powerautomation.gateway.reconciliation import MOST_BILL_BYTES
    from powerautomation.gateway.reconciliation import router as reconciliation_router
    from powerautomation.gateway.routing.routes import router as routes_router
    from powerautomation.gateway.service_levels import router as service_levels_router
    from powerautomation.gateway.splits import router as splits_router
    from powerautomation.governance.audit import AuditFrame, make_router
    from powerautomation.governance.audit_streams import make_streams_router
    from powerautomation.governance.configuration import Guards as ConfigurationGuards
    from powerautomation.governance.configuration import make_configuration_router
    from powerautomation.governance.flags import Guards, make_flags_router, make_ofrep_router
    from powerautomation.identity.access import Pace, plug_editions, requires, unit_of_work
    from powerautomation.identity.api_keys import router as api_keys_router
    from powerautomation.identity.consents import router as consents_router
    from powerautomation.identity.email_domains import router as email_domains_router
    from powerautomation.identity.email_domains.adapters.well_known import WellKnown
    from powerautomation.identity.factors import router as factors_router
    from powerautomation.identity.organizations.routes import router as organizations_router
    from powerautomation.identity.people import router as people_router
    from powerautomation.identity.policies import router as policies_router
    from powerautomation.identity.privacy import router as privacy_router
    from powerautomation.identity.quotas import router as quotas_router
    from powerautomation.identity.roles import router as roles_router
    from powerautomation.identity.scim import ScimRefused, answer_refused
    from powerautomation.identity.scim import console_router as scim_console_router
    from powerautomation.identity.scim import router as scim_router
    from powerautomation.identity.sessions import router as sessions_router
    from powerautomation.identity.sessions import sessions_router as session_list_router
    from powerautomation.identity.single_sign_on import Desk, backchannel_router
    from powerautomation.identity.single_sign_on import door as single_sign_on_door
    from powerautomation.identity.single_sign_on import policy_router as sign_in_policy_router
    from powerautomation.identity.single_sign_on import router as single_sign_on_router
    from powerautomation.identity.single_sign_on.adapters.oidc import Oidc
    from powerautomation.identity.single_sign_on.adapters.saml.adapter import Saml
    from powerautomation.identity.tenants import own_router as own_tenant_router
    from powerautomation.identity.tenants import router as tenants_router
    from powerautomation.identity.units import router as units_router
    from powerautomation.infrastructure.http import install_control_plane_rules
    from powerautomation.operations.compliance import router as compliance_router
    from powerautomation.operations.health import router as health_router
    from powerautomation.operations.retention import router as retention_router

    app = FastAPI(
        title="PowerAutomation",
        version=__version__,
        description="The control API. The gateway's own paths (/v1/…) follow the vendors' APIs.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.settings = settings
    app.state.pace = Pace(settings.server.control_requests_per_minute)
    app.state.base_url = base_url
    app.state.application = application
    app.state.rating_counts = rating_counts
    if application is not None:
        app.state.database = application.database
        app.state.secret_box = application.secret_box
        app.state.event_bus = application.event_bus
        adapters: dict[Any, Any] = {"oidc": Oidc(application.gateway.client), "saml": Saml(application.gateway.client)}
        directories: dict[Any, Any] = {"ldap": application.directories}
        lasting: dict[Any, Any] = {"oidc": adapters["oidc"]}
        app.state.sign_in_desk = Desk(application.database, application.secret_box, adapters, directories, lasting)
        app.state.configuration_kinds = watch_settings(application, {**adapters, **directories})
        app.state.domain_prover = WellKnown(application.gateway.client)
        app.state.gateway = application.gateway
        app.state.flags = application.gateway.flags
        # Looked up with each question, as a license may replace who answers it.
        plug_editions(lambda organization_id: application.gateway.router.edition_of(organization_id))
        app.state.test_endpoint = partial(test_endpoint, application.gateway.client)
        app.state.snapshots = application.snapshots
        app.state.after_commit = application.snapshots.refresh
        app.state.health_watch = application.health_watch
        app.state.vendor_of = application.price_vendors
        app.state.balances = application.balances
        app.state.audit_streams = application.audit_streams.streams
        app.state.approval_watch = application.approval_watch
    flag_people = FlagPeople()
    for router in (
        sessions_router,
        session_list_router,
        factors_router,
        single_sign_on_door,
        backchannel_router,
        single_sign_on_router,
        sign_in_policy_router,
        scim_router,
        scim_console_router,
        email_domains_router,
        organizations_router,
        tenants_router,
        quotas_router,
        own_tenant_router,
        people_router,
        units_router,
        privacy_router,
        consents_router,
        roles_router,
        policies_router,
        approval_rules_router,
        api_keys_router,
        limits_router,
        providers_router,
        routes_router,
        metering_router,
        ratings_router,
        splits_router,
        service_levels_router,
        reconciliation_router,
        answer_cache_router,
        balances_router,
        connect_router,
        approvals_router,
        approval_tools_router,
        health_router,
        compliance_router,
        retention_router,
        make_router(requires("audit:read"), requires("audit:export")),
        make_streams_router(requires("audit:read")),
        make_flags_router(Guards(requires("flags:read"), requires("flags:write"), unit_of_work), flag_people),
        make_ofrep_router(requires("flags:evaluate")),
        make_configuration_router(
            ConfigurationGuards(
                requires("configuration:read"),
                requires("configuration:write"),
                requires("configuration:approve"),
                unit_of_work,
            )
        ),
    ):
        match_by_beginning(router)
        app.include_router(router)
    app.include_router(routes.router)
    app.include_router(realtime.router)
    app.add_middleware(AuditFrame)
    app.add_exception_handler(ScimRefused, answer_refused)
    install_control_plane_rules(app, settings, {"/api/v1/reconciliations": MOST_BILL_BYTES})
    console.mount(app)
    return app


def match_by_beginning(router: APIRouter) -> None:
    """Let a router look at its routes only for addresses that begin as one of them does.

    The framework asks every route of every router in turn, hundreds of expressions for each request.
    """
    if "matches" in vars(router) or any(not isinstance(route, APIRoute) for route in router.routes):
        return
    beginnings = tuple({route.path.partition("{")[0] for route in router.routes if isinstance(route, APIRoute)})
    look = router.matches

    def matches(scope: Scope) -> tuple[Match, Scope]:
        return look(scope) if get_route_path(scope).startswith(beginnings) else (Match.NONE, {})

    router.matches = matches  # type: ignore[method-assign]  # the framework asks this of the object it was given


def create_worker_app() -> Front:
    """Return the application of one of several worker processes: it reads the settings as the parent did."""
    from powerautomation.app.address import base_url
    from powerautomation.infrastructure.settings import load_settings
    from powerautomation.infrastructure.telemetry import configure_logging

    settings = load_settings(None, os.environ, {})
    configure_logging(settings)
    # The parent printed a one-time link; a newer one would make it worthless.
    front = Front(settings, base_url=base_url(settings, settings.server.port), one_of_many=True)

    def end() -> None:
        # A worker that stayed would take its share of the connections and answer all of them 503.
        from uvicorn.config import STARTUP_FAILURE

        from powerautomation.app.terminal import print_problem

        if front.start_error is not None:
            print_problem(front.start_error)
        sys.stderr.flush()
        os._exit(STARTUP_FAILURE)

    front.on_start_failed = end
    return front
