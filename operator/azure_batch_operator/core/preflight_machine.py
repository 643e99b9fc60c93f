"""Preflight checks of the machines: node agent, VM size, what the size can do, and how many may talk to each other."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches

from azure_batch_operator.core.conditions import Stalled
from azure_batch_operator.core.names import same
from azure_batch_operator.core.pools import SupportedImage
from azure_batch_operator.core.preflight_facts import (
    Finding,
    Known,
    PoolFacts,
    part,
    property_of,
    security_feature,
    text,
)
from azure_batch_operator.core.vm_sizes import nearest_sizes

MOST_TALKING_NODES, MOST_TALKING_NODES_OF_USERS = 100, 80
"""Nodes of a pool with inter-node communication, of Batch's own quota and of a user's subscription
(Microsoft: "Batch service quotas and limits")."""


def node_agent_exists(facts: PoolFacts) -> Finding:
    """An unknown node agent is told with the three nearest ones."""
    agent = text(facts.machine, "nodeAgentSKUId")
    if agent is None or not facts.supported:
        return Known.UNKNOWN
    if _agents(facts, agent):
        return Known.PASSED
    known = sorted({each.node_agent_sku_id for each in facts.supported})
    near = get_close_matches(agent.casefold(), known, n=3, cutoff=0.0)
    return Stalled(
        reason="NodeAgentMismatch",
        message=f"The Batch account has no node agent {agent!r}. Nearest: {', '.join(near)}. "
        "Write one of them as virtualMachineConfiguration.nodeAgentSKUId.",
    )


def node_agent_fits_system(facts: PoolFacts) -> Finding:
    """A node agent of another operating system never starts."""
    agent, system = text(facts.machine, "nodeAgentSKUId"), property_of(facts.definition, "osType")
    served = {each.os_type.casefold() for each in _agents(facts, agent or "")}
    if facts.image is None:
        return Known.PASSED
    if system is None or not served:
        return Known.UNKNOWN
    if system.casefold() in served:
        return Known.PASSED
    return Stalled(
        reason="NodeAgentMismatch",
        message=f"Node agent {agent!r} is for {' and '.join(sorted(served))}, the image for {system}: nodes would "
        "never start. Choose the node agent of the image's operating system.",
    )


def node_agent_fits_marketplace_image(facts: PoolFacts) -> Finding:
    """Of Marketplace images Batch itself says which node agents fit; one that it does not list may fit, too."""
    agent, wanted = text(facts.machine, "nodeAgentSKUId"), _marketplace(facts)
    fitting = {each.node_agent_sku_id for each in facts.supported or () if _names(each) == wanted}
    if agent is None or not fitting or any(same(each, agent) for each in fitting):
        return Known.PASSED
    return Stalled(
        reason="NodeAgentMismatch",
        message=f"Image {' '.join(wanted)} needs node agent {' or '.join(sorted(fitting))}, not {agent!r}: nodes would "
        "never start. Write it as virtualMachineConfiguration.nodeAgentSKUId.",
    )


def size_is_offered(facts: PoolFacts) -> Finding:
    """A VM size that Batch does not offer in the region is told with the three nearest ones."""
    name = text(facts.body, "vmSize")
    if name is None or not facts.sizes:
        return Known.UNKNOWN
    if facts.vm_size is not None:
        return Known.PASSED
    return Stalled(
        reason="VmSizeUnknown",
        message=f"Batch offers no VM size {name!r} in {facts.region}. Nearest: "
        f"{', '.join(nearest_sizes(facts.sizes, name))}. Write one of them as vmSize.",
    )


def size_fits_image(facts: PoolFacts) -> Finding:
    """A machine boots images of its own Hyper-V generations and processor architecture."""
    if facts.image is None:
        return Known.PASSED
    size, generation = facts.vm_size, property_of(facts.definition, "hyperVGeneration")
    if size is None or facts.definition is None:
        return Known.UNKNOWN
    if generation and size.generations and generation.upper() not in size.generations:
        return _unfit(
            f"{size.name} boots images of generation {' and '.join(sorted(size.generations))}, and this one is "
            f"{generation}: choose another vmSize, or publish the image with hyperVGeneration "
            f"{max(size.generations)}."
        )
    built_for = property_of(facts.definition, "architecture")
    if built_for and size.architecture and not same(built_for, size.architecture):
        return _unfit(f"{size.name} is a machine for {size.architecture}, and the image is for {built_for}.")
    return Known.PASSED


def size_fits_security(facts: PoolFacts) -> Finding:
    """Trusted launch and confidential machines need a size, and an image, that are made for them."""
    wanted = (text(part(facts.machine, "securityProfile"), "securityType") or "").casefold()
    if wanted not in _SECURITY:
        return Known.PASSED
    if facts.vm_size is None:
        return Known.UNKNOWN
    able = _SECURITY[wanted](facts)
    if able is not False:
        return Known.UNKNOWN if able is None else Known.PASSED
    return _unfit(
        f"{facts.vm_size.name} cannot be a machine of securityType {wanted}: choose another vmSize, or remove "
        "virtualMachineConfiguration.securityProfile."
    )


def image_fits_security(facts: PoolFacts) -> Finding:
    """An image says in a feature for which security types it was made (Azure Compute Gallery's SecurityType)."""
    wanted = (text(part(facts.machine, "securityProfile"), "securityType") or "").casefold()
    if facts.image is None or (wanted and wanted not in _SECURITY):
        return Known.PASSED
    made_for = security_feature(facts.definition) if facts.definition else None
    if made_for is None:
        return Known.UNKNOWN if wanted else Known.PASSED
    if wanted in _MADE_FOR.get(made_for.casefold(), {wanted}):
        return Known.PASSED
    return Stalled(
        reason="ImageSecurityMismatch",
        message=f"The image is made for SecurityType {made_for}, and the pool's machines are of "
        f"{wanted or 'none'}: correct virtualMachineConfiguration.securityProfile.securityType, or publish the "
        "image with another SecurityType.",
    )


def size_can_what_is_asked(facts: PoolFacts) -> Finding:
    """What the body asks of machines that not every size can do; all of it is told at once."""
    if facts.vm_size is None:
        return Known.UNKNOWN
    size = facts.vm_size
    lacking = [what for what, (capability, asked) in _ASKED.items() if asked(facts) and size.can(capability) is False]
    return _unfit(f"{size.name} has no {' and no '.join(lacking)}: choose another vmSize.") if lacking else Known.PASSED


def nodes_may_talk(facts: PoolFacts) -> Finding:
    """Inter-node communication keeps a pool in one place, and so small."""
    if facts.body.get("enableInterNodeCommunication") is not True:
        return Known.PASSED
    users = facts.account is not None and facts.account.user_subscription
    most = MOST_TALKING_NODES_OF_USERS if users else MOST_TALKING_NODES
    if facts.size.total <= most:
        return Known.PASSED
    return Stalled(
        reason="InterNodeLimit",
        message=f"The pool asks for {facts.size.total:,} nodes; with inter-node communication Batch gives at most "
        f"{most}. Lower the targets, or remove enableInterNodeCommunication.",
    )


def _unfit(message: str) -> Stalled:
    return Stalled(reason="VmSizeUnfit", message=message)


def _trusted(facts: PoolFacts) -> bool | None:
    """Second-generation machines are, but those that say otherwise (capability of Compute's resource SKUs)."""
    size = facts.vm_size
    if size is None or not size.generations:
        return None
    return "V2" in size.generations and not size.can("TrustedLaunchDisabled")


def _confidential(facts: PoolFacts) -> bool | None:
    """Only sizes that are have the capability, so its absence tells only where other sizes have it."""
    size = facts.vm_size
    told = any("ConfidentialComputingType" in each.capabilities for each in facts.sizes or ())
    return "ConfidentialComputingType" in size.capabilities if size is not None and told else None


_SECURITY: Mapping[str, Callable[[PoolFacts], bool | None]] = {
    "trustedlaunch": _trusted,
    "confidentialvm": _confidential,
}


_STANDARD, _TRUSTED, _CONFIDENTIAL = "", "trustedlaunch", "confidentialvm"
_MADE_FOR: Mapping[str, frozenset[str]] = {
    "standard": frozenset({_STANDARD}),
    "trustedlaunch": frozenset({_TRUSTED}),
    "trustedlaunchsupported": frozenset({_STANDARD, _TRUSTED}),
    "confidentialvm": frozenset({_CONFIDENTIAL}),
    "confidentialvmsupported": frozenset({_STANDARD, _CONFIDENTIAL}),
    "trustedlaunchandconfidentialvmsupported": frozenset({_STANDARD, _TRUSTED, _CONFIDENTIAL}),
}
"""Security types of machines that an image with such a feature boots on; of a feature that is new nothing is known
(Microsoft: "Trusted Launch for Azure virtual machines", images)."""


def _asks_for_spot(facts: PoolFacts) -> bool:
    return facts.size.spot > 0


def _asks_for_fast_network(facts: PoolFacts) -> bool:
    return part(facts.body, "networkConfiguration").get("enableAcceleratedNetworking") is True


def _asks_for_encryption_at_host(facts: PoolFacts) -> bool:
    return part(facts.machine, "securityProfile").get("encryptionAtHost") is True


def _asks_for_ephemeral_disk(facts: PoolFacts) -> bool:
    return bool(part(part(facts.machine, "osDisk"), "ephemeralOSDiskSettings"))


_ASKED: Mapping[str, tuple[str, Callable[[PoolFacts], bool]]] = {
    "Spot nodes": ("LowPriorityCapable", _asks_for_spot),
    "accelerated networking": ("AcceleratedNetworkingEnabled", _asks_for_fast_network),
    "encryption at host": ("EncryptionAtHostSupported", _asks_for_encryption_at_host),
    "ephemeral OS disks": ("EphemeralOSDiskSupported", _asks_for_ephemeral_disk),
}
"""By words for people: the capability as Azure names it, and whether the pool asks for it."""


def _agents(facts: PoolFacts, agent: str) -> list[SupportedImage]:
    return [each for each in facts.supported or () if same(each.node_agent_sku_id, agent)]


def _marketplace(facts: PoolFacts) -> tuple[str, ...]:
    reference = part(facts.machine, "imageReference")
    return tuple((text(reference, name) or "").casefold() for name in ("publisher", "offer", "sku"))


def _names(image: SupportedImage) -> tuple[str, ...]:
    return (image.publisher.casefold(), image.offer.casefold(), image.sku.casefold())
