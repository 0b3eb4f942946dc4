"""``powerautomation sign-in-link``."""

from typing import Annotated

import typer

from powerautomation.app.commands.options import ConfigOption, DataOption, JsonOption, OrganizationOption, settings_of
from powerautomation.app.terminal import print_json


def sign_in_link(
    email: Annotated[
        str | None,
        typer.Option("--email", metavar="EMAIL", help="Whose link; the first administrator's when left out."),
    ] = None,
    organization: OrganizationOption = "",
    data: DataOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Print a one-time link into the console, valid for 24 hours; for when a password was forgotten."""
    import asyncio

    settings = settings_of(data, config)

    async def work() -> str:
        from powerautomation.app.commands.installation import opened
        from powerautomation.identity.sessions import create_sign_in_link

        async with opened(settings) as installation, installation.database.unit_of_work() as session:
            return await create_sign_in_link(session, email, organization)

    token = asyncio.run(work())
    from powerautomation.app.address import base_url
    from powerautomation.operations.backups import find_address

    running = "" if settings.server.public_url else find_address(settings.data_dir)
    url = f"{running or base_url(settings, settings.server.port)}/sign-in#token={token}"
    if json:
        print_json({"url": url})
        return
    typer.echo("Open this link once, within 24 hours:")
    typer.echo(url)
