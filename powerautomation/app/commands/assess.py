"""``powerautomation approvals``: what agents ask, and how risky it is."""

import os
from typing import Annotated

import typer

from powerautomation.app.commands.options import JsonOption
from powerautomation.app.terminal import print_json


def assess_command(
    command: Annotated[list[str], typer.Argument(metavar="-- COMMAND…", help="The command; nothing is run.")],
    tool: Annotated[str, typer.Option(help="The tool that would run it.")] = "Bash",
    json: JsonOption = False,
) -> None:
    """Say how risky a command would be by the shipped rules, and why. Runs nothing. Give a line of shell in quotes."""
    from powerautomation.approvals.risk import Action, assess, load_rules
    from powerautomation.approvals.risk.reasons import sentences

    text = command[0] if len(command) == 1 else " ".join(_quoted(word) for word in command)
    action = Action(tool, {"command": text}, cwd=os.getcwd(), home=os.path.expanduser("~"))
    found = assess(action, load_rules())
    if json:
        print_json(
            {
                "level": found.level.name,
                "denied": found.denied,
                "reversible": found.reversible,
                "rules": list(found.rules),
                "reasons": sentences(found),
                "touches": [[one.kind, one.how, one.name, one.zone] for one in found.touches],
                "commands": [[depth, list(words)] for depth, words in found.commands],
                "mode": found.demand.mode,
                "version": found.version,
            }
        )
        return
    typer.echo("DENIED" if found.denied else found.level.name)
    for line in sentences(found):
        typer.echo(f"  {line}")
    for touch in found.touches:
        typer.echo(f"  {touch.how} {touch.name}{f' ({touch.zone})' if touch.zone else ''}")


def _quoted(word: str) -> str:
    import shlex

    return shlex.quote(word)
