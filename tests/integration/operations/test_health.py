"""The doctor against real databases, a real nginx in front, and providers that are away."""

import asyncio
import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI, WebSocket
from pydantic import SecretStr
from sqlalchemy import text

from powerautomation.gateway.providers import Provider, Timeouts
from powerautomation.governance.encryption import unlock_installation
from powerautomation.infrastructure.database import Database
from powerautomation.infrastructure.settings import ServerSettings, Settings
from powerautomation.operations.health import Check, Installation, examine, router
from tests.fixtures.databases import superuser_of
from tests.fixtures.ports import free_port, held_port

ROOT = Path(__file__).resolve().parents[3]
RECIPE = ROOT / "deploy" / "nginx" / "powerautomation.conf"


def provider(name: str, base_url: str, api_key: str = "sk-canary-secret") -> Provider:
    return Provider(
        id=name,
        name=name,
        dialect="openai-chat",
        base_url=base_url,
        api_key=api_key,
        timeouts=Timeouts(1, 1, 1),
        source="file",
    )


def by_id(checks: list[Check]) -> dict[str, Check]:
    return {check.id: check for check in checks}


@contextlib.asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[int]:
    """Serve an application on a port of its own."""
    config = uvicorn.Config(app, port=0, log_config=None, lifespan="off", ws="websockets-sansio")
    server = uvicorn.Server(config)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        async with asyncio.timeout(10):
            while not server.started:
                await asyncio.sleep(0.01)
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await task
        listener.close()


def server_app() -> FastAPI:
    """The part of the server that the doctor meets on its way through a proxy."""
    app = FastAPI()
    app.include_router(router)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "live"}

    @app.websocket("/realtime")
    async def realtime(websocket: WebSocket) -> None:
        await websocket.close(1008)

    return app


@contextlib.contextmanager
def running_nginx(folder: Path, site: str) -> Iterator[None]:
    """Run nginx with one site in the foreground and stop it at the end."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off;\nmaster_process off;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\n"
        "events {}\nhttp {\naccess_log off;\n"
        f"client_body_temp_path {folder}/body;\nproxy_temp_path {folder}/proxy;\n"
        f"fastcgi_temp_path {folder}/f;\nuwsgi_temp_path {folder}/u;\nscgi_temp_path {folder}/s;\n{site}\n}}\n"
    )
    process = subprocess.Popen([program, "-p", str(folder), "-c", str(config)], stderr=subprocess.PIPE)
    try:
        yield
    finally:
        process.terminate()
        _, errors = process.communicate(timeout=10)
        assert process.returncode == 0, errors


@contextlib.asynccontextmanager
async def holding_back(upstream: int) -> AsyncIterator[int]:
    """Run a proxy as some are set up by default: it drops Upgrade, and hands answers on when they are complete."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
            kept = [line for line in head if line and not line.lower().startswith(("upgrade:", "connection:", "sec-"))]
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", upstream)
            with contextlib.closing(far_writer):
                far_writer.write(("\r\n".join([*kept, "Connection: close"]) + "\r\n\r\n").encode())
                writer.write(await far_reader.read())
                await writer.drain()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def until_listening(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"nothing listens on {port}")


def behind(port: int, tmp_path: Path) -> Installation:
    server = ServerSettings(public_url=f"http://127.0.0.1:{port}")
    return Installation(Settings(data_dir=tmp_path / "data", server=server), [], serving=True)


async def test_healthy_installation_has_nothing_to_mend_on_both_databases(column: Settings, db: Database) -> None:
    column.data_dir.chmod(0o700)
    app = FastAPI()
    async with serving(app) as port:
        providers = [provider("near", f"http://127.0.0.1:{port}/v1")]
        checks = by_id(await examine(Installation(column, providers, db, serving=True)))
    assert {check.id: check.detail for check in checks.values() if check.state == "failed"} == {}
    assert checks["reach_near"].detail.endswith("answers (HTTP 404).")
    assert "redis" in checks or not column.redis_url
    assert all(check.action == "" for check in checks.values() if check.state == "ok")


