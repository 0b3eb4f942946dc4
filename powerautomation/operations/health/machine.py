"""Checks of the machine: settings, port, data folder, disk."""

import asyncio
import os
import shutil
import socket
import stat
from pathlib import Path
from urllib.parse import urlsplit

from powerautomation.infrastructure.settings import KEY_FILE_NAME, setting_warnings
from powerautomation.operations.backups import find_address
from powerautomation.operations.health.entities import Check
from powerautomation.operations.health.findings import found
from powerautomation.operations.health.installation import Installation
from powerautomation.operations.health.probes import read_answer, read_text
from powerautomation.operations.health.rules import MIB, ready_words, state_of_disk

ALL_INTERFACES = ("0.0.0.0", "::", "")  # noqa: S104 - recognised, not listened on
MOST_WARNINGS = 20


async def check_settings(installation: Installation) -> list[Check]:
    """Tell what in the settings looks like a mistake; a wrong value never gets this far."""
    title = "Settings"
    warnings = setting_warnings(installation.settings)
    if warnings:
        return [
            found(f"settings_{number}" if number > 1 else "settings", title, "warning", warning.code, **warning.values)
            for number, warning in enumerate(warnings[:MOST_WARNINGS], 1)
        ]
    source = installation.settings.config
    if source:
        return [found("settings", title, "ok", "settings_file", file=source)]
    return [found("settings", title, "ok", "settings_none")]


async def check_port(installation: Installation) -> Check:
    """Say whether the server can listen, or already does; where one runs on this data folder, what it says of itself,
    whatever port it has."""
    server = installation.settings.server
    title = f"Port {server.port}"
    if installation.serving:
        return found("port", title, "ok", "port_serving")
    running = await asyncio.to_thread(find_address, installation.settings.data_dir)
    if running:
        return await _check_running(running)
    reason = await asyncio.to_thread(_why_not_free, server.host, server.port)
    if not reason:
        return found("port", title, "ok", "port_free", address=f"{server.host}:{server.port}")
    host = "127.0.0.1" if server.host in ALL_INTERFACES else server.host
    shown = f"[{host}]" if ":" in host else host
    if '"live"' in await read_text(f"http://{shown}:{server.port}/healthz"):
        return found("port", title, "ok", "port_running", address=f"http://{shown}:{server.port}")
    taken = f"{server.host}:{server.port}"
    return found("port", title, "failed", "port_taken", address=taken, reason=reason, next=server.port + 1)


async def check_data_folder(installation: Installation) -> Check:
    """Say whether the data folder can be written, and is closed to other users of the machine."""
    return await asyncio.to_thread(_check_data_folder, installation.settings.data_dir)


async def check_disk(installation: Installation) -> Check:
    """Say how much room is left where the data is."""
    folder = _nearest_existing(installation.settings.data_dir)
    free = (await asyncio.to_thread(shutil.disk_usage, folder)).free
    state = state_of_disk(free)
    code = "disk_ok" if state == "ok" else "disk_short"
    return found("disk", "Disk space", state, code, free=f"{free // MIB:,}", folder=folder.resolve())


async def _check_running(address: str) -> Check:
    title = f"Port {urlsplit(address).port or ''}".strip()
    status, text = await read_answer(f"{address}/readyz")
    said = ready_words(text)
    if not said:
        return found("port", title, "failed", "server_silent", address=address)
    if status == 200:
        return found("port", title, "ok", "server_ready", address=address, said=said)
    return found("port", title, "warning", "server_not_ready", address=address, said=said)


def _why_not_free(host: str, port: int) -> str:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return (error.strerror or str(error)).lower()
    return ""


def _nearest_existing(path: Path) -> Path:
    for candidate in (path.absolute(), *path.absolute().parents):
        if candidate.exists():
            return candidate
    return Path("/")


def _check_data_folder(folder: Path) -> Check:
    title = "Data folder"
    existing = _nearest_existing(folder)
    if not existing.is_dir():
        return found("data_folder", title, "failed", "folder_no_folder", folder=existing)
    if not os.access(existing, os.W_OK | os.X_OK):
        return found("data_folder", title, "failed", "folder_unwritable", folder=existing, wanted=folder.absolute())
    if not folder.exists():
        return found("data_folder", title, "ok", "folder_missing", folder=folder.absolute())
    key = folder / KEY_FILE_NAME
    open_key = key.exists() and stat.S_IMODE(key.stat().st_mode) & 0o077
    if open_key:
        return found("data_folder", title, "failed", "folder_key_open", key=key)
    if stat.S_IMODE(folder.stat().st_mode) & 0o077:
        return found("data_folder", title, "warning", "folder_open", folder=folder.absolute())
    return found("data_folder", title, "ok", "folder_ok", folder=folder.absolute())
