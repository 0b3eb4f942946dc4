"""The real Codex works through the gateway on Kimi, with every kind of tool it has, and the ledger agrees with the
vendors."""

import json
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from powerautomation.gateway.connect import connect_snippets
from tests.fixtures.console import Console
from tests.fixtures.server import Server, clean_environment, prepare_server
from tests.fixtures.simulators import Answer, Call, Failure, Simulator, Text, call, say
from tests.scenario.agreement import ledger_agrees, nothing_odd
from tests.scenario.codex import Codex, find_codex
from tests.scenario.conftest import house_config, ordered_route

Json = dict[str, Any]
PATCH = "*** Begin Patch\n*** Update File: hello.py\n@@\n-print('hello')\n+print(\"goodbye — 再见\")\n*** End Patch\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "hello.py").write_text("print('hello')\n")
    return folder


@pytest.fixture
def server(sim: Simulator, tmp_path: Path) -> Iterator[Server]:
    """The house of the README, where OpenAI's names go to Kimi too."""
    config = house_config(sim)
    config["routes"].append(ordered_route("gpt-to-k2", "gpt-*", "kimi-k2", "claude-sonnet"))
    config["routes"].append(ordered_route("k2", "kimi-k2", "kimi-k2"))
    running = prepare_server(tmp_path / "server", config)
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture
def codex(server: Server, project: Path) -> Iterator[Codex]:
    # Codex puts no helper programs below the folder for temporary files, where pytest's own folder is.
    home = Path(tempfile.mkdtemp(prefix="codex-", dir=Path.home()))
    try:
        yield Codex(server.url, server.key, project, home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def sent_messages(sim: Simulator) -> list[Json]:
    messages: list[Json] = sim.ledger.exchanges()[-1].json["messages"]  # type: ignore[assignment]
    return messages


def offered(sim: Simulator) -> set[str]:
    tools: list[Json] = sim.ledger.exchanges()[0].json["tools"]  # type: ignore[assignment]
    return {tool["function"]["name"] for tool in tools}


def test_codex_edits_a_file_through_kimi_with_a_failover_in_the_middle(
    codex: Codex, server: Server, sim: Simulator, project: Path
) -> None:
    """Plain functions and a namespaced tool, as Codex uses them for names it does not know. One 429 would end it."""
    calls = (Call("exec_command", {"cmd": "cat hello.py"}), Call("multi_agent_v1__close_agent", {"target": "nobody"}))
    sim.infini.then(
        Answer((Text("I read it. — 好的"), *calls), quirks=("interleave", "utf8_split"), chunk=7),
        Failure("rate_limited"),
        say("Changed hello to goodbye."),
    )
    sim.moonshot.then(call("exec_command", {"cmd": "sed -i s/hello/goodbye/ hello.py"}, think="It must go. 改一改"))
    first = codex.say("Change hello to goodbye in hello.py")
    assert (first.code, first.text, first.errors) == (0, "Changed hello to goodbye.", [])
    assert (project / "hello.py").read_text() == "print('goodbye')\n"
    assert [item["text"] for item in first.items("reasoning")] == ["It must go. 改一改"]
    results = [message["content"] for message in sent_messages(sim) if message["role"] == "tool"]
    assert ["print('hello')" in results[0], "invalid agent id nobody" in results[1]] == [True, True]
    assert {"exec_command", "multi_agent_v1__spawn_agent"} <= offered(sim)
    assert first.usage["input_tokens"] == sum(
        exchange.usage.input + exchange.usage.cached for exchange in sim.ledger.exchanges() if exchange.usage
    )

    sim.infini.then(say("Yes, still here."))
    assert codex.say("Are you still there?").text == "Yes, still here."
    nothing_odd(sim)
    rows = ledger_agrees(server, sim)
    assert [len(row["attempts"]) for row in rows] == [1, 2, 1, 1]
    assert {row["requested_model"] for row in rows} == {"kimi-k2"}
    assert len({row["session"] for row in rows}) == 1
    assert rows[0]["session"]


def test_thinking_comes_back_to_kimi_in_the_next_turn(codex: Codex, sim: Simulator) -> None:
    codex.model = "kimi-k2.6"
    sim.moonshot.then(call("exec_command", {"cmd": "true"}, think="Zuerst nichts. 什么都不做"), say("Done."))
    assert codex.say("Do nothing").text == "Done."
    thoughts = [message.get("reasoning_content") for message in sent_messages(sim) if message["role"] == "assistant"]
    assert thoughts == ["Zuerst nichts. 什么都不做"]
    nothing_odd(sim)


def test_codex_patches_a_file_by_its_freeform_tool(codex: Codex, server: Server, sim: Simulator, project: Path) -> None:
    """For this name Codex has apply_patch as a freeform tool with a grammar, and looks for tools by itself."""
    codex.model = "gpt-5.5"
    sim.infini.then(Failure("overloaded"), call("tool_search", {"query": "calendar"}), say("Patched."))
    sim.moonshot.then(call("apply_patch", {"input": PATCH}, chunk=5))
    turn = codex.say("Change hello to goodbye in hello.py")
    assert (turn.code, turn.text, turn.errors) == (0, "Patched.", [])
    assert (project / "hello.py").read_text() == 'print("goodbye — 再见")\n'
    results = [message["content"] for message in sent_messages(sim) if message["role"] == "tool"]
    assert "M hello.py" in results[0]
    assert results[1] == "No tool was found."
    tools: list[Json] = sim.ledger.exchanges()[0].json["tools"]  # type: ignore[assignment]
    (patch,) = [tool["function"] for tool in tools if tool["function"]["name"] == "apply_patch"]
    assert 'begin_patch: "*** Begin Patch" LF' in patch["description"]
    nothing_odd(sim)
    assert {row["route"] for row in ledger_agrees(server, sim)} == {"gpt-to-k2"}


def test_codex_works_with_tools_given_among_the_input(
    codex: Codex, server: Server, sim: Simulator, project: Path
) -> None:
    """For this name there are no tools but an input item with namespaces, one of them with a freeform tool."""
    codex.model = "gpt-6.1-sol"
    script = "const r = await tools.exec_command({cmd: 'sed -i s/hello/goodbye/ hello.py; echo ok'}); text(r)"
    sim.infini.then(call("functions__exec", {"input": script}), say("Done."))
    turn = codex.say("Change hello to goodbye in hello.py")
    assert (turn.code, turn.text, turn.errors) == (0, "Done.", [])
    assert (project / "hello.py").read_text() == "print('goodbye')\n"
    assert {"functions__exec", "clock__sleep"} <= offered(sim)
    nothing_odd(sim)
    ledger_agrees(server, sim)


def test_codex_moves_from_kimi_to_claude_and_back_in_the_middle_of_tool_use(
    codex: Codex, server: Server, sim: Simulator, project: Path
) -> None:
    codex.model = "gpt-5.5"
    sim.infini.always(Failure("server_error"))
    sim.moonshot.then(
        call("exec_command", {"cmd": "cat hello.py"}, think="Kimi thinks first."), Failure("overloaded"), say("Home.")
    )
    sim.anthropic.then(call("apply_patch", {"input": PATCH}, think="Claude thinks next."))
    turn = codex.say("Change hello to goodbye in hello.py")
    assert turn.code == 0, turn.errors
    assert (project / "hello.py").read_text() == 'print("goodbye — 再见")\n'
    assert all(exchange.outcome != "rejected" for exchange in sim.ledger.exchanges()), [
        exchange.rejection for exchange in sim.ledger.exchanges()
    ]
    ledger_agrees(server, sim)


def test_codex_says_it_clearly_when_everything_is_down(codex: Codex, server: Server, sim: Simulator) -> None:
    for vendor in sim.vendors.values():
        vendor.always(Failure("overloaded", retry_after="1"))
    turn = codex.say("hi")
    assert turn.code != 0
    assert "add another provider to fail over to" in json.dumps(turn.events)
    with Console(server) as console:
        rows = console.requests()
    assert rows
    assert all(row["outcome"] == "failed" for row in rows)


def test_codex_accepts_the_list_of_models_as_its_catalog(codex: Codex, server: Server, sim: Simulator) -> None:
    """Codex takes its facts about a model from such a list: no warning that it knows nothing of the model."""
    answer = httpx2.get(f"{server.url}/v1/models", headers={"authorization": f"Bearer {server.key}"})
    catalog = codex.home / "models.json"
    catalog.write_bytes(answer.content)
    sim.infini.then(say("Hello."))
    assert "not found" in json.dumps(codex.say("hi").events)
    codex.config = f"model_catalog_json = {json.dumps(str(catalog))}\n"
    codex.thread = ""
    sim.infini.then(say("Hello."))
    turn = codex.say("hi")
    assert (turn.code, turn.text) == (0, "Hello.")
    assert "not found" not in json.dumps(turn.events)
    nothing_odd(sim)


def test_the_lines_to_paste_connect_codex(codex: Codex, server: Server, sim: Simulator) -> None:
    (snippet,) = [one.snippet for one in connect_snippets(server.url, server.key) if one.id == "codex"]
    export, command = snippet.split("\n", 1)
    name, key = shlex.split(export)[1].split("=", 1)
    sim.infini.then(say("Connected."))
    arguments = ["exec", "--skip-git-repo-check", *shlex.split(command)[1:], "hi"]
    environment = clean_environment({"CODEX_HOME": str(codex.home), "HOME": str(codex.home), name: key})
    done = subprocess.run(
        [find_codex(), *arguments],
        cwd=codex.project, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout.strip()) == (0, "Connected."), done.stderr


def test_codex_speaks_to_openai_untouched_and_to_kimi_when_openai_fails(
    codex: Codex, sim: Simulator, tmp_path: Path, project: Path
) -> None:
    """Same dialect on both sides: the bytes pass through, sealed reasoning comes back, and stays with its vendor."""
    config = house_config(sim)
    config["providers"]["openai"] = {
        "dialect": "openai-responses",
        "base_url": sim.responses.base_url,
        "api_key": "sk-openai",
    }
    kimi = {"provider": "moonshot", "model": "kimi-k2.6"}
    config["models"]["gpt-5.5"] = {"deployments": [{"provider": "openai", "model": "gpt-5.5"}, kimi]}
    del config["models"]["gpt"]
    config["routes"].append(ordered_route("native", "gpt-5.5", "gpt-5.5"))
    server = prepare_server(tmp_path / "native", config)
    try:
        codex.url, codex.key, codex.model = server.start().url, server.key, "gpt-5.5"
        sim.responses.then(
            call("apply_patch", {"input": PATCH}, think="OpenAI thinks."),
            Failure("error_in_200"),
            say("Back at OpenAI."),
        )
        sim.moonshot.then(call("exec_command", {"cmd": "cat hello.py"}, think="Kimi thinks."))
        turn = codex.say("Change hello to goodbye in hello.py")
        assert (turn.code, turn.text, turn.errors) == (0, "Back at OpenAI.", [])
        assert (project / "hello.py").read_text() == 'print("goodbye — 再见")\n'
        nothing_odd(sim)
        to_openai, to_kimi = sim.responses.exchanges[-1].body.decode(), sim.moonshot.exchanges[-1].body.decode()
        assert "gAAAAA" in to_openai, "its own sealed reasoning must come back"
        assert "Kimi thinks." not in to_openai
        assert "gAAAAA" not in to_kimi
        with Console(server) as console:
            rows = [console.request(item["id"]) for item in console.requests()]
        assert sorted(len(row["attempts"]) for row in rows) == [1, 1, 2]
    finally:
        server.stop()
