"""``powerautomation encryption``: the keys of the installation, and replacing them while servers run."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from powerautomation.app.commands.options import ConfigOption, DataOption, JsonOption, settings_of
from powerautomation.app.terminal import print_json, print_step, print_warning

if TYPE_CHECKING:
    from powerautomation.governance.encryption import EncryptionReport, RotationReport, SealedColumn
    from powerautomation.infrastructure.settings import Settings

app = typer.Typer(help="Show and replace the keys that stored secrets are encrypted with.", no_args_is_help=True)
MOST_SHOWN = 10


@app.command()
def status(data: DataOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """List the keys: ids, ages, rows sealed with each. Never the keys themselves."""
    import asyncio

    settings = settings_of(data, config)

    async def work() -> "EncryptionReport":
        from powerautomation.app.commands.installation import opened
        from powerautomation.app.sealed_columns import sealed_columns
        from powerautomation.governance.encryption import report_encryption

        async with opened(settings) as installation:
            return await report_encryption(installation.database, sealed_columns())

    report = asyncio.run(work())
    if json:
        print_json(_as_json(report))
        return
    typer.echo(f"Master key {report.master_key[:8]}, since {report.master_key_since:%Y-%m-%d}")
    _print_table(report)
    if report.rotating:
        print_warning("A rotation is not finished.", "Go on with: powerautomation encryption rotate-data-key")
    if report.unknown_rows:
        print_warning(f"{report.unknown_rows} rows are sealed with a key that is not here and cannot be read.")


@app.command("rotate-data-key")
def rotate_data_key(
    wait: Annotated[
        float,
        typer.Option(
            "--wait", metavar="SECONDS", min=0, max=600, help="Time for running servers to learn the new key, twice."
        ),
    ] = 8.0,
    data: DataOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Make a new data key and encrypt every stored secret with it. Servers may run; run it again when interrupted."""
    import asyncio

    settings = settings_of(data, config)

    async def work() -> "RotationReport":
        from powerautomation.app.commands.installation import opened
        from powerautomation.app.key_events import noting_keys
        from powerautomation.app.sealed_columns import sealed_columns
        from powerautomation.governance.encryption import rotate_data_key

        async with opened(settings) as installation:
            return await rotate_data_key(
                installation.database,
                installation.secret_box,
                sealed_columns(),
                note=noting_keys(installation.admin),
                settle_seconds=wait,
                on_step=print_step,
                on_rows=_print_rows,
            )

    report = asyncio.run(work())
    if json:
        print_json(
            {
                "data_key": report.data_key,
                "rows": report.rows,
                "retired": list(report.retired),
                "unreadable": list(report.unreadable),
            }
        )
    else:
        typer.echo(f"Data key {report.data_key} is in use; {report.rows} rows were encrypted anew.")
        typer.echo(f"Retired: {', '.join(report.retired) or 'none'}")
    if report.unreadable:
        named = ", ".join(report.unreadable[:MOST_SHOWN])
        print_warning(f"{len(report.unreadable)} rows could not be read and stay as they are: {named}")
        raise typer.Exit(1)


@app.command("rotate-master-key")
def rotate_master_key(
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask whether the printed key was stored (environment only).")
    ] = False,
    to_key: Annotated[
        str,
        typer.Option("--to-key", metavar="LABEL", help="From one key of the hardware security module to another."),
    ] = "",
    to_file: Annotated[
        bool, typer.Option("--to-file", help="Away from the hardware security module, to a key of our own.")
    ] = False,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Wrap the data keys under a new master key: it replaces the key file, is printed for the environment, or is the
    one in the hardware security module that the settings name."""
    import asyncio

    settings = settings_of(data, config)
    if (to_key or to_file) and not settings.pkcs11.module:
        raise typer.BadParameter("The settings name no hardware security module (pkcs11).")
    if settings.pkcs11.module and not to_file:
        asyncio.run(_to_hardware(settings, to_key))
    else:
        asyncio.run(_to_own_key(settings, yes=yes))


async def _to_own_key(settings: "Settings", *, yes: bool) -> None:
    import asyncio

    from powerautomation.app.commands.installation import opened
    from powerautomation.app.key_events import note_recovery_kit, noting_keys
    from powerautomation.governance.encryption import (
        has_given_key,
        new_key_text,
        rotate_master_key,
        write_recovery_kit,
    )

    after = _without_hardware(settings)
    async with opened(settings) as installation:
        text = new_key_text()
        given = has_given_key(after)
        if given:
            # Before anything depends on it: whoever loses this line afterwards loses the secrets.
            typer.echo("The new secret key, for POWERAUTOMATION_SECRET_KEY:")
            typer.echo(text)
            if not yes:
                await asyncio.to_thread(
                    typer.confirm, "Is it stored? From now on nothing starts without it.", abort=True, err=True
                )
        database, admin = installation.database, installation.admin
        old = installation.secret_box.master_key
        new = await rotate_master_key(after, database, old, text, note=noting_keys(admin))
        typer.echo(f"Master key {new.fingerprint[:8]} is in use.")
        if given:
            typer.echo("Set POWERAUTOMATION_SECRET_KEY to it and start every server again.")
        else:
            await note_recovery_kit(database, admin, new.fingerprint[:8], str(settings.data_dir))
            typer.echo(f"New recovery kit: {write_recovery_kit(after)}")
            typer.echo("Keep it elsewhere, and the old one as long as backups from before.")
        if settings.pkcs11.module:
            typer.echo("Take pkcs11 out of the settings and start every server again.")


async def _to_hardware(settings: "Settings", to_key: str) -> None:
    """Move to the module's key: from a key of our own, or from another one of the module."""
    from powerautomation.app.commands.installation import opened
    from powerautomation.app.key_events import noting_keys
    from powerautomation.governance.encryption import open_hardware_key, replace_master_key

    new = open_hardware_key(settings.pkcs11, to_key)
    async with opened(settings if to_key else _without_hardware(settings)) as installation:
        note = noting_keys(installation.admin)
        await replace_master_key(installation.database, installation.secret_box.master_key, new, note=note)
    typer.echo(f"Master key {new.fingerprint[:8]} of the hardware security module is in use.")
    if to_key:
        typer.echo(f"Set pkcs11.key to {to_key} and start every server again.")
        return
    typer.echo("Start every server again, with these settings.")
    typer.echo("The secret key from before is needed for backups from before only: keep its recovery kit elsewhere.")


