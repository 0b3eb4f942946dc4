"""Writes what is derived from the code: the API description and client of the console, and the command reference.

``generate.py`` writes; ``generate.py --check`` changes nothing and fails when something is not as it would be written.
"""

import shutil
import subprocess
import sys
import tempfile
import typing
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLIENT = ROOT / "web" / "packages" / "api-client"
OPENAPI = CLIENT / "openapi.json"
SCHEMA = CLIENT / "src" / "schema.ts"
COMMANDS = ROOT / "docs" / "reference" / "cli.md"
PERSONAL_DATA = ROOT / "docs" / "reference" / "personal-data.md"
TRANSLATION = ROOT / "docs" / "reference" / "translation.md"
CONTRACTS = ROOT / "tests" / "contract" / "gateway" / "dialects"


def openapi_text() -> str:
    """Return the control API's description, as ``powerautomation openapi`` prints it."""
    command = [Path(sys.executable).with_name("powerautomation"), "openapi"]
    return subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL).stdout


def schema_text(description: str) -> str:
    """Return the TypeScript types of a description, as the console's client uses them."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "openapi.json", Path(folder) / "schema.ts"
        source.write_text(description, encoding="utf-8")
        # npm puts it beside the workspace or at the root, as versions allow.
        places = (CLIENT / "node_modules" / ".bin", ROOT / "node_modules" / ".bin")
        program = next(one for place in places if (one := place / "openapi-typescript").exists())
        command = [program, source, "-o", target, "--alphabetize", "--immutable"]
        subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL, cwd=ROOT)
        return target.read_text(encoding="utf-8")


def commands_text() -> str:
    """Return the page that lists every command and option."""
    import typer.main

    from powerautomation.app.cli import app

    root = typer.main.get_command(app)
    context = root.make_context("powerautomation", [], resilient_parsing=True)
    pages = "\n".join(_describe(context, root))
    return (
        "# Commands\n\n<!-- Written by `make docs` from the code. -->\n\n"
        "`powerautomation` (short `pa`) is in `.venv/bin`. Exit codes: 0 done, 1 failed, 2 wrong use. Results go to "
        "standard output, progress, warnings and errors to standard error; colours only to a terminal.\n\n"
        f"{pages}"
    )


def translation_text() -> str:
    """Return the page that says what becomes of each thing a client may say, from the tables the tests execute."""
    table = _contract("translation")
    models = table["models"]
    page = [
        "# What is translated, and how",
        "<!-- Written by `make docs` from tests/contract/gateway/dialects/*.yaml, which tests execute. -->",
        "What becomes of what a client says, by the dialect of the upstream that serves it. **carried**: in the "
        "upstream's own words. **changed**: it means the same and is said in another way. **recorded**: left out or "
        "weakened, and the request's page names the field. **refused**: with a sentence in the client's dialect, "
        "before anything is sent; another deployment of the route is tried first. Where client and upstream speak one "
        "dialect, the client's bytes pass, but for what a model needs otherwise.",
        "The models behind the columns: " + ", ".join(f"{name}: {model}" for name, model in models.items()) + ". Other "
        "families differ in their facts.",
    ]
    for client in models:
        page.append(f"## Clients of `{client}`")
        head = "| | " + " | ".join(f"`{upstream}`" for upstream in models) + " |"
        rows = [head, "|---" * (len(models) + 1) + "|"]
        for case in table["cases"]:
            if client in case["says"]:
                cells = (_cell(case, client, upstream) for upstream in models)
                rows.append(f"| {case['case']} | " + " | ".join(cells) + " |")
        page.append("\n".join(rows))
    answers = ", ".join(case["case"].lower() for case in table["answers"])
    page.append("## Answers")
    page.append(
        f"Whole and as a stream, from every upstream to every client, in the client's own words: {answers}. What a "
        "client's format has no place for is kept: see [Conversations that change model](../guides/changing-models.md)."
    )
    page.append("## Real clients")
    page.append(
        "Requests recorded from Claude Code, Codex and Gemini CLI (`tests/contract/recorded`), with thinking, parallel "
        "calls, their results and every tool these clients offer, go through the gateway to a vendor of every dialect; "
        "the vendors are simulated and refuse what the real ones refuse."
    )
    return "\n\n".join([*page, *_failures_text(), *_usages_text()]) + "\n"


def _contract(name: str) -> dict[str, typing.Any]:
    import yaml

    table: dict[str, typing.Any] = yaml.safe_load((CONTRACTS / f"{name}.yaml").read_text(encoding="utf-8"))
    return table


def personal_data_text() -> str:
    """Return the register of personal data, from what the tables say of themselves."""
    from powerautomation.identity.privacy import register, row_rules

    rows = [
        f"| `{line.table}` | `{line.column}` | {line.kind} | {line.purpose} | {line.kept} | {line.whose} "
        f"| {line.erased} |"
        for line in register()
    ]
    head = (
        "| table | column | kind | why it is there | how long | whose | when the person is erased |\n"
        "|---|---|---|---|---|---|---|"
    )
    page = (
        "# Personal data",
        "<!-- Written by `make docs` from the annotations of the tables. -->",
        "What the database keeps about people, why, and for how long. **My data** in the account menu "
        "(`GET /api/v1/session/personal-data`) gives everybody what is kept about them, as lines of JSON: every row "
        "that a table says is theirs, without secrets and without sealed contents. Who has `personal_data:export` "
        "takes it out for somebody else; both are in the audit log. What [erasing a person](../guides/privacy.md) does "
        "is in the last column.",
        "\n".join((head, *rows)),
        "\n".join(
            (
                "Rows that name a person's id, when the person is erased:",
                "",
                *(f"- `{name}`: {rule}" for name, rule in row_rules()),
            )
        ),
        "Prompts and answers are not kept, but for what a client asks to be stored (`store` of the Responses API, the "
        "Files API), what the answer cache of a route keeps, and what models need to be told again after a change of "
        "model; the logs have neither.",
    )
    return "\n\n".join(page) + "\n"


def _failures_text() -> list[str]:
    table = _contract("failures")
    names = [f"`{name}`" for name in table["models"]]
    head = f"| | {' | '.join(names)} |\n{'|---' * (len(names) + 1)}|"
    said, seen = [head], [head]
    for case in table["cases"]:
        cells = (f"{one['status']} {_vendors_word(one['body'])}".strip() for one in case["says"].values())
        said.append(f"| {case['case']} | " + " | ".join(cells) + " |")
    for case in (*table["cases"], *table["streams"]):
        seen.append(f"| {case['case']} | " + " | ".join(_told(case, client) for client in table["models"]) + " |")
    return [
        "## Refusals and failures",
        "When the last deployment of a route has failed, the client is told so in its own dialect: the HTTP status, "
        "the type of the error and its code. ¹: a mistake of the caller's own comes in the vendor's own bytes where "
        "both speak one dialect. What a vendor says of its customer's account or key stays in the ledger. A time to "
        "wait is in the header `retry-after`, for Google's clients in `RetryInfo` too.",
        "\n".join(seen),
        "So speak the vendors, in these cases:",
        "\n".join(said),
    ]


def _vendors_word(body: object) -> str:
    error = body["error"] if isinstance(body, dict) else {}
    word = error.get("status") or error.get("code") or error.get("type")
    return f"`{word}`" if word else "and an HTML page"


def _told(case: dict[str, typing.Any], client: str) -> str:
    cells = {"": case["sees"][client]}
    for pair, cell in case.get("except", {}).items():
        asking, _, upstream = pair.partition(">")
        if asking == client and any(cell.get(name) != cells[""].get(name) for name in ("status", "type", "code")):
            cells[upstream] = cell
    unchanged = "¹" if case.get("unchanged") else ""
    return "; ".join(
        f"{f'from `{upstream}`: ' if upstream else ''}{_status(cell)}{unchanged if not upstream else ''}"
        for upstream, cell in cells.items()
    )


def _status(cell: dict[str, typing.Any]) -> str:
    words = [f"`{cell['type']}`", *([f"`{cell['code']}`"] if "code" in cell else [])]
    wait = f", `retry-after: {cell['retry_after']}`" if "retry_after" in cell else ""
    place = "an event after the 200:" if cell["status"] == 200 else str(cell["status"])
    return f"{place} {' '.join(words)}{wait}"


def _usages_text() -> list[str]:
    table = _contract("usages")
    rows = ["| vendor | where it says what was used | a client of `openai-chat` reads |", "|---|---|---|"]
    for case in table["cases"]:
        usage = case["sees"]["openai-chat"]
        details = usage["prompt_tokens_details"] | usage["completion_tokens_details"]
        counts = {name: usage[name] for name in ("prompt_tokens", "completion_tokens")} | details
        read = ", ".join(f"{name} {count}" for name, count in counts.items())
        rows.append(f"| `{case['upstream']}` | {case['case']} | {read} |")
    return [
        "## Usage",
        "What an answer used is found wherever a vendor says it, whole and as a stream, counted the same for the "
        "ledger, and said to a client in its own dialect. Each row but the last has 120 tokens of prompt, 40 of them "
        "from the cache, and 30 of answer, 12 of them thinking where the vendor tells; the first has 20 more that were "
        "written to the cache.",
        "\n".join(rows),
    ]


def _cell(case: dict[str, dict[str, object]], client: str, upstream: str) -> str:
    wanted = case.get("except", {}).get(f"{client}>{upstream}", case["reads"][upstream])
    assert isinstance(wanted, dict)
    how = f": {wanted['how']}" if "how" in wanted else ""
    return f"{wanted.get('cell', 'carried')}{how}"


def _describe(context: object, command: object) -> Iterator[str]:
    for name in command.list_commands(context):  # type: ignore[attr-defined]
        child = command.get_command(context, name)  # type: ignore[attr-defined]
        child_context = type(context)(child, info_name=name, parent=context)  # type: ignore[call-arg]
        if hasattr(child, "list_commands"):
            yield from _describe(child_context, child)
            continue
        yield f"## `{child_context.command_path}`\n"
        yield f"{_paragraphs(child.help or '')}\n"
        rows = [row for row in (_row(parameter, child_context) for parameter in child.get_params(child_context)) if row]
        if rows:
            yield "| option | |\n|---|---|"
            yield "\n".join(rows) + "\n"


def _row(parameter: object, context: object) -> str:
    record = parameter.get_help_record(context)  # type: ignore[attr-defined]
    if record is None or "--help" in record[0]:
        return ""
    usage, text = record
    return f"| `{' '.join(usage.split())}` | {' '.join(text.split())} |"


def _paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def main() -> int:
    """Write, or compare with ``--check``; returns the exit code."""
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        print("usage: generate.py [--check]", file=sys.stderr)
        return 2
    description = openapi_text()
    wanted = {
        OPENAPI: description,
        SCHEMA: schema_text(description),
        COMMANDS: commands_text(),
        TRANSLATION: translation_text(),
        PERSONAL_DATA: personal_data_text(),
    }
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        print(f"{path.relative_to(ROOT)} {'is not what the code says; run `make docs`' if check else 'written'}")
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    if shutil.which("node") is None:
        sys.exit("Node.js was not found; run `make setup` first.")
    sys.exit(main())
