"""Pools as preflight checks see them, plain values for tests."""

from dataclasses import replace
from typing import Any

from azure_batch_operator.core.images import ObservedDefinition, ObservedRegion, ObservedVersion
from azure_batch_operator.core.names import VersionName, gallery_image_from_id
from azure_batch_operator.core.pools import SupportedImage
from azure_batch_operator.core.preflight import violations
from azure_batch_operator.core.preflight_facts import PoolFacts
from azure_batch_operator.core.sizing import Size
from azure_batch_operator.core.vm_sizes import VmSize
from tests.support.batch_pools import ACCOUNT, IMAGE_ID

AGENTS = {
    "batch.node.ubuntu 20.04": "linux",
    "batch.node.ubuntu 22.04": "linux",
    "batch.node.ubuntu 24.04": "linux",
    "batch.node.el 9": "linux",
    "batch.node.windows amd64": "windows",
}
SUPPORTED = tuple(
    SupportedImage(
        node_agent_sku_id=agent, os_type=system, publisher="publisher", offer=agent, sku="sku", verified=True
    )
    for agent, system in AGENTS.items()
)


def vm_size(name: str, **capabilities: str) -> VmSize:
    """A VM size of two cores that boots images of the first generation."""
    told = {"vCPUs": "2", "HyperVGenerations": "V1", "CpuArchitectureType": "x64", "LowPriorityCapable": "True"}
    return VmSize(name=name, family="standardDv3Family", capabilities=told | capabilities)


SIZES = (
    vm_size("Standard_D2_v3"),
    vm_size("Standard_D2s_v5", HyperVGenerations="V1,V2"),
    vm_size("Standard_D2ps_v5", HyperVGenerations="V2", CpuArchitectureType="Arm64"),
    vm_size("Standard_DC2as_v5", HyperVGenerations="V2", ConfidentialComputingType="SNP"),
    vm_size("Standard_NV6", HyperVGenerations="V1,V2", TrustedLaunchDisabled="True"),
)


def version_name() -> VersionName:
    """The image version of the tests."""
    named = gallery_image_from_id(IMAGE_ID)
    assert isinstance(named, VersionName)
    return named


def version(*regions: str) -> ObservedVersion:
    """The image version with a replica in each of the regions."""
    return ObservedVersion(
        name=version_name(),
        location=regions[0],
        provisioning_state="Succeeded",
        tags={},
        regions=tuple(ObservedRegion(key=region, replicas=1, raw={}) for region in regions),
        publishing_profile={},
        safety_profile={},
    )


def definition(**properties: str) -> ObservedDefinition:
    """The image definition with these properties."""
    return ObservedDefinition(
        name=version_name().definition,
        location="westeurope",
        provisioning_state="Succeeded",
        tags={},
        properties={"osType": "Linux", "osState": "Generalized", **properties},
    )


def facts(agent: str = "batch.node.ubuntu 22.04", **changes: Any) -> PoolFacts:
    """A pool that breaks no rule and of which all is known, with changes."""
    plain = PoolFacts(
        body={"vmSize": "STANDARD_D2_V3", "virtualMachineConfiguration": {"nodeAgentSKUId": agent}},
        region="westeurope",
        image=version_name(),
        managed=False,
        version=version("westeurope"),
        definition=definition(),
        supported=SUPPORTED,
        account=replace(ACCOUNT, pool_quota=100, authentication_modes=("AAD", "SharedKey", "TaskAuthenticationToken")),
        size=Size(dedicated=2, spot=0),
        sizes=SIZES,
        pools=7,
    )
    return replace(plain, **changes)


def reason(seen: PoolFacts) -> str | None:
    """Why the pool is not made."""
    violated = violations(seen)
    return violated.reason if violated else None
