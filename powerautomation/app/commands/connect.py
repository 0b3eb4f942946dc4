"""``powerautomation connect``: agents on this machine ask before they act."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from powerautomation.app.commands.options import DataOption, settings_of

app = typer.Typer(help="Have agents on this machine ask before they act.", no_args_is_help=True)


@app.callback()
def connect() -> None:
    """Hold the agents."""


@app.command("claude-code")
def claude_code(
    project: Annotated[
        Path | None,
        typer.Option("--project", metavar="DIR", help="For one project's folder; without, for all of this account."),
    ] = None,
    user: Annotated[bool, typer.Option("--user", help="For all projects of this account: the default.")] = False,
    url: Annotated[str, typer.Option(help="The server's address. Without, the one of the data folder.")] = "",
    key: Annotated[
        str,
        typer.Option(
            help="A key with the scope approvals:request. Without, one is made in the data folder's installation.",
        ),
    ] = "",
    remove: Annotated[bool, typer.Option("--remove", help="Undo it.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking.")] = False,
    data: DataOption = None,
) -> None:
    """Show what changes in Claude Code's settings, and write it after a yes; --remove undoes it exactly."""
    from powerautomation.approvals.claude_code import service

    if project is not None and user:
        raise typer.BadParameter("choose one of both", param_hint="--project / --user")
    if project is not None and not project.is_dir():
        raise typer.BadParameter(f"there is no folder {project}", param_hint="--project")
    path = service.settings_path(project)
    config = service.config_folder() / "config.json"
    plan = service.plan_remove(path) if remove else service.plan_connect(path, sys.executable, config)
    if plan.changes:
        typer.echo(plan.diff, nl=False)
        _ask(yes, path)
    elif remove:
        typer.echo(f"Nothing of PowerAutomation stands in {path}.")
        return
    if not remove:
        # Before the settings: a hook without it would refuse everything.
        _write_config(config, url, key, data)
    if plan.changes:
        service.apply(plan, removing=remove)
    if remove:
        typer.echo(f"{path} is {'as it was before' if plan.restores_backup else 'without PowerAutomation'}.")
    else:
        typer.echo(f"Claude Code asks before each tool runs: see {path}. Undo it with --remove.")


def _ask(yes: bool, path: Path) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        typer.echo("Nothing was written. Run it at a terminal, or with --yes.", err=True)
        raise typer.Exit(2)
    if not typer.confirm(f"Write this to {path}?"):
        raise typer.Exit(1)


def _write_config(config: Path, url: str, key: str, data: Path | None) -> None:
    import json

    from powerautomation.approvals.claude_code import service

    known: dict[str, Any] = {}
    if config.exists():
        try:
            known = json.loads(config.read_text("utf-8"))
        except ValueError:
            known = {}
    if known.get("key") and not key and not url:
        return
    if not url:
        from powerautomation.app.address import base_url
        from powerautomation.operations.backups import find_address

        settings = settings_of(data, None)
        url = find_address(settings.data_dir) or base_url(settings, settings.server.port)
    service.write_config(config.parent, url, key or known.get("key") or _made_key(data))


def _made_key(data: Path | None) -> str:
    import asyncio
    import socket

    async def work() -> str:
        from powerautomation.app.commands.installation import opened, until_servers_know
        from powerautomation.identity.api_keys import create_api_key

        async with opened(settings_of(data, None)) as installation:
            async with installation.database.unit_of_work() as session:
                created = await create_api_key(
                    session,
                    installation.secret_box,
                    installation.admin,
                    f"Claude Code on {socket.gethostname()}"[:100],
                    scopes=("approvals:request",),
                    permissions=frozenset({"approvals:request"}),
                )
            await until_servers_know(installation)
            return created.token

    return asyncio.run(work())
