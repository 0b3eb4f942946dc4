"""The Kubernetes manifests are what the API takes, and agree with each other and with the server."""

from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from powerautomation.infrastructure.settings import load_settings
from tests.fixtures.deployment import Json, container, manifest, manifests, stage

VERSIONS = ("1.33", "1.37")
POD = manifest("Deployment")["spec"]["template"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("found", manifests(), ids=lambda found: found["kind"])
def test_manifest_is_valid_and_has_no_field_unknown_to_the_api(found: Json, version: str) -> None:
    assert kubernetes_validate.validate(found, version, strict=True).startswith(version)


def test_nothing_is_missing() -> None:
    kinds = {found["kind"] for found in manifests()}
    assert kinds == {
        "ConfigMap", "Deployment", "HorizontalPodAutoscaler", "Ingress", "NetworkPolicy", "PodDisruptionBudget",
        "Service", "ServiceAccount",
    }  # fmt: skip
    assert {found["metadata"]["name"] for found in manifests()} == {"powerautomation"}


def test_whatever_selects_pods_selects_ours() -> None:
    labels = POD["metadata"]["labels"]
    assert manifest("Deployment")["spec"]["selector"]["matchLabels"] == labels
    assert manifest("Service")["spec"]["selector"] == labels
    assert manifest("PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == labels
    assert manifest("NetworkPolicy")["spec"]["podSelector"]["matchLabels"] == labels
    assert manifest("HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]["name"] == "powerautomation"


def test_configuration_is_one_the_settings_take(tmp_path: Path) -> None:
    (name, text), *more = manifest("ConfigMap")["data"].items()
    assert more == []
    (tmp_path / name).write_text(text)
    settings = load_settings(tmp_path / name, {}, {})
    (port,) = [port["containerPort"] for port in container()["ports"]]
    assert (settings.server.host, settings.server.port) == ("0.0.0.0", port)
    mounted = {mount["name"]: mount["mountPath"] for mount in container()["volumeMounts"]}
    assert container()["args"] == ["serve", "--config", f"{mounted['configuration']}/{name}", "--data", mounted["data"]]
    assert {volume["name"] for volume in POD["spec"]["volumes"]} == mounted.keys()
    # Streams get their time, and the node's delay and the journal theirs.
    pause = int(container()["lifecycle"]["preStop"]["exec"]["command"][1])
    assert settings.server.shutdown_grace_seconds >= 30
    assert POD["spec"]["terminationGracePeriodSeconds"] >= settings.server.shutdown_grace_seconds + pause + 10


def test_probes_ask_what_the_server_answers() -> None:
    paths = {name: container()[name]["httpGet"]["path"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
    # A long migration must not be killed: only readiness waits for it.
    assert paths == {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}
    assert (
        manifest("NetworkPolicy")["spec"]["ingress"][0]["ports"][0]["port"] == container()["ports"][0]["containerPort"]
    )


def test_secrets_are_only_referred_to() -> None:
    for entry in container()["env"]:
        assert entry["valueFrom"]["secretKeyRef"]["name"] == "powerautomation", entry["name"]
    text = yaml.safe_dump_all(manifests())
    assert "kind: Secret" not in text


def test_pod_has_no_rights_and_is_the_images_user() -> None:
    assert container()["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    context = POD["spec"]["securityContext"]
    assert f"{context['runAsUser']}:{context['runAsGroup']}" == dict(stage(""))["USER"]
    assert context["runAsNonRoot"] is True
