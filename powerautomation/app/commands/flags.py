"""``powerautomation flags``: feature flags without the console, for the moment when it cannot be reached."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from powerautomation.app.commands.options import ConfigOption, DataOption, JsonOption, settings_of
from powerautomation.app.terminal import print_json

app = typer.Typer(help="List feature flags, and switch them off and on.", no_args_is_help=True)


class Environment(StrEnum):
    """Where a flag is switched."""

    development = "development"
    staging = "staging"
    production = "production"


KeyArgument = Annotated[str, typer.Argument(metavar="KEY", help="The flag's key, as `flags list` shows it.")]
EnvironmentOption = Annotated[
    Environment | None,
    typer.Option("--environment", help="In which environment [default: the one of server.environment]."),
]


@app.command("list")
def list_flags(data: DataOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """List the flags: whether each is on in every environment, whose it is, and until when."""
    import asyncio

    settings = settings_of(data, config)

    async def work() -> Any:
        from powerautomation.app.commands.installation import opened
        from powerautomation.governance.flags import list_flags
        from powerautomation.identity.users import list_user_names

        async with opened(settings) as installation, installation.database.read() as session:
            owner = installation.admin.organization_id
            flags = await list_flags(session, owner)
            return flags, await list_user_names(session, owner, {one.owner_id for one in flags})

    flags, names = asyncio.run(work())
    from powerautomation.governance.flags import ENVIRONMENTS, is_expired, state_of
    from powerautomation.kernel.clock import now

    if json:
        print_json([{**state_of(one), "built_in": one.built_in} for one in flags])
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("KEY", *(one.upper() for one in ENVIRONMENTS), "OWNER", "UNTIL"):
        table.add_column(title, no_wrap=title == "KEY")
    today = now().date()
    for one in flags:
        states = ["on" if one.environments[name].is_on else "off" for name in ENVIRONMENTS]
        until = "" if one.expires_on is None else str(one.expires_on) + (" (expired)" if is_expired(one, today) else "")
        table.add_row(one.key, *states, escape(names.get(one.owner_id, "")), until)
    Console(soft_wrap=True).print(table)


@app.command()
def on(
    key: KeyArgument, environment: EnvironmentOption = None, data: DataOption = None, config: ConfigOption = None
) -> None:
    """Switch a flag on again. Running servers know it within five seconds."""
    _switch(key, environment, True, data, config)


@app.command()
def off(
    key: KeyArgument, environment: EnvironmentOption = None, data: DataOption = None, config: ConfigOption = None
) -> None:
    """Switch a flag off: everybody gets its off variant. Running servers know it within five seconds."""
    _switch(key, environment, False, data, config)


def _switch(key: str, environment: Environment | None, is_on: bool, data: DataOption, config: ConfigOption) -> None:
    import asyncio

    settings = settings_of(data, config)
    where = environment.value if environment else settings.server.environment

    async def work() -> None:
        from powerautomation.app.commands.installation import opened, until_servers_know
        from powerautomation.governance.flags import switch_flag

        async with opened(settings) as installation:
            async with installation.database.unit_of_work() as session:
                await switch_flag(session, installation.admin, key, where, is_on)
            await until_servers_know(installation)

    asyncio.run(work())
    typer.echo(f"{key} is {'on' if is_on else 'off'} in {where}.")
