"""The compose file and the Dockerfile hold together, and name only what exists."""

import re

import pytest

from powerautomation import __version__
from powerautomation.infrastructure.settings import environment_names, load_settings
from tests.fixtures.deployment import (
    COMPOSE,
    DEPLOY,
    compose,
    container,
    image_environment,
    images,
    instructions,
    interpolated,
    stage,
)

OURS = "POWERAUTOMATION_"
PROVIDER_KEYS = {"MOONSHOT_API_KEY", "ANTHROPIC_API_KEY"}
SERVICE_KEYS = {
    "build", "cap_drop", "command", "depends_on", "deploy", "environment", "healthcheck", "image", "networks", "ports",
    "read_only", "restart", "security_opt", "stop_grace_period", "tmpfs", "volumes",
}  # fmt: skip


def seconds(text: str) -> float:
    """A duration of a compose file that is given in seconds."""
    assert text.endswith("s")
    return float(text[:-1])


def test_every_variable_is_one_the_settings_know() -> None:
    given = {**image_environment(), **compose()["services"]["powerautomation"]["environment"]}
    given |= {entry["name"]: "" for entry in container()["env"]}
    ours = {name for name in given if name.startswith(OURS)}
    assert ours - environment_names().keys() == set()
    assert given.keys() - ours <= {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"} | PROVIDER_KEYS


def test_example_env_has_exactly_what_the_compose_file_asks_for() -> None:
    lines = (DEPLOY / "compose" / "example.env").read_text().splitlines()
    offered = {line.split("=")[0] for line in lines if line and not line.startswith("#")}
    assert offered == interpolated(COMPOSE.read_text())


def test_shared_configuration_is_one_the_settings_take() -> None:
    settings = load_settings(DEPLOY / "compose" / "powerautomation.yaml", {}, {})
    assert settings.log.format == "json"


def test_images_have_versions_and_no_registry() -> None:
    for name in images():
        repository, _, tag = name.partition(":")
        assert re.fullmatch(r"\d+\.\d+(\.\d+)?[\w.-]*", tag), name
        assert "." not in repository.split("/")[0], f"{name} names a registry"
    assert f"powerautomation:{__version__}" in images()


def test_what_services_name_is_there() -> None:
    found = compose()
    services = found["services"]
    for name, service in services.items():
        assert service.keys() <= SERVICE_KEYS, name
        for other, how in service.get("depends_on", {}).items():
            assert other in services
            # Ours has its health check in the image.
            assert how == {"condition": "service_healthy"}
            assert "healthcheck" in services[other] or other == "powerautomation"
        assert set(service["networks"]) <= found["networks"].keys()
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./"):
                assert (COMPOSE.parent / source).exists(), volume
            else:
                assert source in found["volumes"] or ":" not in volume
    assert "HEALTHCHECK" in {word for word, _ in stage("")}
    assert (COMPOSE.parent / services["powerautomation"]["build"]["context"]).resolve() == DEPLOY.parent
    assert services["front"]["environment"]["UPSTREAM_HOST"] in services
    trusted = services["powerautomation"]["environment"]["POWERAUTOMATION_SERVER_TRUSTED_PROXIES"]
    assert trusted == services["front"]["networks"]["inside"]["ipv4_address"]


def test_only_the_front_is_reached_from_outside() -> None:
    assert [name for name, service in compose()["services"].items() if "ports" in service] == ["front"]


@pytest.mark.parametrize("name", ["powerautomation", "front"])
def test_streams_may_finish_before_a_container_is_killed(name: str) -> None:
    services = compose()["services"]
    grace = float(services["powerautomation"]["environment"]["POWERAUTOMATION_SERVER_SHUTDOWN_GRACE_SECONDS"])
    assert grace >= 30
    assert seconds(services[name]["stop_grace_period"]) >= grace + 10


def test_image_runs_as_nobody_in_particular_and_copies_only_what_exists() -> None:
    last = dict(stage(""))
    assert last["USER"] == "10001:10001"
    assert container()["args"][0] == "serve"
    ignored = (DEPLOY / "docker" / "Dockerfile.dockerignore").read_text().splitlines()
    for word, rest in instructions():
        if word == "COPY" and not rest.startswith("--from"):
            for source in rest.split()[:-1]:
                assert (DEPLOY.parent / source).exists(), source
                assert f"!{source}" in ignored, source
