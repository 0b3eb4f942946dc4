"""What the documents say exists: commands, options, targets, settings, files, codes. Examples of configuration load."""

import ast
import json
import re
import shlex
from pathlib import Path

import pytest
import yaml

from powerautomation.infrastructure.settings import Settings, environment_names, load_settings, setting_sources

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
ENVIRONMENT = {
    "INFINI_API_KEY": "a",
    "MOONSHOT_API_KEY": "b",
    "ANTHROPIC_API_KEY": "c",
    "SIEM_SECRET": "0123456789abcdef",
}


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, language: str) -> list[str]:
    return [body for found, body in FENCE.findall(page.read_text()) if found == language]


def command_lines(page: Path) -> list[list[str]]:
    """Every shell command a page shows, split into words; comments are dropped."""
    lines = [line for body in blocks(page, "sh") for line in body.splitlines() if line.strip()]
    inline = re.findall(r"`((?:\.venv/bin/)?powerautomation [^`]+|make [a-z]+)`", page.read_text())
    return [shlex.split(line, comments=True) for line in [*lines, *inline] if shlex.split(line, comments=True)]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_linked_files_exist(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_linked_headings_exist(page: Path) -> None:
    missing = []
    for file, anchor in re.findall(r"\]\(([^)#\s:]*)#([^)]+)\)", page.read_text()):
        target = page.parent / file if file else page
        headings = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)
        slugs = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
        if anchor not in slugs:
            missing.append(f"{file}#{anchor}")
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_named_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z0-9]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {line[1] for line in command_lines(page) if line[0] == "make" and len(line) > 1}
    assert named - targets == set()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_named_commands_and_options_exist(page: Path) -> None:
    for line in command_lines(page):
        if line[0].rpartition("/")[2] == "powerautomation":
            assert unknown_words(line[1:]) == [], shlex.join(line)


def unknown_words(words: list[str]) -> list[str]:
    """Return the command or options of a command line that do not exist."""
    import typer.main

    from powerautomation.app.cli import app

    command = typer.main.get_command(app)
    context = command.make_context("powerautomation", [], resilient_parsing=True)
    while words and hasattr(command, "get_command"):
        child = command.get_command(context, words[0])
        if child is None:
            return [words[0]]
        command, words = child, words[1:]
        context = type(context)(command, parent=context)
    known = {option for parameter in command.get_params(context) for option in parameter.opts}
    return [word for word in words if word.startswith("-") and word.partition("=")[0] not in known]


def test_a_command_that_does_not_exist_would_be_found() -> None:
    assert unknown_words(["keys", "destroy"]) == ["destroy"]
    assert unknown_words(["serve", "--turbo"]) == ["--turbo"]
    assert unknown_words(["keys", "create", "--name", "x"]) == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_named_variables_are_settings(page: Path) -> None:
    named = set(re.findall(r"\bPOWERAUTOMATION_[A-Z_]+[A-Z]\b", page.read_text()))
    tests_only = {"POWERAUTOMATION_TEST_DATABASE_URL", "POWERAUTOMATION_TEST_REDIS_URL"}
    assert named - set(environment_names()) - tests_only == set()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_configuration_examples_load(page: Path, tmp_path: Path) -> None:
    for number, example in enumerate(blocks(page, "yaml")):
        if set(yaml.safe_load(example)) & set(Settings.model_fields):
            file = tmp_path / f"{number}.yaml"
            file.write_text(example)
            assert load_settings(file, ENVIRONMENT, {}).config == file


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_python_examples_are_python(page: Path) -> None:
    for example in blocks(page, "python"):
        ast.parse(example)


def test_connect_guide_shows_the_lines_the_server_gives() -> None:
    from powerautomation.gateway.connect import connect_snippets

    guide = (ROOT / "docs" / "guides" / "connect-claude-code.md").read_text()
    for one in connect_snippets("http://127.0.0.1:8080", "pa_..."):
        if one.id != "curl":
            assert one.snippet in guide, one.id


