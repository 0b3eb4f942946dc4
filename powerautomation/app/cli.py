"""The command line: ``powerautomation`` (short ``pa``). Exit codes: 0 done, 1 failed, 2 wrong use."""

import os
import sys
from typing import Annotated

import typer

from powerautomation.app.commands import (
    approvals,
    assess,
    audit,
    backups,
    balances,
    compliance,
    configuration,
    connect,
    demo,
    doctor,
    encryption,
    flags,
    hook,
    imports,
    keys,
    limits,
    migrate,
    openapi,
    organizations,
    policies,
    prices,
    reconcile,
    serve,
    sign_in_link,
    users,
)

HELP = "A self-hosted AI gateway: sends each request to the cheapest model able to do it, and shows the saving."

app = typer.Typer(
    name="powerautomation",
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(serve.serve)
app.command()(demo.demo)
app.add_typer(keys.app, name="keys")
app.add_typer(limits.app, name="limits")
app.add_typer(flags.app, name="flags")
app.add_typer(configuration.app, name="configuration")
app.add_typer(audit.app, name="audit")
app.add_typer(compliance.app, name="compliance")
app.add_typer(imports.app, name="import")
app.add_typer(prices.app, name="prices")
app.command()(balances.balances)
app.command()(reconcile.reconcile)
app.command("sign-in-link")(sign_in_link.sign_in_link)
app.add_typer(users.app, name="users")
app.add_typer(organizations.app, name="organizations")
app.add_typer(policies.app, name="policies")
approvals.app.command("assess", context_settings={"ignore_unknown_options": True})(assess.assess_command)
app.add_typer(approvals.app, name="approvals")
app.add_typer(connect.app, name="connect")
app.add_typer(hook.app, name="hook")
app.command()(doctor.doctor)
app.command()(migrate.migrate)
app.add_typer(encryption.app, name="encryption")
app.command()(backups.backup)
app.command()(backups.restore)
app.command()(openapi.openapi)


@app.command()
def version() -> None:
    """Print the version."""
    from powerautomation import __version__

    typer.echo(__version__)


def _print_version(wanted: bool) -> None:
    if wanted:
        version()
        raise typer.Exit


@app.callback(help=HELP)
def _options(
    show_version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and stop.")
    ] = False,
) -> None:
    """Hold the options that stand before any command."""


def main() -> None:
    """Run the command line; a failure is words and an exit code, never a traceback."""
    from powerautomation.kernel.errors import Problem

    # Databases, journals, keys and backups are for this user alone.
    os.umask(0o077)
    try:
        app(prog_name="powerautomation")
    except Problem as problem:
        from powerautomation.app.terminal import print_problem

        print_problem(problem)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        from powerautomation.app.terminal import print_defect

        print_defect(error)
        sys.exit(1)
