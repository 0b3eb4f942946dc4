"""What the Dockerfile, the compose file and the manifests run, run without a container: their commands, arguments and
environment, with places and ports of this test in the place of theirs."""

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
import yaml

from tests.conftest import TEST_SECRET_KEY
from tests.fixtures.databases import TestRun
from tests.fixtures.deployment import ROOT, compose, container, image_environment, manifest, stage
from tests.fixtures.ports import free_port
from tests.fixtures.server import Server, clean_environment
from tests.integration.app.replicas import services

BUILD_SECONDS = 600.0
# Places of the image, and what is there in this test.
PLACES = ("/opt/powerautomation", "/etc/powerautomation", "/build", "/wheels", "/src", "/data")

pytestmark = pytest.mark.timeout(900)


@dataclass(frozen=True)
class Image:
    """The folder that stands for the root of the image."""

    root: Path

    def here(self, text: str) -> str:
        """A text of one of the files with the image's places replaced by ours."""
        for place in PLACES:
            text = text.replace(place, f"{self.root}{place}")
        return text


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The build stage, done: a virtual environment with exactly the locked packages and the wheel with the console."""
    built = Image(tmp_path_factory.mktemp("image"))
    source = built.root / "src"
    source.mkdir()
    for word, rest in stage("build"):
        if word == "COPY":
            _copy(rest, source)
        elif word == "RUN":
            done = subprocess.run(
                built.here(rest), shell=True, cwd=source, env=clean_environment({"PIP_DISABLE_PIP_VERSION_CHECK": "1"}),
                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=BUILD_SECONDS,
            )  # fmt: skip
            assert done.returncode == 0, f"{rest}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        else:
            assert (word, rest) == ("WORKDIR", "/src")
    return built


def _copy(rest: str, source: Path) -> None:
    """Do a COPY of the build stage; the console comes from the checkout, where the stage before would have built it."""
    *names, target = rest.removeprefix("--from=console ").split()
    for name in names:
        given = ROOT / name.removeprefix("/src/")
        assert given.exists(), f"{given} is missing; `make setup` builds the console"
        if given.is_dir():
            left = ("__pycache__",) if rest.startswith("--from") else ("__pycache__", "console")
            shutil.copytree(given, source / target, ignore=shutil.ignore_patterns(*left), dirs_exist_ok=True)
        else:
            shutil.copy(given, source / target)


def serving(image: Image, folder: Path, arguments: list[str], environment: Mapping[str, str]) -> Server:
    """A server that is started as the image would start it."""
    port = free_port()
    moved = Image(folder)
    given = {name: moved.here(value) for name, value in {**image_environment(), **environment}.items()}
    given["PATH"] = f"{image.here('/opt/powerautomation/bin')}:{os.environ['PATH']}"
    given["POWERAUTOMATION_SERVER_PORT"] = str(port)
    (folder / "data").mkdir()
    (entry,) = [rest for word, rest in stage("") if word == "ENTRYPOINT"]
    words = [*json.loads(entry), *[moved.here(argument) for argument in arguments]]
    if "--port" in words:
        words[words.index("--port") + 1] = str(port)
    server = Server(port, folder / "data", folder / "none", folder / "log", given)
    with server.log_path.open("ab") as log:
        server.process = subprocess.Popen(
            [image.here("/opt/powerautomation/bin/") + words[0], *words[1:]],
            cwd=folder / "data",
            env=clean_environment(given),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    return server


def is_healthy(image: Image, server: Server) -> bool:
    """Run the image's HEALTHCHECK, against this server's port."""
    (line,) = [rest for word, rest in stage("") if word == "HEALTHCHECK"]
    command = json.loads(line.partition("CMD ")[2])
    program = [image.here("/opt/powerautomation/bin/") + command[0], *command[1:]]
    asked = [part.replace(":8080/", f":{server.port}/") for part in program]
    return subprocess.run(asked, capture_output=True, timeout=30).returncode == 0


def serves(image: Image, server: Server) -> None:
    """The server becomes healthy, has the console, and stops as a container is stopped."""
    try:
        assert not is_healthy(image, Server(free_port(), server.data_dir, server.config_path, server.log_path, {}))
        while not server.ready():
            assert server.process is not None
            assert server.process.poll() is None, server.log
        assert is_healthy(image, server)
        page = httpx2.get(f"{server.url}/", verify=False)
        assert page.status_code == 200
        assert 'id="root"' in page.text
        assert httpx2.get(f"{server.url}/healthz", verify=False).json() == {"status": "live"}
    finally:
        assert server.stop() == 0, server.log
    assert "Traceback" not in server.log


def test_image_serves_by_itself(image: Image, tmp_path: Path) -> None:
    (command,) = [rest for word, rest in stage("") if word == "CMD"]
    server = serving(image, tmp_path, json.loads(command), {})
    serves(image, server)
    assert (tmp_path / "data" / "secret.key").stat().st_mode & 0o077 == 0


@pytest.fixture
def given_services(test_run: TestRun, postgresql_server: str) -> Iterator[dict[str, str]]:
    """Addresses of a PostgreSQL and a Redis, as the operator gives them."""
    with services(test_run, postgresql_server) as environment:
        yield environment


def test_compose_service_serves(image: Image, tmp_path: Path, given_services: dict[str, str]) -> None:
    service = compose()["services"]["powerautomation"]
    (tmp_path / "etc" / "powerautomation").mkdir(parents=True)
    shutil.copy(ROOT / "deploy" / "compose" / "powerautomation.yaml", tmp_path / "etc" / "powerautomation")
    said = {name: value for name, value in service["environment"].items() if "${" not in value}
    said["POWERAUTOMATION_SERVER_PUBLIC_URL"] = "https://ai.example.org"
    serves(image, serving(image, tmp_path, service["command"], {**said, **given_services}))


def test_kubernetes_container_serves(image: Image, tmp_path: Path, given_services: dict[str, str]) -> None:
    (tmp_path / "etc" / "powerautomation").mkdir(parents=True)
    for name, text in manifest("ConfigMap")["data"].items():
        (tmp_path / "etc" / "powerautomation" / name).write_text(yaml.safe_dump(yaml.safe_load(text)))
    secrets = {entry["name"] for entry in container()["env"]}
    assert {"POWERAUTOMATION_SECRET_KEY", *given_services} <= secrets
    assert given_services["POWERAUTOMATION_SECRET_KEY"] == TEST_SECRET_KEY
    serves(image, serving(image, tmp_path, container()["args"], given_services))


def test_image_holds_exactly_the_locked_packages(image: Image) -> None:
    listed = subprocess.run(
        [image.here("/opt/powerautomation/bin/python"), "-m", "pip", "list", "--format", "json"],
        capture_output=True, text=True, timeout=60, check=True,
    ).stdout  # fmt: skip
    installed = {package["name"].lower().replace("_", "-"): package["version"] for package in json.loads(listed)}
    locked = {}
    for line in (ROOT / "requirements.lock").read_text().splitlines():
        if "==" in line and not line.startswith((" ", "#")):
            name, _, version = shlex.split(line.rstrip("\\"))[0].partition("==")
            locked[name] = version
    for name in installed.keys() - {"powerautomation", "pip", "setuptools"}:
        assert locked[name] == installed[name], name