def test_every_setting_is_documented_with_its_variable_and_default() -> None:
    page = (ROOT / "docs" / "reference" / "configuration.md").read_text()
    rows = dict(re.findall(r"^\| `([a-z0-9_.]+)` \| `([A-Z0-9_]+)` \|", page, re.MULTILINE))
    names = {".".join(path): name for name, path in environment_names().items()}
    sections = {"exchange_rates", "models", "providers", "routes"}
    assert {path: name for path, name in names.items() if path not in sections} == rows
    assert sections == set(re.findall(r"^## `([a-z_]+)`$", page, re.MULTILINE))
    defaults = dict(re.findall(r"^\| `([a-z0-9_.]+)` \| `[A-Z0-9_]+` \| (?:`([^`]*)`)? ?\|", page, re.MULTILINE))
    shown = {source.path: source.value for source in setting_sources(Settings()) if source.path not in sections}
    assert {path: shown[path].removesuffix(".0") for path in defaults} == defaults


def test_every_key_of_a_provider_is_documented() -> None:
    from powerautomation.infrastructure.settings import DeploymentSettings, PriceSettings, ProviderSettings

    page = (ROOT / "docs" / "reference" / "configuration.md").read_text()
    for section in (ProviderSettings, DeploymentSettings, PriceSettings):
        assert [key for key in section.model_fields if f"`{key}`" not in page] == []


def test_every_error_code_is_documented_and_every_documented_code_exists() -> None:
    page = (ROOT / "docs" / "reference" / "errors.md").read_text()
    documented = set(re.findall(r"^\| `([a-z_.*]+)` \|", page, re.MULTILINE))
    used = problem_codes()
    assert used - documented == set()
    # Some codes travel as plain values, in the answer of a provider test for example.
    sources = "".join(path.read_text() for path in (ROOT / "powerautomation").rglob("*.py"))
    assert {code for code in documented - used if f'"{code}"' not in sources} == set()


def problem_codes() -> set[str]:
    """Every code a Problem can carry: of its classes, and given where one is built."""
    trees = [ast.parse(path.read_text()) for path in (ROOT / "powerautomation").rglob("*.py")]
    classes = problem_classes(trees)
    codes = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.ClassDef) and node.name in classes:
            for statement in node.body:
                if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "code":
                    codes.add(ast.literal_eval(statement.value))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in classes:
            for keyword in node.keywords:
                if keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
                    codes.add(keyword.value.value)
    from powerautomation.gateway.proxy.errors import _STATUS

    # Built from the kind of failure: see problem_of in the proxy's errors.
    return codes | {f"gateway.upstream_{kind}" for kind in _STATUS} | {"gateway.stream_*"}


def problem_classes(trees: list[ast.Module]) -> set[str]:
    """Names of every class that derives from Problem, however far."""
    bases = {
        node.name: {ast.unparse(base) for base in node.bases}
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {"Problem"}
    while more := {name for name, parents in bases.items() if parents & found} - found:
        found |= more
    return found


def test_the_console_has_words_for_every_code_it_can_be_told() -> None:
    """Codes of the control API and of what the doctor meets: the server's sentence is English, the console's is not."""
    only_logged_or_before_the_console = {"client_closed", "start_refused", "database.migration_failed"}
    only_logged_or_before_the_console |= {"encryption.hardware_key"}
    only_logged_or_before_the_console |= {"approvals.settings_changed", "approvals.settings_unreadable"}
    only_logged_or_before_the_console |= {"database.backup_failed", "database.unsuitable"}
    refused_by_the_gateway = {
        "rate_exceeded",
        "concurrency_exceeded",
        "request_too_large",
        "budget_too_small",
        "budget_spent",
        "price_unknown",
    }
    section, codes = "", set()
    for line in (ROOT / "docs/reference/errors.md").read_text().splitlines():
        section = line.removeprefix("## ") if line.startswith("## ") else section
        if found := re.match(r"\| `([a-z_.]+)` \|", line):
            shown = section.startswith("Control API") or found[1].startswith(
                ("database.", "events.", "cache.", "encryption.", "ratings.", "service_levels.", "limits.")
            )
            codes |= {found[1]} if shown else set()
    words = json.loads((ROOT / "web/console/src/i18n/messages/zh-CN.json").read_text())["problem"]
    missing = {code for code in codes if code.replace(".", "_") not in words}
    missing -= {f"limits.{name}" for name in refused_by_the_gateway}
    assert missing - only_logged_or_before_the_console == set()
