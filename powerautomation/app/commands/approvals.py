"""``powerautomation approvals``: what agents ask to do, seen and answered at the server's terminal."""

import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import typer

from powerautomation.app.commands.options import ConfigOption, DataOption, JsonOption, settings_of
from powerautomation.app.terminal import print_json

app = typer.Typer(help="See and answer what agents ask to do.", no_args_is_help=True)
T = TypeVar("T")
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The request's id, or how it begins or ends.")]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why. CRITICAL ones need it.")]
LOOK_SECONDS = 0.5


@app.command("list")
def show_list(
    all_states: Annotated[bool, typer.Option("--all", help="Those that were answered too.")] = False,
    data: DataOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List what waits for an answer, newest first."""
    found = _with(settings_of(data, config), lambda desk: desk.list(() if all_states else ("pending",)))
    if json:
        print_json([_shown(one) for one in found])
        return
    if not found:
        typer.echo("Nothing waits for an answer.")
    for one in found:
        typer.echo(_line(one))


@app.command()
def show(
    approval_id: IdArgument, data: DataOption = None, config: ConfigOption = None, json: JsonOption = False
) -> None:
    """Show one request: what it would do, why it is risky, and what became of it."""
    one = _with(settings_of(data, config), lambda desk: desk.find(approval_id))
    if json:
        print_json(_shown(one))
    else:
        typer.echo(_described(one))


@app.command()
def approve(
    approval_id: IdArgument, reason: ReasonOption = "", data: DataOption = None, config: ConfigOption = None
) -> None:
    """Agree to a request, as the first administrator. A person at a terminal is asked once more."""
    settings = settings_of(data, config)
    one = _with(settings, lambda desk: desk.find(approval_id))
    typer.echo(_described(one))
    _confirm_at_terminal()
    decided = _with(settings, lambda desk: desk.decide(one, "approve", reason))
    typer.echo(_line(decided))


@app.command()
def deny(
    approval_id: IdArgument, reason: ReasonOption = "", data: DataOption = None, config: ConfigOption = None
) -> None:
    """Refuse a request, as the first administrator."""
    settings = settings_of(data, config)
    one = _with(settings, lambda desk: desk.find(approval_id))
    typer.echo(_line(_with(settings, lambda desk: desk.decide(one, "deny", reason))))


@app.command()
def watch(data: DataOption = None, config: ConfigOption = None) -> None:
    """Show each request as it comes, and answer it with one key: a agrees, d denies, e edits and agrees, s skips."""
    if not sys.stdin.isatty():
        typer.echo("Run it at a terminal: a person answers here.", err=True)
        raise typer.Exit(2)
    typer.echo("Waiting for requests. Ctrl+C ends it.")
    _with(settings_of(data, config), _watch)


async def _watch(desk: "_Desk") -> None:
    import asyncio

    from powerautomation.app.terminal import print_problem
    from powerautomation.kernel.errors import Problem

    skipped: set[str] = set()
    while True:
        waiting = await desk.list(("pending",))
        one = next((found for found in reversed(waiting) if found.id not in skipped), None)
        if one is None:
            await asyncio.sleep(LOOK_SECONDS)
            continue
        typer.echo("\n" + _described(one))
        typer.echo("[a]gree  [d]eny  [e]dit  [s]kip ", nl=False)
        # Nothing else goes on in this process, so waiting for the person may hold everything up.
        key = _key()
        typer.echo(key if key.isprintable() else "")
        try:
            await _answer(desk, one, key, skipped)
        except Problem as problem:
            print_problem(problem)
            skipped.add(one.id)


async def _answer(desk: "_Desk", one: Any, key: str, skipped: set[str]) -> None:
    if key in ("\x03", "\x04"):
        raise KeyboardInterrupt
    arguments = _edited(one) if key == "e" else None
    if key not in ("a", "d", "e") or (key == "e" and arguments is None):
        if key != "e":
            skipped.add(one.id)
        return
    reason = typer.prompt("Why", default="", show_default=False) if key == "d" or one.reason_required else ""
    typer.echo(_line(await desk.decide(one, "deny" if key == "d" else "approve", reason, arguments)))


def _key() -> str:
    """Return the next key, also one that was pressed before anybody asked: typer's own way throws that away."""
    try:
        import termios
        import tty
    except ImportError:
        return typer.getchar()
    import os

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    try:
        tty.setcbreak(terminal, termios.TCSADRAIN)
        return os.read(terminal, 1).decode("ascii", "replace")
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _edited(one: Any) -> dict[str, Any] | None:
    """Return other arguments from the person's editor, shown as a diff and agreed to; None for no change."""
    import difflib
    import json

    before = json.dumps(one.arguments, indent=2, ensure_ascii=False) + "\n"
    after = _in_editor(before)
    if after == before:
        typer.echo("Nothing was changed.")
        return None
    try:
        arguments = json.loads(after)
    except ValueError as error:
        typer.echo(f"This is not JSON: {error}")
        return None
    typer.echo("".join(difflib.unified_diff(before.splitlines(True), after.splitlines(True), "asked", "instead")))
    if not isinstance(arguments, dict) or not typer.confirm("Agree to this instead?"):
        return None
    return arguments


def _in_editor(text: str) -> str:
    import os
    import shlex
    import subprocess
    import tempfile
    from pathlib import Path

    editor = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "arguments.json"
        file.write_text(text, "utf-8")
        ended = subprocess.run([*editor, str(file)], check=False).returncode  # noqa: S603  # the person's own editor
        return file.read_text("utf-8") if ended == 0 else text


def _confirm_at_terminal() -> None:
    # An agent that runs commands has no terminal; its yes to itself would be worth nothing.
    if not sys.stdin.isatty():
        typer.echo("Nothing was agreed to. Run it at a terminal: a person agrees here.", err=True)
        raise typer.Exit(2)
    if not typer.confirm("Agree to exactly this?"):
        raise typer.Exit(1)


class _Desk:
    """What the commands do with an open installation, in the name of its first administrator."""

    def __init__(self, installation: Any) -> None:
        self._installation = installation
        self._owner = installation.admin.organization_id

    async def list(self, states: tuple[str, ...]) -> Any:
        from powerautomation.approvals.requests import Sought, list_approvals

        installation = self._installation
        async with installation.database.read() as session:
            return await list_approvals(session, installation.secret_box, self._owner, Sought(states=states), 200)

    async def find(self, approval_id: str) -> Any:
        from powerautomation.kernel.errors import NotFound

        found = [one for one in await self.list(()) if one.id.startswith(approval_id) or one.id.endswith(approval_id)]
        if len(found) != 1 or not approval_id:
            raise NotFound(
                f"{len(found) or 'No'} requests match {approval_id[:40]!r}.",
                action="See `powerautomation approvals list --all`.",
                code="approvals.not_found",
            )
        return found[0]

    async def decide(self, one: Any, decision: Any, reason: str, arguments: Any = None) -> Any:
        from powerautomation.app.commands.installation import until_servers_know
        from powerautomation.approvals.requests import Answer, Decider, decide_request
        from powerautomation.identity.access import ROLES, SYSTEM_ADMIN, ConfirmationNeeded

        installation = self._installation
        if decision == "approve" and one.second_factor:
            raise ConfirmationNeeded(
                "What is CRITICAL needs that who agrees has just proved who they are, which a terminal cannot see.",
                action="Agree in the console, or deny it here.",
            )
        roles = tuple(role.id for role in ROLES[SYSTEM_ADMIN].chain)
        answer = Answer(decision, reason, one.digest, arguments, channel="terminal")
        async with installation.database.unit_of_work() as session:
            decider = Decider(installation.admin, roles, all_agents=True)
            decided = await decide_request(session, installation.secret_box, decider, one.id, answer)
        await until_servers_know(installation)
        return decided


def _with(settings: Any, work: Callable[[_Desk], Awaitable[T]]) -> T:
    import asyncio

    async def opened_and_done() -> T:
        from powerautomation.app.commands.installation import opened

        async with opened(settings) as installation:
            return await work(_Desk(installation))

    return asyncio.run(opened_and_done())


def _line(one: Any) -> str:
    return f"{one.id}  {one.state:<15} {one.level:<8} {_clean(one.tool)}  {_clean(_gist(one))[:100]}"


def _gist(one: Any) -> str:
    import json

    said = one.arguments.get("command") or one.arguments.get("file_path")
    return said if isinstance(said, str) else json.dumps(one.arguments, ensure_ascii=False)


def _described(one: Any) -> str:
    import json

    lines = [
        f"{one.id}  {one.state}",
        f"{_clean(one.requester.name)} ({_clean(one.agent) or 'agent'}) wants: {_clean(one.tool)}",
        f"Folder: {_clean(one.cwd) or 'unknown'}",
        f"Risk: {one.level}"
        + "".join(
            f"; {_clean(reason['code'])} {_clean(' '.join(map(str, reason['values'])))}" for reason in _reasons(one)
        ),
        _clean(json.dumps(one.arguments, indent=2, ensure_ascii=False), lines=True),
        f"Digest: {one.digest}",
    ]
    return "\n".join(lines)


def _reasons(one: Any) -> Any:
    return list(one.assessment.get("reasons", ()))[:5]


def _clean(text: str, *, lines: bool = False) -> str:
    """Return text that cannot move the cursor or repaint what a person reads."""
    return "".join(
        letter if letter.isprintable() or (lines and letter == "\n") else f"\\x{ord(letter):02x}" for letter in text
    )


def _shown(one: Any) -> dict[str, Any]:
    names = ("id", "state", "level", "mode", "tool", "agent", "session_id", "cwd", "arguments", "digest", "detail")
    shown = {name: getattr(one, name) for name in names}
    return {**shown, "expires_at": one.expires_at.isoformat(), "assessment": one.assessment}
