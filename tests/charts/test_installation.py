"""helm on a real API server: install, upgrade, roll back and uninstall, and what stays."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from tests.support.charts import FEDERATED, Installation
from tests.support.custom_resources import quickstart
from tests.support.eventually import eventually
from tools.chart.helm import CHART, NAME

LARGEST_SECRET = 1024 * 1024
CRD = "batchpools.azurebatch.io"


@pytest.fixture
def previous(tmp_path: Path) -> Path:
    """The chart of a version before, whose BatchPools knew no `suspend`."""
    chart = Path(shutil.copytree(CHART, tmp_path / "previous"))
    about = yaml.safe_load((chart / "Chart.yaml").read_text())
    (chart / "Chart.yaml").write_text(yaml.safe_dump(about | {"version": "0.0.9", "appVersion": "0.0.9"}))
    template = chart / "templates" / "crds" / "batchpools.yaml"
    older = template.read_text().replace("              suspend:\n", "              paused:\n", 1)
    assert older != template.read_text()
    template.write_text(older)
    return chart


def knows(installation: Installation, word: str) -> bool:
    """Whether the API server's definition of a BatchPool has this in its spec."""
    found = installation.cluster.get("crd", CRD, NAME) or {}
    return word in found["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]


def a_pool(installation: Installation) -> None:
    """Make the pool of the quickstart, with a finalizer as the operator sets it."""
    installation.cluster.must("wait", "--for=condition=Established", "crd", CRD, "--timeout=30s")
    pool = quickstart("batchpool.yaml", namespace="default")
    held = pool | {"metadata": pool["metadata"] | {"finalizers": ["azurebatch.io/cleanup"]}}
    installation.cluster.must("apply", "--filename=-", stdin=json.dumps(held))


def uid(installation: Installation, kind: str, name: str, namespace: str = NAME) -> str | None:
    found = installation.cluster.get(kind, name, namespace)
    return None if found is None else str(found["metadata"]["uid"])


def test_what_helm_keeps_of_a_release_fits_into_a_secret_twice(installation: Installation) -> None:
    installation.install()
    release = installation.there("secret", f"sh.helm.release.v1.{NAME}.v1")
    assert release is not None
    assert sum(map(len, release["data"].values())) < LARGEST_SECRET / 2


def test_an_upgrade_brings_a_changed_definition_and_a_rollback_the_former(
    installation: Installation, previous: Path
) -> None:
    installation.install(chart=previous)
    assert (knows(installation, "paused"), knows(installation, "suspend")) == (True, False)
    a_pool(installation)
    before = uid(installation, "batchpool", "frames", "default")

    installation.install()
    assert (knows(installation, "paused"), knows(installation, "suspend")) == (False, True)

    installation.helm.must("rollback", NAME, "1", f"--namespace={NAME}")
    assert (knows(installation, "paused"), knows(installation, "suspend")) == (True, False)
    deployment = installation.there("deployment")
    assert deployment is not None
    assert deployment["metadata"]["labels"]["app.kubernetes.io/version"] == "0.0.9"
    assert uid(installation, "batchpool", "frames", "default") == before is not None


def test_the_key_that_the_operator_wrote_survives_every_upgrade(installation: Installation) -> None:
    installation.install()
    written = '{"data": {"key": "c2VjcmV0"}}'
    installation.cluster.must("patch", "secret", f"{NAME}-record-key", f"--namespace={NAME}", f"--patch={written}")
    installation.install({**FEDERATED, "replicas": 3})
    installation.helm.must("rollback", NAME, "1", f"--namespace={NAME}")
    key = installation.there("secret", f"{NAME}-record-key")
    assert key is not None
    assert key["data"] == {"key": "c2VjcmV0"}


def test_pools_and_what_the_operator_knows_of_them_stay_when_it_is_uninstalled(installation: Installation) -> None:
    installation.install()
    a_pool(installation)
    pool, key = uid(installation, "batchpool", "frames", "default"), uid(installation, "secret", f"{NAME}-record-key")

    installation.uninstall()
    assert uid(installation, "batchpool", "frames", "default") == pool is not None
    assert uid(installation, "secret", f"{NAME}-record-key") == key is not None
    gone = {kind: installation.there(kind) for kind in ("deployment", "service", "serviceaccount", "clusterrole")}
    assert gone == dict.fromkeys(gone)

    installation.install()
    assert uid(installation, "batchpool", "frames", "default") == pool


def test_nothing_stays_that_was_not_to_be_kept(installation: Installation) -> None:
    installation.install({**FEDERATED, "crds": {"keep": False}})
    installation.uninstall()
    eventually(lambda: installation.cluster.list("crd") == [])
    assert installation.cluster.list("secret", namespace=NAME) == []


def test_definitions_that_kubectl_applied_are_left_to_it(installation: Installation) -> None:
    installation.cluster.install()
    before = uid(installation, "crd", CRD)
    installation.install({**FEDERATED, "crds": {"enabled": False}, "fullnameOverride": "second"})
    assert installation.there("deployment", "second") is not None
    installation.uninstall()
    assert uid(installation, "crd", CRD) == before is not None
