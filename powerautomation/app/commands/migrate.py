"""``powerautomation migrate``."""

import typer

from powerautomation.app.commands.options import ConfigOption, DataOption, JsonOption, settings_of
from powerautomation.app.terminal import print_json, print_step, print_warning


def migrate(data: DataOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Bring the database up to date, after a backup. `serve` does the same by itself."""
    import asyncio

    settings = settings_of(data, config)
    from powerautomation.app.commands.installation import at_the_command_line
    from powerautomation.app.key_events import noting_first_kit
    from powerautomation.governance.audit import make_months, serving
    from powerautomation.governance.encryption import unlock_installation
    from powerautomation.infrastructure.database import open_database
    from powerautomation.infrastructure.migrations import migrate as bring_up_to_date

    def on_progress(done: int, total: int, revision: str) -> None:
        if done < total:
            print_step(f"applying {revision} ({done + 1} of {total})")

    report = bring_up_to_date(settings, on_progress=on_progress)

    async def unlock() -> None:
        database = open_database(settings)
        try:
            await make_months(database)
            with serving(at_the_command_line()):
                await unlock_installation(settings, database, note_kit=noting_first_kit(database))
        finally:
            await database.close()

    asyncio.run(unlock())
    for warning in report.warnings:
        print_warning(warning)
    if json:
        print_json(
            {
                "before": report.before,
                "after": report.after,
                "applied": list(report.applied),
                "backup": str(report.backup) if report.backup else None,
                "warnings": list(report.warnings),
            }
        )
        return
    if report.backup:
        typer.echo(f"A copy of the database as it was: {report.backup}")
    done = f"{len(report.applied)} applied" if report.applied else "nothing to do"
    typer.echo(f"The database is at revision {report.after} ({done}).")
