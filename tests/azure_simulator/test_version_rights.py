"""What a caller needs beside the right to write image versions: rights on the source, as the compute SDK sees it."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from tests.support.arm import call
from tests.support.galleries import (
    DEFINITION,
    GALLERY,
    disk_sources,
    from_storage,
    machine_source,
    prepare,
    put_definition,
    put_gallery,
    put_version,
    resource,
    vhd,
)
from tests.support.simulator import StartSimulator

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
PLATFORM_NODE = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/platform/providers/Microsoft.Compute"
    "/galleries/platformGallery/images/base-node/versions/1.1.0"
)


@pytest.mark.parametrize(
    ("storage", "action"),
    [
        (lambda simulator: {"source": {"id": resource(simulator, "images", "render-node-1")}}, "images/read"),
        (machine_source, "virtualMachines/write"),
        (disk_sources, "snapshots/write"),
        (vhd, "storageAccounts/listKeys/action"),
    ],
)
def test_the_caller_needs_rights_on_the_source(start_simulator: StartSimulator, storage: Any, action: str) -> None:
    scope = f"/subscriptions/{SUBSCRIPTION}"
    publisher = {"id": "99999999-9999-4999-8999-999999999999", "name": "Publisher", "actions": ["*/galleries/*"]}
    assignments = [
        {"application": "operator", "role": "Contributor", "scope": scope},
        {"application": "reader", "role": "Publisher", "scope": scope},
    ]
    simulator = start_simulator(roles=[publisher], role_assignments=assignments)
    prepare(simulator, simulator.compute())
    path = f"{resource(simulator, 'galleries', GALLERY)}/images/{DEFINITION}/versions/1.1.0?api-version=2026-03-03"
    refused = call(simulator, "PUT", path, from_storage(storage(simulator)), application="reader")
    assert (refused.status, refused.code) == (403, "LinkedAuthorizationFailed")
    assert f"{action}' on the linked scope(s)" in refused.message


def test_a_copy_from_another_subscription_needs_the_right_to_read_there(start_simulator: StartSimulator) -> None:
    own = {"application": "operator", "role": "Contributor", "scope": f"/subscriptions/{SUBSCRIPTION}"}
    simulator = start_simulator(role_assignments=[own])
    compute = simulator.compute()
    prepare(simulator, compute)
    with pytest.raises(HttpResponseError, match=r"galleries/images/versions/read' on the linked scope"):
        put_version(simulator, compute, name="1.1.0", body=from_storage({"source": {"id": PLATFORM_NODE}}))


def test_a_source_with_keys_of_another_subscription_is_refused(start_simulator: StartSimulator) -> None:
    theirs = "/subscriptions/00000000-0000-0000-0000-000000000001"
    keys = f"{theirs}/resourceGroups/platform/providers/Microsoft.Compute/diskEncryptionSets/keys"
    disk = {
        "subscription_id": "00000000-0000-0000-0000-000000000001",
        "resource_group": "platform",
        "name": "os",
        "location": "westeurope",
        "os_type": "Linux",
        "disk_encryption_set": keys,
    }
    everything = [
        {"application": "operator", "role": "Contributor", "scope": scope}
        for scope in (f"/subscriptions/{SUBSCRIPTION}", theirs)
    ]
    simulator = start_simulator(disks=[disk], snapshots=[], machines=[], role_assignments=everything)
    compute = simulator.compute()
    put_gallery(compute)
    put_definition(compute)
    source = f"{theirs}/resourceGroups/platform/providers/Microsoft.Compute/disks/os"
    with pytest.raises(HttpResponseError, match=r"Encrypted source: .* is in a different subscription ID"):
        put_version(simulator, compute, body=from_storage({"osDiskImage": {"source": {"id": source}}}))
