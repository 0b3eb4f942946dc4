"""``powerautomation policies``: access policies seen and tried from the server, and the way in when they shut everybody
out."""

from datetime import datetime
from typing import Annotated, Any

import typer

from powerautomation.app.commands.options import ConfigOption, DataOption, JsonOption, settings_of
from powerautomation.app.terminal import print_json

app = typer.Typer(help="List access policies, try what they decide, switch one off.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The policy's name or id.")]


@app.command("list")
def show_policies(data: DataOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """List the policies of the first organization, those that are switched off included."""
    import asyncio

    settings = settings_of(data, config)

    async def work() -> Any:
        from powerautomation.app.commands.installation import opened
        from powerautomation.identity.policies import list_policies

        async with opened(settings) as installation, installation.database.read() as session:
            return await list_policies(session, installation.admin.organization_id)

    found = asyncio.run(work())
    if json:
        shown = ("id", "name", "summary", "effect", "enabled", "version", "text")
        print_json([{name: getattr(one, name) for name in shown} for one in found])
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("ID", "EFFECT", "STATE", "NAME"):
        table.add_column(title, no_wrap=title != "NAME")
    for one in found:
        table.add_row(one.id, one.effect, "on" if one.enabled else "off", escape(one.name))
    Console(soft_wrap=True).print(table if found else "There is no access policy.")


@app.command("test")
def explain(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The person's e-mail address.")],
    permission: Annotated[str, typer.Argument(metavar="PERMISSION", help="For example providers:write.")],
    at: Annotated[str, typer.Option(help="When: 2026-11-21T22:00, in the organization's time zone. Now without.")] = "",
    ip: Annotated[str, typer.Option(help="From which address. Without, it is not known.")] = "",
    second_factor: Annotated[bool, typer.Option("--second-factor", help="Signed in with a second factor.")] = False,
    passkey: Annotated[bool, typer.Option("--passkey", help="Signed in with a passkey.")] = False,
    key: Annotated[bool, typer.Option("--key", help="A program asks, with a key of the person.")] = False,
    project: Annotated[str, typer.Option(help="The project of the thing it is about.")] = "",
    data: DataOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Say whether a person may do something under these circumstances, and why. Exit code 1 when not."""
    import asyncio

    from powerautomation.identity.access import Supposed, sentence_of

    settings = settings_of(data, config)
    try:
        moment = datetime.fromisoformat(at) if at else None
    except ValueError:
        raise typer.BadParameter("write it as 2026-11-21T22:00", param_hint="--at") from None
    supposed = Supposed(
        at=moment,
        ip=ip or None,
        second_factor=second_factor or passkey,
        passkey=passkey,
        by_key=key,
        project=project or None,
    )

    async def work() -> Any:
        from powerautomation.app.commands.installation import opened
        from powerautomation.identity.policies import explain_for

        async with opened(settings) as installation, installation.database.read() as session:
            return await explain_for(session, installation.admin.organization_id, email, permission, supposed)

    told = asyncio.run(work())
    if json:
        shown = ("permission", "allowed", "reason", "policy_id", "policy_name")
        print_json({**{name: getattr(told, name) for name in shown}, "sentence": sentence_of(told)})
    else:
        typer.echo(sentence_of(told))
    if not told.allowed:
        raise typer.Exit(1)


@app.command()
def disable(name: NameArgument, data: DataOption = None, config: ConfigOption = None) -> None:
    """Switch a policy off, at once and on every replica; the audit log says so."""
    _switch(name, enabled=False, settings=settings_of(data, config))
    typer.echo(f"{name} is off.")


@app.command()
def enable(name: NameArgument, data: DataOption = None, config: ConfigOption = None) -> None:
    """Switch a policy on again. Nobody checks here whether it shuts everybody out."""
    _switch(name, enabled=True, settings=settings_of(data, config))
    typer.echo(f"{name} is on.")


def _switch(name: str, *, enabled: bool, settings: Any) -> None:
    import asyncio

    async def work() -> None:
        from powerautomation.app.commands.installation import opened
        from powerautomation.identity.policies import switch_policy

        async with opened(settings) as installation, installation.database.unit_of_work() as session:
            await switch_policy(session, installation.admin, name, enabled=enabled)

    asyncio.run(work())
