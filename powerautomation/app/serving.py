"""Runs the server: binds the port with a clear word when it is taken, serves, and stops gracefully."""

import asyncio
import errno
import signal
import socket
import sys
from typing import TYPE_CHECKING

from powerautomation.app.address import base_url
from powerautomation.infrastructure.database import database_url_of, is_sqlite
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.errors import StartRefused
from powerautomation.operations.backups import announce_address, find_address

if TYPE_CHECKING:
    import uvicorn

    from powerautomation.app.application import Welcome

BACKLOG = 4096
KEEP_ALIVE_SECONDS = 75


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises StartRefused when the port is taken or the address is not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise StartRefused(
                f"Port {port} on {host} is already in use.",
                action=f"Stop the other program, or choose another port: powerautomation serve --port {port + 1}",
                code="server.port_taken",
            ) from None
        if error.errno == errno.EACCES:
            raise StartRefused(
                f"This user may not listen on port {port}.",
                action="Choose a port above 1023, for example: powerautomation serve --port 8080",
                code="server.port_forbidden",
            ) from None
        raise StartRefused(
            f"Cannot listen on {host}:{port}: {error.strerror or error}.",
            action="Choose an address of this machine with --host.",
            code="server.cannot_listen",
        ) from None
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener


def _config(settings: Settings, app: object) -> "uvicorn.Config":
    import uvicorn

    from powerautomation.app.http_protocol import LeanHttpProtocol

    grace = settings.server.shutdown_grace_seconds
    return uvicorn.Config(
        app,  # type: ignore[arg-type]  # uvicorn's own names for ASGI's types
        factory=isinstance(app, str),
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        interface="asgi3",
        http=LeanHttpProtocol,
        ws="websockets-sansio",
        lifespan="on",
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        date_header=True,
        # Trusted proxies matter to the control plane only, which reads them itself; the data plane saves the layer.
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=max(1, round(grace)),
        workers=settings.server.workers,
    )


def serve(settings: Settings) -> None:
    """Serve until a signal says stop. Raises StartRefused when the server cannot start."""
    from powerautomation.infrastructure.telemetry import configure_logging

    configure_logging(settings)
    signal.signal(signal.SIGTERM, _end_before_serving)
    _refuse_second_server(settings)
    listener = bind(settings.server.host, settings.server.port)
    address = base_url(settings, listener.getsockname()[1])
    try:
        with announce_address(settings.data_dir, address):
            if settings.server.workers > 1:
                _serve_many(settings, listener)
            else:
                _serve_one(settings, listener)
    finally:
        listener.close()


def _refuse_second_server(settings: Settings) -> None:
    """On SQLite one server counts for itself alone: with two, every limit would hold twice."""
    running = find_address(settings.data_dir)
    if running and is_sqlite(database_url_of(settings)):
        raise StartRefused(
            f"A server is running on the data folder {settings.data_dir} already, at {running}.",
            action="Use that one, or stop it first. Several servers need PostgreSQL and Redis.",
            code="server.already_running",
        )


def _end_before_serving(*_: object) -> None:
    raise SystemExit(0)


def _end_quietly_after_signals(server: "uvicorn.Server") -> None:
    """Make a stop by signal a normal end. Uvicorn raises the signal again after it has stopped gracefully, which would
    end the process as if it had been killed; a signal before uvicorn listens for them must not be lost."""

    def stop(*_: object) -> None:
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def _serve_one(settings: Settings, listener: socket.socket) -> None:
    import uvicorn

    from powerautomation.app.asgi import Front
    from powerautomation.app.banner import print_welcome

    port = listener.getsockname()[1]
    address = base_url(settings, port)
    front = Front(settings, base_url=address)
    server = uvicorn.Server(_config(settings, front))

    def on_start_failed() -> None:
        server.should_exit = True

    def on_ready(welcome: "Welcome") -> None:
        catalog = front.application.gateway.default_catalog
        print_welcome(address, welcome, demo_only=catalog is None or catalog.demo_only)

    front.on_start_failed = on_start_failed
    front.on_ready = on_ready
    _end_quietly_after_signals(server)
    server.run(sockets=[listener])
    if front.start_error is not None:
        raise front.start_error


def _serve_many(settings: Settings, listener: socket.socket) -> None:
    """Run several processes on one port. They need what replicas need: PostgreSQL and Redis."""
    import os

    from powerautomation.app.application import Application
    from powerautomation.app.banner import print_welcome
    from powerautomation.app.workers import Workers

    if not settings.redis_url or not settings.database_url.startswith("postgres"):
        raise StartRefused(
            f"{settings.server.workers} workers need PostgreSQL and Redis, as several replicas do.",
            action="Set POWERAUTOMATION_DATABASE_URL and POWERAUTOMATION_REDIS_URL, or serve with --workers 1.",
            code="server.workers_need_services",
        )
    port = listener.getsockname()[1]
    address = base_url(settings, port)

    async def prepare() -> "Welcome":
        # Migrate and check once here, so that a wrong start is one clear message instead of dying workers.
        application = Application(settings)
        try:
            await application.start()
            return application.welcome
        finally:
            await application.stop()

    welcome = asyncio.run(prepare())
    # Workers are new processes that read the settings again: hand on what the command line said.
    os.environ["POWERAUTOMATION_DATA_DIR"] = str(settings.data_dir)
    os.environ["POWERAUTOMATION_SERVER_HOST"] = settings.server.host
    os.environ["POWERAUTOMATION_SERVER_PORT"] = str(port)
    if settings.config is not None:
        os.environ["POWERAUTOMATION_CONFIG"] = str(settings.config)
    config = _config(settings, "powerautomation.app.asgi:create_worker_app")
    print_welcome(address, welcome, demo_only=False)
    workers = Workers(config, sockets=[listener])
    workers.run()
    if workers.cannot_start:
        raise StartRefused(
            "No worker could start, several times in a row, so the server ended.",
            action="The message above says why. Mend it and start the server again.",
            code="server.worker_failed",
        )
