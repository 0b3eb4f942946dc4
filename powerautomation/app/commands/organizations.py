"""``powerautomation organizations``: the tenants of this server."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from powerautomation.app.commands.options import ConfigOption, DataOption, JsonOption, settings_of
from powerautomation.app.terminal import print_json

if TYPE_CHECKING:
    from powerautomation.identity.tenants.service import Tenant

app = typer.Typer(help="List, make, suspend, delete and bring back organizations.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The organization's name, or its id.")]


@app.command("list")
def list_organizations(data: DataOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """List every organization, also those that were deleted in the last 30 days."""
    import asyncio

    settings = settings_of(data, config)

    async def work() -> Any:
        from powerautomation.app.commands.installation import opened
        from powerautomation.identity.tenants import list_all

        async with opened(settings) as installation, installation.database.read() as session:
            return await list_all(session)

    found: list[Tenant] = asyncio.run(work())
    if json:
        print_json(
            [
                {"id": one.organization.id, "name": one.organization.name}
                | {"state": one.organization.state, "people": one.people}
                for one in found
            ]
        )
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("NAME", "STATE", "PEOPLE", "ID"):
        table.add_column(title, no_wrap=title == "ID")
    for one in found:
        table.add_row(escape(one.organization.name), one.organization.state, str(one.people), one.organization.id)
    Console(soft_wrap=True).print(table)


@app.command("create")
def create_organization(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the organization is called.")],
    admin: Annotated[str, typer.Option("--admin", help="The e-mail address of its first administrator.")],
    admin_name: Annotated[str, typer.Option("--admin-name", help="What the administrator is called.")] = "",
    data: DataOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Make an organization and print the link with which its first administrator chooses a password."""
    import asyncio

    settings = settings_of(data, config)

    async def work() -> Any:
        from powerautomation.app.commands.installation import opened, until_servers_know
        from powerautomation.identity.tenants import create

        async with opened(settings) as installation:
            async with installation.database.unit_of_work() as session:
                made = await create(
                    session, installation.admin, name=name, admin_name=admin_name or admin, admin_email=admin
                )
            await until_servers_know(installation)
            return made

    made = asyncio.run(work())
    from powerautomation.app.address import base_url
    from powerautomation.operations.backups import find_address

    running = "" if settings.server.public_url else find_address(settings.data_dir)
    url = f"{running or base_url(settings, settings.server.port)}/invitation#token={made.token}"
    if json:
        print_json({"id": made.tenant.organization.id, "name": made.tenant.organization.name, "url": url})
        return
    typer.echo(f"{made.tenant.organization.name} was made. Its first administrator accepts at, within 7 days:")
    typer.echo(url)


@app.command("show")
def show_organization(
    name: NameArgument, data: DataOption = None, config: ConfigOption = None, json: JsonOption = False
) -> None:
    """Show an organization, what it has and how much it may have."""
    _show(name, {}, data, config, json)


