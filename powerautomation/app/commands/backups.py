"""``powerautomation backup`` and ``powerautomation restore``."""

from pathlib import Path
from typing import Annotated

import typer

from powerautomation.app.commands.options import ConfigOption, DataOption, JsonOption, settings_of
from powerautomation.app.terminal import is_terminal, print_json, print_step, print_warning

_LONGEST_PASSPHRASE_FILE = 4096
AskPassphraseOption = Annotated[
    bool, typer.Option("--passphrase", help="Ask for the passphrase that wraps the secret key.")
]
PassphraseFileOption = Annotated[
    Path | None,
    typer.Option("--passphrase-file", metavar="FILE", help="Read the passphrase from a file, for scripts."),
]


def backup(
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="File to write [default: in the data folder's backups]."),
    ] = None,
    passphrase: AskPassphraseOption = False,
    passphrase_file: PassphraseFileOption = None,
    data: DataOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Write everything into one file and prove it by a test restore. The server may keep running.

    The secret key goes along only under a passphrase; without one, keep a copy of it elsewhere.
    """
    secret = _passphrase(passphrase, passphrase_file, twice=True)
    settings = settings_of(data, config)
    from powerautomation.app.commands.installation import note_for_audit
    from powerautomation.operations.backups import create_backup

    report = create_backup(settings, output, secret, print_step)
    note_for_audit(settings, "backups.create", report.path.name, {"has_wrapped_key": report.manifest.has_wrapped_key})
    if json:
        print_json(
            {
                "path": str(report.path),
                "size_bytes": report.size_bytes,
                "revision": report.manifest.revision,
                "key_fingerprint": report.manifest.key_fingerprint,
                "has_wrapped_key": report.manifest.has_wrapped_key,
                "files": len(report.manifest.files),
            }
        )
        return
    if not secret:
        print_warning(
            "The secret key is not in the backup. Without it, stored provider keys and gateway keys cannot be used.",
            "Keep a copy of it elsewhere, or back up with --passphrase.",
        )
    typer.echo(f"Backed up and tested: {len(report.manifest.files)} files, {report.size_bytes / 2**20:.1f} MiB")
    typer.echo(str(report.path))


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `powerautomation backup` wrote.")],
    force: Annotated[
        bool, typer.Option("--force", help="Replace an installation that is there; it is kept aside.")
    ] = False,
    passphrase: AskPassphraseOption = False,
    passphrase_file: PassphraseFileOption = None,
    data: DataOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Bring back a backup, after testing it. Stop the server first."""
    secret = _passphrase(passphrase, passphrase_file, twice=False)
    settings = settings_of(data, config)
    from powerautomation.app.commands.installation import note_for_audit
    from powerautomation.operations.backups import restore_backup

    report = restore_backup(settings, file, force=force, passphrase=secret, on_step=print_step)
    note_for_audit(settings, "backups.restore", file.name, {"created_at": report.manifest.created_at})
    if json:
        print_json(
            {
                "data_dir": str(report.data_dir),
                "revision": report.manifest.revision,
                "created_at": report.manifest.created_at,
                "kept_aside": str(report.kept_aside) if report.kept_aside else None,
                "configuration": str(report.configuration) if report.configuration else None,
                "key": report.key,
            }
        )
        return
    typer.echo(f"Restored the backup of {report.manifest.created_at} into {report.data_dir}.")
    if report.kept_aside:
        typer.echo(f"What was there before is in {report.kept_aside}.")
    if report.configuration:
        typer.echo(f"The configuration file of the backup is {report.configuration}.")
    if report.key == "missing":
        print_warning(
            f"The secret key (fingerprint {report.manifest.key_fingerprint[:8]}) is not here yet.",
            f"Put the original secret.key into {report.data_dir}, or set POWERAUTOMATION_SECRET_KEY, before the start.",
        )


def _passphrase(ask: bool, file: Path | None, *, twice: bool) -> str:
    if file is not None:
        try:
            with file.open(encoding="utf-8") as source:
                return source.read(_LONGEST_PASSPHRASE_FILE).strip()
        except (OSError, UnicodeDecodeError) as error:
            raise typer.BadParameter(f"{file} cannot be read: {error}", param_hint="--passphrase-file") from None
    if not ask:
        return ""
    if not is_terminal():
        raise typer.BadParameter("there is no terminal to ask at; use --passphrase-file", param_hint="--passphrase")
    return str(typer.prompt("Passphrase", hide_input=True, confirmation_prompt=twice, err=True))
