"""``powerautomation compliance``: who may do what, what is dormant or old, and what changed."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from powerautomation.app.commands.options import ConfigOption, DataOption, settings_of
from powerautomation.app.terminal import print_step

app = typer.Typer(help="Make a compliance report.", no_args_is_help=True)


@app.callback()
def _commands() -> None:
    """Make a compliance report."""


@app.command()
def report(
    output: Annotated[Path, typer.Option("--output", metavar="FILE", help="File to write: .pdf, .csv or .json.")],
    days: Annotated[int, typer.Option("--days", min=1, max=1100, help="Changes of so many days.")] = 90,
    dormant_days: Annotated[
        int, typer.Option("--dormant-days", min=1, max=3650, help="Not seen for so long is dormant.")
    ] = 90,
    language: Annotated[Literal["en", "zh-CN", "zh-TW"], typer.Option("--language", help="Its language.")] = "en",
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Write who has access to what, dormant people, keys by age, and changes of policies to a file."""
    import asyncio
    from datetime import timedelta

    form = {".pdf": "pdf", ".csv": "csv", ".json": "json"}.get(output.suffix.lower())
    if form is None:
        raise typer.BadParameter("The file's name must end in .pdf, .csv or .json.", param_hint="--output")
    settings = settings_of(data, config)

    async def work() -> bytes:
        from powerautomation.app.commands.installation import opened
        from powerautomation.governance.audit import heads_file
        from powerautomation.kernel.clock import now
        from powerautomation.operations.compliance import Asked, Source, make_report, note_export, written

        async with opened(settings) as installation:
            end = now()
            asked = Asked(end - timedelta(days=days), end, dormant_days)
            source = Source(installation.database, heads_file(settings), settings.audit.kept_days)
            await note_export(installation.database, installation.admin, form)
            made = await make_report(source, installation.admin.organization_id, asked)
            return await asyncio.to_thread(written, made, language, form)  # type: ignore[arg-type]  # one of three

    content = asyncio.run(work())
    try:
        output.write_bytes(content)
    except OSError as error:
        raise typer.BadParameter(f"{error.filename}: {error.strerror}", param_hint="--output") from None
    print_step(f"The report is in {output}.")