@app.command("quota")
def set_quota(
    name: NameArgument,
    amounts: Annotated[
        list[str],
        typer.Argument(metavar="RESOURCE=AMOUNT…", help="people=50, files=200MB, or people=default for the most."),
    ],
    data: DataOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Say how much an organization may have. What it has already stays, also above."""
    _show(name, dict(_amount_of(one) for one in amounts), data, config, json)


def _amount_of(text: str) -> tuple[str, int | None]:
    """Return the resource and the amount of ``files=200MB``, None for the default."""
    resource, _, given = text.partition("=")
    if given == "default":
        return resource, None
    digits = given.removesuffix("MB")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 12:
        raise typer.BadParameter(f"{text}: write RESOURCE=NUMBER, RESOURCE=NUMBERMB or RESOURCE=default.")
    return resource, int(digits) * (1024 * 1024 if digits != given else 1)


def _show(name: str, amounts: dict[str, int | None], data: Any, config: Any, json: bool) -> None:
    import asyncio

    settings = settings_of(data, config)

    async def work() -> Any:
        from powerautomation.app.commands.installation import opened
        from powerautomation.identity.quotas import list_quotas, set_quotas
        from powerautomation.identity.tenants import find_by_name

        async with opened(settings) as installation:
            if amounts:
                async with installation.database.unit_of_work() as session:
                    known = await find_by_name(session, name)
                    await set_quotas(session, installation.admin, settings, known.id, amounts)
            async with installation.database.read() as session:
                known = await find_by_name(session, name)
                return known, await list_quotas(session, settings, known.id)

    one, quotas = asyncio.run(work())
    if json:
        print_json(
            {"id": one.id, "name": one.name, "state": one.state}
            | {
                "quotas": [
                    {"resource": quota.resource.name, "measure": quota.resource.measure, "used": quota.used}
                    | {"amount": quota.amount, "percent": quota.percent, "is_own": quota.is_own}
                    for quota in quotas
                ]
            }
        )
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("OF", "HAS", "MAY HAVE", "USED", ""):
        table.add_column(title, justify="left" if title in ("OF", "") else "right")
    for quota in quotas:
        told = [f"{_told(amount, quota.resource.measure)}" for amount in (quota.used, quota.amount)]
        table.add_row(quota.resource.name, *told, f"{quota.percent} %", "set here" if quota.is_own else "")
    typer.echo(f"{one.name} ({one.id}) is {one.state}.")
    Console(soft_wrap=True).print(table)


def _told(amount: int, measure: str) -> str:
    return f"{amount / 1024 / 1024:,.1f} MB" if measure == "bytes" else f"{amount:,}"


@app.command("suspend")
def suspend_organization(name: NameArgument, data: DataOption = None, config: ConfigOption = None) -> None:
    """Keep everybody of an organization out: nobody signs in, and its keys are refused within 5 seconds."""
    _change(name, "suspend", data, config)


@app.command("resume")
def resume_organization(name: NameArgument, data: DataOption = None, config: ConfigOption = None) -> None:
    """Let everybody of a suspended organization in again."""
    _change(name, "resume", data, config)


@app.command("delete")
def delete_organization(
    name: NameArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Take an organization away; for 30 days it can be brought back, then all of it is removed."""
    if not yes:
        typer.confirm(f"Take {name} and everything in it away?", abort=True)
    _change(name, "delete", data, config)


@app.command("restore")
def restore_organization(name: NameArgument, data: DataOption = None, config: ConfigOption = None) -> None:
    """Bring an organization back that was deleted in the last 30 days."""
    _change(name, "restore", data, config)


@app.command("export")
def export_organization(
    name: NameArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the archive goes; it must not exist.")],
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Write all of an organization, without secrets, to a ZIP archive."""
    import asyncio

    settings = settings_of(data, config)

    async def work() -> None:
        from powerautomation.app.commands.installation import opened
        from powerautomation.identity import tenants

        async with opened(settings) as installation:
            async with installation.database.read() as session:
                known = await tenants.find_by_name(session, name)
            await tenants.begin_export(installation.database, installation.admin, known.id)
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as archive:
                confined = installation.database.confined_to(known.id)
                async for piece in tenants.export_organization(confined, installation.secret_box, known.id):
                    archive.write(piece)

    try:
        asyncio.run(work())
    except FileExistsError:
        raise typer.BadParameter(f"{file} exists already.") from None
    typer.echo(f"{file} holds all of it, personal data included. Keep it where only the right people can read it.")


def _change(name: str, what: str, data: Any, config: Any) -> None:
    import asyncio

    settings = settings_of(data, config)

    async def work() -> Any:
        from powerautomation.app.commands.installation import opened, until_servers_know
        from powerautomation.identity import tenants

        do = {
            "suspend": tenants.suspend,
            "resume": tenants.resume,
            "delete": tenants.delete,
            "restore": tenants.restore,
        }
        async with opened(settings) as installation:
            async with installation.database.unit_of_work() as session:
                known = await tenants.find_by_name(session, name)
                changed = await do[what](session, installation.admin, known.id)
            await until_servers_know(installation)
            return changed

    one = asyncio.run(work()).organization
    typer.echo(f"{one.name} is {one.state}.")
