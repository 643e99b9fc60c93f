"""Microsoft's own examples of pools, converted by the documented command, are accepted by the API server."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.controlplane import Kubectl
from tests.support.custom_resources import ROOT, apply, merged
from tests.support.official_pools import as_batch_pool, official_pools
from tools.convert.pool import converted

SHOWN = {
    "id": "Frames_1",
    "url": "https://contoso.westeurope.batch.azure.com/pools/Frames_1",
    "vmSize": "standard_d2s_v3",
    "allocationState": "steady",
    "currentDedicatedNodes": 2,
    "displayName": None,
    "enableAutoScale": False,
    "metadata": [
        {"name": "batch-operator-owner", "value": "x/pool/a/b"},
        {"name": "team", "value": "rendering"},
    ],
    "resizeTimeout": "0:15:00",
    "targetDedicatedNodes": 2,
    "targetLowPriorityNodes": 0,
    "startTask": {
        "commandLine": "true",
        "resourceFiles": [
            {"httpUrl": "https://contoso.blob.core.windows.net/a/b?sv=1&sig=s3cret", "filePath": "b"},
            {"httpUrl": "https://contoso.example/open", "filePath": "open"},
        ],
    },
    "userAccounts": [{"name": "admin", "elevationLevel": "admin"}],
    "virtualMachineConfiguration": {
        "imageReference": {
            "publisher": "canonical",
            "offer": "0001-com-ubuntu-server-jammy",
            "sku": "22_04-lts",
            "version": "latest",
            "exactVersion": "22.04.1",
        },
        "nodeAgentSkuId": "batch.node.ubuntu 22.04",
        "osDisk": {"diskSizeGb": 64},
    },
}
"""A pool as `az batch pool show` shows it."""


@pytest.mark.usefixtures("azure_specs")
def test_every_official_pool_is_accepted(cluster: Kubectl) -> None:
    for pool in official_pools():
        for manifest in as_batch_pool(pool).objects:
            here = merged(manifest, {"metadata": {"namespace": cluster.namespace}})
            accepted = apply(cluster, here, "--dry-run=server", "--validate=strict")
            assert accepted.exit_status == 0, f"{accepted.stderr}\n{yaml.safe_dump(manifest)}"


def test_a_pool_as_the_command_line_shows_it_is_converted_and_accepted(cluster: Kubectl, tmp_path: Path) -> None:
    file = tmp_path / "pool.json"
    file.write_text(json.dumps(SHOWN))

    ran = subprocess.run(
        [sys.executable, "-m", "tools.convert", str(file), f"--namespace={cluster.namespace}", "--account=contoso"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    accepted = cluster("apply", "--filename=-", "--dry-run=server", "--validate=strict", stdin=ran.stdout)
    assert accepted.exit_status == 0, accepted.stderr
    assert "allocationState" in ran.stderr


def test_what_only_azure_and_the_operator_write_is_left_out_and_secrets_go_into_a_secret() -> None:
    shown = converted(SHOWN, account={"resourceGroup": "batch", "name": "contoso"}, namespace="rendering")
    secret, pool = shown.objects
    spec = pool["spec"]

    assert (pool["metadata"]["name"], spec["poolId"]) == ("frames-1", "Frames_1")
    assert spec["metadata"] == [{"name": "team", "value": "rendering"}]
    assert spec["resizeTimeout"] == "PT15M"
    assert spec["virtualMachineConfiguration"]["osDisk"] == {"diskSizeGB": 64}
    assert "exactVersion" not in spec["virtualMachineConfiguration"]["imageReference"]
    assert "enableAutoScale" not in spec
    assert secret["stringData"] == {
        "startTask.resourceFiles.0.httpUrl": "https://contoso.blob.core.windows.net/a/b?sv=1&sig=s3cret",
        "userAccounts.0.password": "write the value of userAccounts.0.password here",
    }
    assert spec["startTask"]["resourceFiles"][1] == {"httpUrl": "https://contoso.example/open", "filePath": "open"}


def test_what_is_no_pool_is_refused() -> None:
    with pytest.raises(ValueError, match="This is no pool"):
        converted({"name": "contoso"}, account={}, namespace="rendering")
