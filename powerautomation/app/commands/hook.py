"""``powerautomation hook``: what agents' hooks call. ``connect`` writes a quicker line for the same program."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="What agents' hooks call before and after a tool runs.", no_args_is_help=True, hidden=True)


@app.callback()
def hook() -> None:
    """Hold the agents."""


@app.command("claude-code")
def claude_code(
    config: Annotated[Path, typer.Option("--config", metavar="FILE", help="The file connect wrote.")],
) -> None:
    """Serve one event of a hook of Claude Code from standard input."""
    from powerautomation.approvals.claude_code.hook import run

    raise typer.Exit(run(config))