@app.command("create-hardware-key")
def create_hardware_key(
    key: Annotated[str, typer.Option("--key", metavar="LABEL", help="Another label than pkcs11.key.")] = "",
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Make a master key inside the hardware security module that the settings name (pkcs11). It cannot be taken out."""
    from powerautomation.governance.encryption import create_hardware_key

    settings = settings_of(data, config)
    if not settings.pkcs11.module:
        raise typer.BadParameter("The settings name no hardware security module (pkcs11.module, token, pin).")
    made = create_hardware_key(settings.pkcs11, key)
    typer.echo(f"Made the key {key or settings.pkcs11.key} ({made.fingerprint[:8]}).")
    typer.echo("A new installation uses it from its first start.")
    typer.echo("One that exists is moved to it by: powerautomation encryption rotate-master-key")


def _without_hardware(settings: "Settings") -> "Settings":
    return settings.model_copy(update={"pkcs11": type(settings.pkcs11)()})


@app.command("recovery-kit")
def recovery_kit(
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write it into a new file (mode 0600) instead.")
    ] = None,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Print one page with the secret key and what to do with it. Whoever reads it can read every secret."""
    import asyncio

    settings = settings_of(data, config)

    async def check() -> None:
        from powerautomation.app.commands.installation import opened
        from powerautomation.app.key_events import note_recovery_kit

        # A kit for a key that does not open the database would be found out when it is too late.
        async with opened(settings) as installation:
            fingerprint = installation.secret_box.master_key.fingerprint[:8]
            place = str(output.absolute()) if output else ""
            await note_recovery_kit(installation.database, installation.admin, fingerprint, place)

    if output is not None and output.exists():
        raise typer.BadParameter(f"{output}: File exists", param_hint="--output")
    asyncio.run(check())
    from powerautomation.governance.encryption import recovery_kit, write_recovery_kit

    if output is None:
        typer.echo(recovery_kit(settings))
        return
    try:
        typer.echo(write_recovery_kit(settings, output))
    except OSError as error:
        raise typer.BadParameter(f"{output}: {error.strerror}", param_hint="--output") from error


def _print_rows(column: "SealedColumn", rows: int) -> None:
    typer.echo(f"  {column.table}.{column.column}: {rows} rows", err=True)


def _as_json(report: "EncryptionReport") -> dict[str, Any]:
    return {
        "master_key": report.master_key[:8],
        "master_key_since": report.master_key_since.isoformat(timespec="seconds"),
        "rotating": report.rotating,
        "unknown_rows": report.unknown_rows,
        "data_keys": [
            {
                "id": key.id,
                "state": key.state,
                "created_at": key.created_at.isoformat(timespec="seconds"),
                "retired_at": key.retired_at.isoformat(timespec="seconds") if key.retired_at else None,
                "rows": key.rows,
            }
            for key in report.data_keys
        ],
    }


def _print_table(report: "EncryptionReport") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("DATA KEY", "STATE", "CREATED", "ROWS"):
        table.add_column(title, no_wrap=title != "ROWS")
    for key in report.data_keys:
        rows = ", ".join(f"{name} {count}" for name, count in sorted(key.rows.items()))
        table.add_row(key.id, key.state, f"{key.created_at:%Y-%m-%d}", rows or "0")
    Console(soft_wrap=True).print(table)
