"""``powerautomation configuration``: the history of settings, and settings as a document, without the console."""

from pathlib import Path
from typing import Annotated, Any

import typer

from powerautomation.app.commands.options import ConfigOption, DataOption, JsonOption, settings_of
from powerautomation.app.terminal import print_json

app = typer.Typer(help="See who changed which setting, go back, export and import.", no_args_is_help=True)
KindArgument = Annotated[str, typer.Argument(metavar="KIND", help="Such as route, limit, provider, role, flag.")]
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The setting's id, as `configuration history` shows it.")]
NumberArgument = Annotated[int, typer.Argument(metavar="VERSION", min=1, help="The version's number.")]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is in the history.")]


@app.command()
def history(
    kind: Annotated[str, typer.Option("--kind", metavar="KIND", help="Only settings of this kind.")] = "",
    most: Annotated[int, typer.Option("--limit", min=1, max=200, help="At most so many versions.")] = 50,
    data: DataOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List versions of settings, newest first."""
    import asyncio

    settings = settings_of(data, config)

    async def work() -> Any:
        from powerautomation.app.commands.installation import opened
        from powerautomation.governance.configuration import Filters, list_versions

        async with opened(settings) as installation, installation.database.read() as session:
            kinds = (kind,) if kind else tuple(installation.kinds.by_name)
            found, _ = await list_versions(session, installation.admin.organization_id, Filters(kinds), None, most)
            return found

    found = asyncio.run(work())
    if json:
        print_json(
            [
                {
                    "kind": one.kind,
                    "id": one.object_id,
                    "name": one.object_name,
                    "version": one.number,
                    "at": one.at.isoformat(),
                    "author": one.author.name,
                    "action": one.action,
                    "reason": one.reason,
                    "approved_by": one.approved_by,
                    "state": one.state,
                }
                for one in found
            ]
        )
        return
    if not found:
        typer.echo("Nothing was changed yet.")
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("WHEN", "KIND", "ID", "VERSION", "NAME", "BY", "ACTION"):
        table.add_column(title, no_wrap=title in ("WHEN", "ID"))
    for one in found:
        at = one.at.strftime("%Y-%m-%d %H:%M")
        by = escape(one.author.name or one.author.kind)
        table.add_row(at, one.kind, escape(one.object_id), str(one.number), escape(one.object_name), by, one.action)
    Console(soft_wrap=True).print(table)


@app.command()
def diff(
    kind: KindArgument,
    object_id: IdArgument,
    number: NumberArgument,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Show what a version changed."""
    import asyncio

    settings = settings_of(data, config)

    async def work() -> Any:
        from powerautomation.app.commands.installation import opened
        from powerautomation.governance.configuration import get_version

        async with opened(settings) as installation, installation.database.read() as session:
            return await get_version(session, installation.admin.organization_id, kind, object_id, number)

    version = asyncio.run(work())
    from powerautomation.governance.configuration import differences

    _print_differences(differences(version.before, version.state))


@app.command()
def rollback(
    kind: KindArgument,
    object_id: IdArgument,
    number: NumberArgument,
    reason: ReasonOption = "",
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Put a setting back to what it was. Running servers know within five seconds."""
    import asyncio

    settings = settings_of(data, config)

    async def work() -> str:
        from powerautomation.app.commands.installation import administrator, opened, until_servers_know
        from powerautomation.governance.configuration import restore_version

        async with opened(settings) as installation:
            async with installation.database.unit_of_work() as session:
                actor = administrator(installation)
                done = await restore_version(session, installation.kinds, actor, kind, object_id, number, reason)
            await until_servers_know(installation)
            return done

    typer.echo(f"{kind} {asyncio.run(work())} is as in version {number} again.")


@app.command("export")
def export_document(
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="Where to [default: standard output].")
    ] = None,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Write the settings that make sense in another installation, without secrets, as JSON."""
    import asyncio
    import json

    settings = settings_of(data, config)

    async def work() -> Any:
        from powerautomation.app.commands.installation import administrator, opened
        from powerautomation.governance.configuration import export_settings

        async with opened(settings) as installation, installation.database.read() as session:
            return await export_settings(session, installation.kinds, administrator(installation))

    text = json.dumps(asyncio.run(work()), indent=2, ensure_ascii=False) + "\n"
    if file is None:
        typer.echo(text, nl=False)
    else:
        file.write_text(text, encoding="utf-8")


@app.command("import")
def import_document(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `configuration export` wrote; JSON or YAML.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    reason: ReasonOption = "",
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Bring exported settings here, all or nothing."""
    import asyncio

    import yaml

    from powerautomation.governance.configuration import DocumentInvalid

    settings = settings_of(data, config)
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise DocumentInvalid(f"{file} cannot be read: {str(error)[:200]}") from None

    async def work() -> Any:
        from powerautomation.app.commands.installation import administrator, opened, until_servers_know
        from powerautomation.governance.configuration import import_settings

        async with opened(settings) as installation:
            async with installation.database.unit_of_work() as session:
                actor, kinds = administrator(installation), installation.kinds
                done = await import_settings(session, kinds, actor, document, dry_run=dry_run, reason=reason)
            await until_servers_know(installation)
            return done

    for one in asyncio.run(work()):
        typer.echo(f"{one.effect:14} {one.kind} {one.name}")
        if one.effect == "update":
            _print_differences(one.differences)


def _print_differences(found: Any) -> None:
    import json

    for one in found:
        typer.echo(f"  {one.path}")
        for sign, value in (("-", one.before), ("+", one.after)):
            if value is not None:
                typer.echo(f"  {sign} {json.dumps(value, ensure_ascii=False, default=str)}")
