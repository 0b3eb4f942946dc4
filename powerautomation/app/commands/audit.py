"""``powerautomation audit``: take the audit log out, and check one that was taken out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from powerautomation.app.commands.options import ConfigOption, DataOption, JsonOption, settings_of
from powerautomation.app.terminal import print_json, print_step

if TYPE_CHECKING:
    from powerautomation.governance.audit_streams import StreamReport

app = typer.Typer(help="Export the audit log, and verify an export.", no_args_is_help=True)


@app.command()
def export(
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="File to write [default: standard output].")
    ] = None,
    organization: Annotated[
        str | None, typer.Option("--organization", metavar="ID", help="One organization's events only.")
    ] = None,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Write every event as one line of JSON, in the order of the chain, and sign its end."""
    import asyncio
    import contextlib
    import sys

    settings = settings_of(data, config)

    async def work() -> int:
        from powerautomation.app.commands.installation import opened
        from powerautomation.governance.audit import (
            HeadKeeper,
            Target,
            export_chain,
            export_line,
            heads_file,
            list_heads,
            open_signer,
            record,
        )

        count = 0
        async with opened(settings) as installation:
            database = installation.database
            async with database.unit_of_work() as session:
                record(session, installation.admin, "audit.export", Target("audit", ""), after={"format": "jsonl"})
            signer = await open_signer(settings, database, installation.admin)
            keeper = HeadKeeper(database, signer, heads_file(settings), every_seconds=3600)
            await keeper.write_now()
            async with database.read() as session:
                heads = await list_heads(session)
            with contextlib.ExitStack() as stack:
                target = stack.enter_context(output.open("wb")) if output else sys.stdout.buffer
                for head in heads:
                    if organization in (None, head.organization_id):
                        async for one in export_chain(database, head.organization_id, until=head.sequence):
                            target.write(export_line(one))
                            count += 1
                target.flush()
        return count

    try:
        count = asyncio.run(work())
    except OSError as error:
        raise typer.BadParameter(f"{error.filename}: {error.strerror}", param_hint="--output") from None
    from powerautomation.governance.audit import heads_file

    print_step(f"{count} events. The signed heads are in {heads_file(settings)}.")


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A log that `audit export` wrote.")],
    heads: Annotated[
        Path | None,
        typer.Option("--heads", metavar="FILE", help="Signed heads, kept outside of the database; one a line."),
    ] = None,
    public_key: Annotated[
        list[str] | None,
        typer.Option("--public-key", metavar="KEY", help="Whose signatures count: base64, or a file; repeatable."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Check an exported log, offline: exit code 0 when it is intact, 1 when not, with the first bad event."""
    from powerautomation.governance.audit_verifier import Unusable, sentence, verify_files

    try:
        report = verify_files(file, heads, public_key or [])
    except Unusable as error:
        raise typer.BadParameter(str(error)) from None
    if json:
        print_json(
            {
                "intact": report.ok,
                "events": report.events,
                "heads": report.heads,
                "problem": report.problem,
                "line": report.line,
                "organization_id": report.organization_id,
                "sequence": report.sequence,
                "until": report.until,
                "attested": report.attested,
            }
        )
    else:
        typer.echo(sentence(report, with_heads=heads is not None))
    if not report.ok:
        raise typer.Exit(1)


@app.command()
def streams(
    test: Annotated[
        str | None, typer.Option("--test", metavar="NAME", help="Send the newest event on this stream, now.")
    ] = None,
    data: DataOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show where events are sent as they happen, and how far each receiver is behind; or try one."""
    import asyncio
    from dataclasses import asdict

    settings = settings_of(data, config)

    async def work() -> "list[StreamReport]":
        from powerautomation.app.commands.installation import opened
        from powerautomation.governance.audit_streams import StreamUnknown, open_streams, report_streams, try_stream

        found = {stream.name: stream for stream in open_streams(settings)}
        if test is not None and test not in found:
            known = ", ".join(found) or "none"
            raise StreamUnknown(f"There is no stream {test}.", action=f"Name one under audit.streams: {known}.")
        async with opened(settings) as installation:
            if test is not None:
                try:
                    complaint = await try_stream(installation.database, found[test], installation.admin.organization_id)
                finally:
                    await found[test].close()
                print_step(complaint or f"The receiver of {test} took the newest event.")
            async with installation.database.read() as session:
                return await report_streams(session, list(found.values()), None)

    reports = asyncio.run(work())
    if json:
        print_json([asdict(one) for one in reports])
        return
    for one in reports:
        condition = one.condition
        state = "paused" if one.paused else f"{one.behind} events behind"
        typer.echo(f"{one.name} ({one.kind}): {state}" + (f"; {condition.error}" if condition.error else ""))
    if not reports:
        typer.echo("The configuration names no audit.streams.")


@app.command("public-key")
def public_key(data: DataOption = None, config: ConfigOption = None) -> None:
    """Print the key by which this installation's signed heads are checked."""
    import asyncio

    from powerautomation.governance.audit import find_signer

    settings = settings_of(data, config)

    async def work() -> str:
        from powerautomation.app.commands.installation import opened
        from powerautomation.governance.audit import open_signer

        # There is none yet, and one that is made is written down.
        async with opened(settings) as installation:
            return (await open_signer(settings, installation.database, installation.admin)).public_key

    found = find_signer(settings)
    typer.echo(asyncio.run(work()) if found is None else found.public_key)
