"""What commands print: words for people, JSON for scripts, problems on standard error."""

import json
import os
import sys
from typing import Any

import typer

from powerautomation.kernel.errors import Problem


def print_json(value: Any) -> None:
    """Print one JSON document, readable by people too."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def print_problem(problem: Problem) -> None:
    """Say on standard error what went wrong, what to do, and the stable code."""
    typer.echo(f"{styled('Error:', fg='red', bold=True)} {problem.message}", err=True)
    if problem.action:
        typer.echo(f"{styled('What to do:', bold=True)} {problem.action}", err=True)
    typer.echo(styled(f"({problem.code})", dim=True), err=True)


def print_warning(message: str, action: str = "") -> None:
    """Say on standard error what may go wrong."""
    typer.echo(f"{styled('Warning:', fg='yellow', bold=True)} {message} {action}".rstrip(), err=True)


def print_step(text: str) -> None:
    """Say on standard error what is being done now, so that results stay alone on standard output."""
    typer.echo(styled(f"· {text[:1].upper()}{text[1:]} …", dim=True), err=True)


def print_defect(error: Exception) -> None:
    """Say on standard error that we failed in a way we did not foresee; the details only when they were asked for."""
    typer.echo(f"{styled('Unexpected error:', fg='red', bold=True)} {type(error).__name__}: {error}"[:500], err=True)
    if os.environ.get("POWERAUTOMATION_LOG_LEVEL", "").lower() == "debug":
        import traceback

        traceback.print_exception(error)
    else:
        typer.echo("This is a defect. POWERAUTOMATION_LOG_LEVEL=debug shows the details for a report.", err=True)


def styled(text: str, *, fg: str | None = None, bold: bool | None = None, dim: bool | None = None) -> str:
    """Return text with terminal colours; typer removes them again when the output is not a terminal."""
    return text if "NO_COLOR" in os.environ else typer.style(text, fg=fg, bold=bold, dim=dim)


def is_terminal() -> bool:
    """Say whether somebody can be asked a question."""
    return sys.stdin.isatty() and sys.stderr.isatty()
