"""Checks of the machine: settings, port, data folder, disk."""

import asyncio
import os
import shutil
import socket
import stat
from pathlib import Path

from powerautomation.governance.encryption import KEY_FILE_NAME
from powerautomation.infrastructure.settings import setting_warnings
from powerautomation.operations.health.entities import Check
from powerautomation.operations.health.installation import Installation
from powerautomation.operations.health.probes import read_text
from powerautomation.operations.health.rules import MIB, state_of_disk

ALL_INTERFACES = ("0.0.0.0", "::", "")  # noqa: S104 - recognised, not listened on


async def check_settings(installation: Installation) -> Check:
    """Tell what in the settings looks like a mistake; a wrong value never gets this far."""
    warnings = setting_warnings(installation.settings)
    if not warnings:
        source = installation.settings.config
        return Check(
            "settings", "Settings", "ok", f"Read from {source}." if source else "No configuration file is used."
        )
    return Check(
        "settings",
        "Settings",
        "warning",
        " ".join(warning.message for warning in warnings),
        " ".join(dict.fromkeys(warning.action for warning in warnings)),
    )


async def check_port(installation: Installation) -> Check:
    """Say whether the server can listen, or already does."""
    server = installation.settings.server
    title = f"Port {server.port}"
    if installation.serving:
        return Check("port", title, "ok", "This server is listening.")
    reason = await asyncio.to_thread(_why_not_free, server.host, server.port)
    if not reason:
        return Check("port", title, "ok", f"{server.host}:{server.port} is free.")
    host = "127.0.0.1" if server.host in ALL_INTERFACES else server.host
    shown = f"[{host}]" if ":" in host else host
    if '"live"' in await read_text(f"http://{shown}:{server.port}/healthz"):
        return Check("port", title, "ok", f"A server is running at http://{shown}:{server.port}.")
    return Check(
        "port",
        title,
        "failed",
        f"{server.host}:{server.port} cannot be used: {reason}.",
        f"Stop the program that uses it, or choose another port: powerautomation serve --port {server.port + 1}",
    )


async def check_data_folder(installation: Installation) -> Check:
    """Say whether the data folder can be written, and is closed to other users of the machine."""
    return await asyncio.to_thread(_check_data_folder, installation.settings.data_dir)


async def check_disk(installation: Installation) -> Check:
    """Say how much room is left where the data is."""
    folder = _nearest_existing(installation.settings.data_dir)
    free = (await asyncio.to_thread(shutil.disk_usage, folder)).free
    state = state_of_disk(free)
    action = "" if state == "ok" else "Free some space, or move the data folder to a larger disk (--data)."
    return Check("disk", "Disk space", state, f"{free // MIB:,} MiB are free at {folder.resolve()}.", action)


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
        return Check("data_folder", title, "failed", f"{existing} is not a folder.", "Name a folder with --data.")
    if not os.access(existing, os.W_OK | os.X_OK):
        return Check(
            "data_folder",
            title,
            "failed",
            f"{existing} cannot be written by this user.",
            f"Give it to the server's user (chown), or choose another folder with --data. It is: {folder.absolute()}",
        )
    if not folder.exists():
        return Check("data_folder", title, "ok", f"{folder.absolute()} does not exist yet; the first start creates it.")
    key = folder / KEY_FILE_NAME
    open_key = key.exists() and stat.S_IMODE(key.stat().st_mode) & 0o077
    if open_key:
        return Check(
            "data_folder",
            title,
            "failed",
            f"The secret key {key} can be read by other users of this machine.",
            f"Run: chmod 600 {key}",
        )
    if stat.S_IMODE(folder.stat().st_mode) & 0o077:
        return Check(
            "data_folder",
            title,
            "warning",
            f"Other users of this machine may look into {folder.absolute()}.",
            f"Run: chmod 700 {folder.absolute()}",
        )
    return Check("data_folder", title, "ok", f"{folder.absolute()} is writable, and closed to other users.")
