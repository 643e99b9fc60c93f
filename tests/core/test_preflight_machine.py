"""What is told of machines before Azure is asked: VM sizes, what they can do, and how many may talk."""

from dataclasses import replace
from typing import Any

import pytest

from azure_batch_operator.core.preflight import violations
from azure_batch_operator.core.preflight_facts import PoolFacts
from azure_batch_operator.core.sizing import Size
from tests.support.batch_pools import ACCOUNT
from tests.support.preflight import SIZES, definition, facts, vm_size

AGENT = "batch.node.ubuntu 22.04"


def sized(
    name: str, *, machine: dict[str, Any] | None = None, body: dict[str, Any] | None = None, **changes: Any
) -> PoolFacts:
    """A pool of machines of that size."""
    whole = {
        "vmSize": name,
        "virtualMachineConfiguration": {"nodeAgentSKUId": AGENT, **(machine or {})},
        **(body or {}),
    }
    return facts(body=whole, **changes)


def told(seen: PoolFacts) -> tuple[str, str] | None:
    """Reason and message of what is violated."""
    violated = violations(seen)
    return (violated.reason, violated.message) if violated else None


def test_a_size_is_known_in_any_letter_case() -> None:
    assert told(sized("sTANDARD_d2_V3")) is None


def test_a_size_that_batch_does_not_offer_there_is_told_with_the_three_nearest() -> None:
    found = told(sized("Standard_D2_v33"))
    assert found is not None
    assert found[0] == "VmSizeUnknown"
    assert "no VM size 'Standard_D2_v33' in westeurope" in found[1]
    assert "Nearest: Standard_D2_v3, Standard_D2s_v5, Standard_D2ps_v5." in found[1]


def test_a_size_is_unknown_only_where_sizes_are_known() -> None:
    assert told(sized("Standard_X", sizes=None)) is None
    assert told(sized("Standard_X", sizes=())) is None


@pytest.mark.parametrize(
    ("size", "properties", "fits"),
    [
        ("Standard_D2_v3", {"hyperVGeneration": "V1"}, True),
        ("Standard_D2_v3", {"hyperVGeneration": "V2"}, False),
        ("Standard_D2s_v5", {"hyperVGeneration": "V2"}, True),
        ("Standard_DC2as_v5", {"hyperVGeneration": "v1"}, False),
        ("Standard_D2_v3", {}, True),
        ("Standard_D2_v3", {"architecture": "x64"}, True),
        ("Standard_D2_v3", {"architecture": "Arm64"}, False),
        ("Standard_D2ps_v5", {"architecture": "Arm64", "hyperVGeneration": "V2"}, True),
    ],
)
def test_a_size_boots_images_of_its_generations_and_architecture(
    size: str, properties: dict[str, str], *, fits: bool
) -> None:
    found = told(sized(size, definition=definition(**properties)))
    assert (found is None) is fits
    assert found is None or found[0] == "VmSizeUnfit"


def test_a_generation_that_does_not_fit_is_told_with_both_ways_out() -> None:
    found = told(sized("Standard_D2_v3", definition=definition(hyperVGeneration="V2")))
    assert found is not None
    assert "Standard_D2_v3 boots images of generation V1, and this one is V2" in found[1]
    assert "choose another vmSize, or publish the image with hyperVGeneration V1" in found[1]


@pytest.mark.parametrize(
    ("size", "security", "fits"),
    [
        ("Standard_D2s_v5", "trustedLaunch", True),
        ("Standard_D2_v3", "trustedLaunch", False),
        ("Standard_NV6", "TrustedLaunch", False),
        ("Standard_DC2as_v5", "confidentialvm", True),
        ("Standard_D2s_v5", "confidentialVM", False),
        ("Standard_D2_v3", "somethingNew", True),
    ],
)
def test_a_security_type_needs_a_size_that_is_made_for_it(size: str, security: str, *, fits: bool) -> None:
    found = told(sized(size, machine={"securityProfile": {"securityType": security}}))
    assert (found is None) is fits
    assert found is None or found[0] == "VmSizeUnfit"


def test_that_a_size_is_not_confidential_is_believed_only_where_azure_tells_which_are() -> None:
    silent = tuple(each for each in SIZES if "ConfidentialComputingType" not in each.capabilities)
    wanted = {"securityProfile": {"securityType": "confidentialvm"}}
    assert told(sized("Standard_D2s_v5", machine=wanted, sizes=silent)) is None


@pytest.mark.parametrize(
    ("made_for", "security", "fits"),
    [
        ("TrustedLaunch", "trustedLaunch", True),
        ("TrustedLaunch", None, False),
        ("TrustedLaunchSupported", None, True),
        ("TrustedLaunchSupported", "trustedLaunch", True),
        ("Standard", "trustedLaunch", False),
        ("Standard", None, True),
        ("ConfidentialVM", "trustedLaunch", False),
        ("SomethingNew", "trustedLaunch", True),
        (None, "trustedLaunch", True),
        (None, None, True),
    ],
)
def test_an_image_boots_on_machines_of_the_security_types_that_it_was_made_for(
    made_for: str | None, security: str | None, *, fits: bool
) -> None:
    plain = definition(hyperVGeneration="V2")
    features = [{"name": "SecurityType", "value": made_for}] if made_for else []
    image = replace(plain, properties={**plain.properties, "features": features})
    machine = {"securityProfile": {"securityType": security}} if security else {}
    found = told(sized("Standard_D2s_v5", machine=machine, definition=image))
    assert (found is None) is fits
    assert found is None or found[0] == "ImageSecurityMismatch"


def test_everything_that_a_size_cannot_do_is_told_at_once() -> None:
    poor = vm_size(
        "Standard_A1",
        LowPriorityCapable="False",
        AcceleratedNetworkingEnabled="False",
        EncryptionAtHostSupported="False",
        EphemeralOSDiskSupported="False",
    )
    machine = {"securityProfile": {"encryptionAtHost": True}, "osDisk": {"ephemeralOSDiskSettings": {"placement": "x"}}}
    body = {"networkConfiguration": {"enableAcceleratedNetworking": True}}
    seen = sized("Standard_A1", machine=machine, body=body, sizes=(poor,), size=Size(dedicated=0, spot=1))
    found = told(seen)
    assert found is not None
    assert found[0] == "VmSizeUnfit"
    assert "no Spot nodes and no accelerated networking and no encryption at host and no ephemeral OS disks" in found[1]
    assert told(sized("Standard_A1", sizes=(poor,))) is None


@pytest.mark.parametrize(
    ("nodes", "user_subscription", "fits"),
    [(100, False, True), (101, False, False), (80, True, True), (81, True, False)],
)
def test_so_many_nodes_may_talk_to_each_other(nodes: int, *, user_subscription: bool, fits: bool) -> None:
    account = replace(ACCOUNT, user_subscription=user_subscription)
    talking = {"enableInterNodeCommunication": True}
    found = told(sized("Standard_D2_v3", body=talking, account=account, size=Size(dedicated=nodes - 1, spot=1)))
    assert (found is None) is fits
    assert found is None or found[0] == "InterNodeLimit"
    assert told(sized("Standard_D2_v3", account=account, size=Size(dedicated=nodes, spot=0))) is None
