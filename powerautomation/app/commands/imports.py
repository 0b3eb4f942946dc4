"""``powerautomation import``: take over what is configured in another gateway."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from powerautomation.app.commands.options import ConfigOption, DataOption, JsonOption, settings_of
from powerautomation.app.terminal import print_json, styled

if TYPE_CHECKING:
    from powerautomation.gateway.imports import Imported

app = typer.Typer(help="Take over what is configured in another gateway.", no_args_is_help=True)
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The other gateway's configuration.")]
WriteOption = Annotated[
    bool, typer.Option("--write", help="Add it to the configuration file (--config); the old one is kept beside it.")
]
DatabaseOption = Annotated[
    bool, typer.Option("--to-database", help="Store providers and models as the console would, keys encrypted.")
]
_TITLES = {"to_do": "For you to do", "changed": "Carried over differently", "left_out": "Not carried over"}


@app.command()
def litellm(
    file: FileArgument,
    write: WriteOption = False,
    to_database: DatabaseOption = False,
    data: DataOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show what a LiteLLM config.yaml becomes here and what is lost; nothing is changed unless asked."""
    from powerautomation.gateway.imports import read_litellm

    _take_over(read_litellm(file), write, to_database, data, config, json)


@app.command("claude-code-router")
def claude_code_router(
    file: FileArgument,
    write: WriteOption = False,
    to_database: DatabaseOption = False,
    data: DataOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show what a claude-code-router config.json becomes here; nothing is changed unless asked."""
    from powerautomation.gateway.imports import read_claude_code_router

    _take_over(read_claude_code_router(file), write, to_database, data, config, json)


def _take_over(
    imported: "Imported", write: bool, to_database: bool, data: Path | None, config: Path | None, json: bool
) -> None:
    from powerautomation.gateway.imports import as_yaml, write_to_file

    done: dict[str, Any] = {}
    if write:
        import os

        path = config or Path(os.environ.get("POWERAUTOMATION_CONFIG") or "powerautomation.yaml")
        backup = write_to_file(imported, path)
        done["written"] = str(path)
        done["backup"] = str(backup) if backup else None
    if to_database:
        done["stored"] = _store(imported, data, config)
    if json:
        notes = [{"kind": note.kind, "place": note.place, "text": note.text} for note in imported.notes]
        print_json({"source": imported.source, "configuration": imported.as_settings(), "notes": notes, **done})
        return
    if not (write or to_database):
        typer.echo(as_yaml(imported), nl=False)
    _report(imported)
    if "written" in done:
        typer.echo(f"Added to {done['written']}." + (f" Before: {done['backup']}" if done["backup"] else ""), err=True)
    if to_database:
        typer.echo(f"Stored: {', '.join(done['stored']) or 'nothing'}.", err=True)
    if not (write or to_database):
        typer.echo("Nothing was changed. --write adds it to a file, --to-database stores it.", err=True)


def _report(imported: "Imported") -> None:
    for kind, title in _TITLES.items():
        notes = [note for note in imported.notes if note.kind == kind]
        if notes:
            typer.echo(styled(f"{title}:", bold=True), err=True)
        for note in notes:
            typer.echo(f"  {note.place}: {note.text}", err=True)


def _store(imported: "Imported", data: Path | None, config: Path | None) -> list[str]:
    import asyncio
    import os

    settings = settings_of(data, config)

    async def work() -> list[str]:
        from powerautomation.app.commands.installation import opened, until_servers_know
        from powerautomation.app.imported_providers import store
        from powerautomation.gateway.providers import allowed_hosts

        async with opened(settings) as installation:
            async with installation.database.unit_of_work() as session:
                stored = await store(
                    session,
                    installation.secret_box,
                    installation.admin,
                    imported,
                    allowed_hosts(settings),
                    frozenset(settings.providers),
                    os.environ,
                )
            await until_servers_know(installation)
            return stored

    return asyncio.run(work())
