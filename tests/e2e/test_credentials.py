"""Signing in with Secrets of a real API server, and with tokens that it signed itself."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from azure_simulator.scenario import Application
from tests.support.applications import AUDIENCE, OPERATOR, application, with_applications
from tests.support.controlplane import Kubectl
from tests.support.play import Play, conditions, example, is_ready, staged
from tests.support.simulator import default_scenario
from tools.controlplane.plane import ControlPlane
from tools.stage import Stage

pytestmark = pytest.mark.e2e

SECRET_TEXT = "simulated-administrator-secret"
NAME = "azure-rendering"


def administrator() -> Application:
    """An application of the default scenario that may do everything, beside the operator's."""
    applications = default_scenario().tenants[0].applications
    return next(each for each in applications if each.name == "administrator")


def put(play: Play, who: Application, **proof: str) -> None:
    """Make or replace the Secret."""
    ids = {"AZURE_TENANT_ID": play.stage.azure.ready.tenant_id, "AZURE_CLIENT_ID": who.client_id}
    play.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": NAME}, "stringData": ids | proof})


def apply_image(play: Play) -> None:
    play.apply(example("galleryimage.yaml", credentialsSecretRef={"name": NAME}))


def callers(play: Play) -> set[str | None]:
    """Who asked for anything about images."""
    return {request.caller for request in play.stage.azure.control.requests(service="compute")}


def test_an_image_waits_for_its_secret_signs_in_with_it_and_shows_it_nowhere(play: Play) -> None:
    apply_image(play)
    waiting = play.reason("galleryimage", "render-node", "Ready", "CredentialsMissing")
    assert f"There is no Secret {play.kubectl.namespace}/{NAME}" in waiting["message"]
    put(play, administrator(), AZURE_CLIENT_SECRET=SECRET_TEXT)
    play.replicated(1)
    assert callers(play) == {administrator().client_id}
    play.kubectl.run("patch", "secret", NAME, '--patch={"data": {"AZURE_TENANT_ID": null}}')
    stalled = play.reason("galleryimage", "render-node", "Stalled", "CredentialsInvalid")
    assert "lacks AZURE_TENANT_ID" in stalled["message"]
    shown = json.dumps([play.image(), play.kubectl.get("events.events.k8s.io")]) + play.stage.operator.log.read_text()
    assert "CredentialsInvalid" in shown
    assert SECRET_TEXT not in shown


def test_an_image_that_goes_together_with_its_secret_is_removed_from_azure(play: Play) -> None:
    put(play, administrator(), AZURE_CLIENT_SECRET=SECRET_TEXT)
    apply_image(play)
    play.replicated(1)
    play.kubectl.run("delete", f"secret/{NAME}", "galleryimage/render-node", "--wait=false")
    play.gone("galleryimage/render-node")
    assert play.stage.azure.leftovers() == []
    assert callers(play) == {administrator().client_id}


@pytest.fixture
def trust(control_plane: ControlPlane) -> dict[str, Any]:
    """A federated credential: trust in the operator's service account of this very cluster."""
    told = json.loads(control_plane.kubectl("get", "--raw=/.well-known/openid-configuration").stdout)
    keys = json.loads(control_plane.kubectl("get", "--raw=/openid/v1/jwks").stdout)
    return {"issuer": told["issuer"], "subject": OPERATOR, "keySet": keys}


@pytest.fixture
def trusting(trust: dict[str, Any]) -> Application:
    """An application beside the operator's that trusts its service account."""
    return application("images", federated_credentials=[trust])


@pytest.fixture
def federated(control_plane: ControlPlane, kubectl: Kubectl, trusting: Application, tmp_path: Path) -> Iterator[Stage]:
    """A stage whose operator has a token for Entra ID, as the workload identity webhook gives it one."""
    scenario, token_file = tmp_path / "scenario.yaml", tmp_path / "azure-identity-token"
    scenario.write_text(yaml.safe_dump(_scenario(trusting)))
    with staged(control_plane, kubectl, scenario=scenario) as stage:
        token_file.write_text(_token(control_plane))
        stage.operator.environment["AZURE_FEDERATED_TOKEN_FILE"] = str(token_file)
        with stage.operator.running():
            yield stage


def test_an_application_that_trusts_the_cluster_needs_no_secret_text(
    federated: Stage, kubectl: Kubectl, trusting: Application
) -> None:
    play = Play(stage=federated, kubectl=kubectl)
    put(play, trusting)
    apply_image(play)
    play.replicated(1)
    assert callers(play) == {trusting.client_id}
    assert is_ready(play.image())
    assert "Stalled" not in conditions(play.image())


def test_the_operator_itself_needs_no_secret_text_where_its_application_trusts_the_cluster(
    control_plane: ControlPlane, kubectl: Kubectl, trust: dict[str, Any], tmp_path: Path
) -> None:
    token_file = tmp_path / "azure-identity-token"
    with staged(control_plane, kubectl) as stage:
        stage.azure.control.change_proofs("operator", {"federatedCredentials": [trust]})
        token_file.write_text(_token(control_plane, audience="https://kubernetes.default.svc"))
        _as_the_webhook_does(stage, token_file)
        play = Play(stage=stage, kubectl=kubectl)
        with stage.operator.running():
            play.quickstart()
            refused = play.reason("batchpool", "frames", "Ready", "AADSTS700212")
            assert f"Correct what is in {token_file}" in refused["message"]
            assert play.reason("galleryimage", "render-node", "Ready", "AADSTS700212")
            token_file.write_text(_token(control_plane))
            play.sized(2)
        assert {request.operation for request in play.requests()} >= {"Galleries_CreateOrUpdate", "Pools_CreatePool"}
        assert stage.azure.ready.client_secret not in stage.operator.log.read_text()


def _as_the_webhook_does(stage: Stage, token_file: Path) -> None:
    """The environment that the workload identity webhook of AKS gives to a pod, and nothing else to sign in with."""
    ready, environment = stage.azure.ready, stage.operator.environment
    for name in ("AZURE_CLIENT_SECRET", "AZURE_BATCH_OPERATOR_SIGN_IN"):
        environment.pop(name, None)
    environment["AZURE_CLIENT_ID"] = ready.client_id
    environment["AZURE_TENANT_ID"] = ready.tenant_id
    environment["AZURE_FEDERATED_TOKEN_FILE"] = str(token_file)
    environment["AZURE_AUTHORITY_HOST"] = f"{ready.authority}/"


def _scenario(further: Application) -> dict[str, Any]:
    document: dict[str, Any] = default_scenario(**with_applications(further)).model_dump(mode="json", by_alias=True)
    return document


def _token(plane: ControlPlane, *, audience: str = AUDIENCE) -> str:
    namespace, name = OPERATOR.split(":")[2:]
    answer = plane.kubectl("create", "token", name, f"--namespace={namespace}", f"--audience={audience}")
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()
