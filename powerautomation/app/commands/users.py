"""``powerautomation users``: people who cannot sign in, helped from the server."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from powerautomation.app.commands.options import ConfigOption, DataOption, JsonOption, OrganizationOption, settings_of
from powerautomation.app.terminal import print_json

if TYPE_CHECKING:
    from powerautomation.identity.privacy import Erasure

app = typer.Typer(
    help="List people, reset a password, end a lock-out, remove second factors, erase somebody.", no_args_is_help=True
)

EmailArgument = Annotated[str, typer.Argument(metavar="EMAIL", help="The person's e-mail address.")]


@app.command("list")
def list_people(data: DataOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """List the people of the first organization, newest first: at most 10,000."""
    import asyncio

    settings = settings_of(data, config)

    async def work() -> Any:
        from powerautomation.app.commands.installation import opened
        from powerautomation.identity.users import list_users

        async with opened(settings) as installation, installation.database.read() as session:
            return await list_users(session, installation.admin.organization_id, most=10_000)

    people = asyncio.run(work())
    if json:
        print_json([{name: getattr(one, name) for name in ("id", "email", "name", "role", "state")} for one in people])
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("EMAIL", "NAME", "ROLE", "STATE"):
        table.add_column(title, no_wrap=title == "EMAIL")
    for one in people:
        table.add_row(escape(one.email or "(none yet)"), escape(one.name), one.role, one.state)
    Console(soft_wrap=True).print(table)


@app.command("reset-password")
def reset_password(
    email: EmailArgument,
    organization: OrganizationOption = "",
    data: DataOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Print a one-time link, valid for 24 hours, with which the person signs in and sets a new password."""
    import asyncio

    settings = settings_of(data, config)

    async def work() -> str:
        from powerautomation.app.commands.installation import opened
        from powerautomation.identity.sessions import reset_password_link

        async with opened(settings) as installation, installation.database.unit_of_work() as session:
            return await reset_password_link(session, email, organization)

    token = asyncio.run(work())
    from powerautomation.app.address import base_url
    from powerautomation.operations.backups import find_address

    running = "" if settings.server.public_url else find_address(settings.data_dir)
    url = f"{running or base_url(settings, settings.server.port)}/sign-in#token={token}"
    if json:
        print_json({"url": url})
        return
    typer.echo("The person opens this link once, within 24 hours, and sets a new password under Account:")
    typer.echo(url)


@app.command()
def unlock(
    email: EmailArgument, organization: OrganizationOption = "", data: DataOption = None, config: ConfigOption = None
) -> None:
    """Let somebody try a password again at once who has to wait after too many wrong ones."""
    import asyncio

    settings = settings_of(data, config)

    async def work() -> None:
        from powerautomation.app.commands.installation import opened
        from powerautomation.identity.sessions import forgive_failures

        async with opened(settings) as installation, installation.database.unit_of_work() as session:
            await forgive_failures(session, installation.secret_box, email, organization)

    asyncio.run(work())
    typer.echo(f"{email} may try again.")


@app.command("remove-factors")
def remove_factors(
    email: EmailArgument, organization: OrganizationOption = "", data: DataOption = None, config: ConfigOption = None
) -> None:
    """Remove the second factors of a person who lost them; the password alone signs the person in again."""
    import asyncio

    settings = settings_of(data, config)

    async def work() -> None:
        from powerautomation.app.commands.installation import opened
        from powerautomation.identity.sessions import remove_factors_by_email

        async with opened(settings) as installation, installation.database.unit_of_work() as session:
            await remove_factors_by_email(session, email, organization)

    asyncio.run(work())
    typer.echo(f"{email} has no second factor any more.")


@app.command()
def erase(
    email: EmailArgument,
    organization: OrganizationOption = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data: DataOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Erase a person for ever, also one who was deleted: nothing brings the person back. Prints the receipt."""
    import asyncio
    from dataclasses import asdict

    settings = settings_of(data, config)
    if not yes:
        typer.confirm(f"Erase {email} for ever?", abort=True, err=True)

    async def work() -> "Erasure":
        from powerautomation.app.commands.installation import opened
        from powerautomation.identity.people import erase_by_email
        from powerautomation.identity.privacy import finish_erasures, run_erasure

        async with opened(settings) as installation:
            database = installation.database
            async with database.unit_of_work() as session:
                organization_id, user_id = await erase_by_email(session, installation.admin, email, organization)
            done = await run_erasure(database, organization_id, user_id)
            assert done is not None, "it was just begun"
            await finish_erasures(database, settings.data_dir)
            return done

    done = asyncio.run(work())
    if json:
        print_json(
            {
                "user_id": done.user_id,
                "finished_at": None if done.finished_at is None else done.finished_at.isoformat(),
                "rows": [asdict(row) for row in done.rows],
            }
        )
        return
    typer.echo(f"{done.user_id} is erased.")
    for row in done.rows:
        why = f" ({row.because})" if row.because else ""
        typer.echo(f"  {row.table}.{row.column}: {row.rows} rows, {row.done}{why}")
