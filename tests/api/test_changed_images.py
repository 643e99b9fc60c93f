"""What of a GalleryImage may be changed, or written in more than one way, and what a stricter schema leaves alone."""

import json
from typing import Any

import pytest

from tests.support.controlplane import Kubectl
from tests.support.custom_resources import CRDS, Manifest, apply, install_crds, merged, quickstart, read_manifest
from tests.support.eventually import eventually

COMPUTE = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute"
KEYS = {"diskEncryptionSetId": f"{COMPUTE}/diskEncryptionSets/render-keys"}
MACHINE = {"id": f"{COMPUTE}/virtualMachines/render-golden"}
CONFIDENTIAL = {"hyperVGeneration": "V2", "features": [{"name": "SecurityType", "value": "ConfidentialVM"}]}
RULES = "x-kubernetes-validations"


def image(name: str, *changes: Manifest) -> Manifest:
    made = quickstart("galleryimage.yaml", name=name)
    for change in changes:
        made = merged(made, {"spec": change})
    return made


def from_machine(**more: Any) -> Manifest:
    return {"source": {"managedImage": None, "virtualMachine": {**MACHINE, **more}}}


@pytest.mark.parametrize(
    ("was", "change"),
    [
        ({}, {"definition": {"description": "Nodes that render"}}),
        ({}, {"definition": {"releaseNoteUri": "https://contoso.example/notes"}}),
        ({}, {"definition": {"recommended": {"vCPUs": {"min": 2, "max": 16}, "memory": {"min": 8}}}}),
        ({}, {"definition": {"endOfLifeDate": "2027-06-30T00:00:00Z"}}),
        (
            {},
            {
                "definition": {
                    "allowUpdateImage": True,
                    "features": [
                        {"name": "SecurityType", "value": "Standard"},
                        {"name": "DiskControllerTypes", "value": "SCSI, NVMe", "startsAtVersion": "1.1.0"},
                    ],
                }
            },
        ),
        ({}, {"tags": {"team": "rendering"}}),
        ({}, {"targetRegions": [{"name": "northeurope", "storageAccountType": "Premium_LRS"}]}),
        ({}, {"targetRegions": [{"name": "westeurope", "minReplicas": 2, "excludeFromLatest": True}]}),
        ({}, {"version": "1.1.0", "targetRegions": [{"name": "westeurope", "storageAccountType": "Premium_LRS"}]}),
        ({}, {"version": "1.1.0", "targetRegions": [{"name": "westeurope", "encryption": {"osDiskImage": KEYS}}]}),
        ({}, {"version": "1.1.0", **from_machine(capture="Direct")}),
        ({}, {"version": "1.1.0", "source": None, "adoptionPolicy": "Adopt"}),
        (from_machine(), from_machine(capture="Snapshots", generalized=True)),
        ({"source": None, "adoptionPolicy": "Adopt"}, from_machine()),
        (from_machine(), {"source": {"keepIntermediate": True}}),
        ({}, {"excludeFromLatest": True, "endOfLifeDate": "2027-06-30T00:00:00+02:00", "keepVersions": 3}),
        ({}, {"allowedNamespaces": ["*"], "credentialsSecretRef": {"name": "azure"}, "adoptionPolicy": "Adopt"}),
    ],
    ids=str,
)
def test_what_azure_lets_change_may_change(cluster: Kubectl, was: Manifest, change: Manifest) -> None:
    before = image("changing", was)
    apply(cluster, before)

    changed = apply(cluster, merged(before, {"spec": change}), "--dry-run=server")

    cluster.run("delete", "galleryimage/changing")
    assert changed.exit_status == 0, changed.stderr


@pytest.mark.parametrize(
    "spec",
    [
        {"source": {"managedImage": {"id": f"{COMPUTE.lower()}/images/node"}}},
        {"source": {"managedImage": None, "snapshots": {"osDisk": {"id": f"{COMPUTE}/disks/os"}}}},
        {"source": None, "adoptionPolicy": "Adopt"},
        {
            "definition": {
                "hyperVGeneration": "V2",
                "features": [{"name": "SecurityType", "value": "TrustedLaunchSupported"}],
            }
        },
        {"definition": CONFIDENTIAL, **from_machine(capture="Direct")},
        {
            "definition": CONFIDENTIAL,
            **from_machine(),
            "targetRegions": [
                {
                    "name": "westeurope",
                    "encryption": {
                        "osDiskImage": {
                            "securityProfile": {
                                "confidentialVMEncryptionType": "EncryptedWithCmk",
                                "secureVMDiskEncryptionSetId": f"{COMPUTE}/diskEncryptionSets/render-keys",
                            }
                        }
                    },
                }
            ],
        },
        {
            "targetRegions": [
                {"name": "westeurope", "encryption": {"osDiskImage": KEYS, "dataDiskImages": [{"lun": 0, **KEYS}]}}
            ],
            "replication": {"followTemplate": {"encryption": {"osDiskImage": KEYS}}},
        },
        {
            "targetRegions": [{"name": "westeurope", "storageAccountType": "Premium_LRS"}],
            "replication": {"storageAccountStrategy": "DefaultStandard_LRS"},
        },
        {"targetRegions": [{"name": f"region{n}"} for n in range(100)]},
        {"targetRegions": None, "replication": None},
        {"endOfLifeDate": "2027-06-30T23:59:59.1234567-08:00"},
        {"gallery": {"sharing": {"permissions": "Groups"}}},
    ],
    ids=str,
)
def test_what_azure_takes_is_accepted(cluster: Kubectl, spec: Manifest) -> None:
    accepted = apply(cluster, image("accepted", spec), "--dry-run=server")

    assert accepted.exit_status == 0, accepted.stderr


def test_an_image_from_before_a_rule_still_gets_its_status_and_loses_its_finalizer(
    cluster: Kubectl, older_image: str
) -> None:
    status = json.dumps({"status": {"version": "1.0.0", "observedGeneration": 1}})

    told = cluster("patch", older_image, "--subresource=status", "--type=merge", f"--patch={status}")
    freed = cluster("patch", older_image, "--type=merge", '--patch={"metadata":{"finalizers":null}}')

    assert (told.exit_status, freed.exit_status) == (0, 0), told.stderr + freed.stderr


@pytest.fixture
def older_image(cluster: Kubectl) -> str:
    """An image with a finalizer that was stored before the schema had any rule, and that breaks one now."""
    wrong = image("older", {"targetRegions": [{"name": "westeurope", "minReplicas": 5, "maxReplicas": 4}]})
    held = merged(wrong, {"metadata": {"finalizers": ["azurebatch.io/finalizer"]}})
    lenient = without_rules(read_manifest(CRDS / "galleryimages.yaml"))
    try:
        cluster.run("apply", "--filename=-", stdin=json.dumps(lenient))
        eventually(lambda: apply(cluster, held).exit_status == 0)
    finally:
        install_crds(cluster)
    eventually(lambda: apply(cluster, image("newer", wrong["spec"]), "--dry-run=server").exit_status != 0)
    return "galleryimage/older"


def without_rules(crd: Any) -> Any:
    """A CRD, or a part of it, without any rule in CEL."""
    if isinstance(crd, dict):
        return {key: without_rules(value) for key, value in crd.items() if key != RULES}
    return [without_rules(item) for item in crd] if isinstance(crd, list) else crd