async def test_a_user_who_passes_the_wall_between_organizations_is_warned_of(column: Settings) -> None:
    url = superuser_of(column.database_url)
    passing = column.model_copy(update={"database_url": url})
    assert by_id(await examine(Installation(column, [])))["database"].state == "ok"
    check = by_id(await examine(Installation(passing, [])))["database"]
    assert (check.state, "NOSUPERUSER" in check.action) == (("warning", True) if url else ("ok", False))


async def test_wrong_key_and_old_schema_are_told_apart(column: Settings, db: Database) -> None:
    await unlock_installation(column, db)
    async with db.unit_of_work() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '0000_before'"))
    wrong = column.model_copy(update={"secret_key": SecretStr("another-key-that-is-long-enough-0123456789")})
    checks = by_id(await examine(Installation(wrong, [], db, serving=True)))
    assert checks["database"].state == "warning"
    assert "powerautomation migrate" in checks["database"].action
    assert checks["secret_key"].state == "failed"
    assert "original" in checks["secret_key"].action


async def test_provider_that_is_away_is_named_with_what_to_do_and_no_secret(tmp_path: Path) -> None:
    with held_port() as nobody:
        providers = [
            provider("away", f"http://127.0.0.1:{nobody}/v1"),
            provider("keyless", "https://keyless.invalid/v1", api_key=""),
        ]
        checks = await examine(Installation(Settings(data_dir=tmp_path / "data"), providers))
    found = by_id(checks)
    assert (found["reach_away"].state, found["reach_keyless"].state) == ("failed", "failed")
    assert "refused" in found["reach_away"].detail.lower()
    assert found["provider_keys"].state == "failed"
    assert "keyless" in found["provider_keys"].detail
    assert "sk-canary-secret" not in str(checks)


async def test_redis_that_is_away_is_a_failure_and_its_password_is_not_shown(tmp_path: Path) -> None:
    with held_port() as nobody:
        settings = Settings(data_dir=tmp_path / "data", redis_url=f"redis://:canary@127.0.0.1:{nobody}/0")
        checks = by_id(await examine(Installation(settings, [])))
    assert checks["redis"].state == "failed"
    assert "canary" not in str(checks)


async def test_port_of_a_stranger_is_a_failure_and_our_own_server_is_not(tmp_path: Path) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        settings = Settings(data_dir=tmp_path, server=ServerSettings(port=stranger.getsockname()[1]))
        assert by_id(await examine(Installation(settings, [])))["port"].state == "failed"
    async with serving(server_app()) as port:
        settings = Settings(data_dir=tmp_path, server=ServerSettings(port=port))
        assert by_id(await examine(Installation(settings, [])))["port"].state == "ok"


@pytest.mark.skipif(
    not (shutil.which("nginx") or Path("/usr/sbin/nginx").exists()), reason="nginx is not installed on this machine"
)
async def test_nginx_recipe_lets_streams_and_websockets_through(tmp_path: Path) -> None:
    outside = free_port()
    async with serving(server_app()) as inside:
        site = RECIPE.read_text().replace("127.0.0.1:8080", f"127.0.0.1:{inside}")
        site = site.replace("listen 80;", f"listen 127.0.0.1:{outside};")
        with running_nginx(tmp_path, site):
            await until_listening(outside)
            checks = by_id(await examine(behind(outside, tmp_path)))
    states = {name: checks[name].state for name in ("public_url", "public_stream", "public_websocket")}
    assert states == dict.fromkeys(states, "ok"), checks


async def test_proxy_that_buffers_and_drops_upgrades_is_found_out(tmp_path: Path) -> None:
    async with serving(server_app()) as inside, holding_back(inside) as outside:
        checks = by_id(await examine(behind(outside, tmp_path)))
    assert checks["public_url"].state == "ok"
    assert checks["public_stream"].state == "failed"
    assert "proxy_buffering off" in checks["public_stream"].action
    assert checks["public_websocket"].state == "failed"


async def test_public_address_that_leads_elsewhere_is_found_out(tmp_path: Path) -> None:
    async with serving(FastAPI()) as port:
        checks = by_id(await examine(behind(port, tmp_path)))
    assert checks["public_url"].state == "failed"
    assert "public_stream" not in checks
