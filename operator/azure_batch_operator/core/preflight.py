"""What can be known before Azure is asked for a pool. A check is violated, passed or unknown; only the first blocks."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeAlias

from azure_batch_operator.core.conditions import Advice, Stalled
from azure_batch_operator.core.images import ObservedDefinition, ObservedVersion
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.names import DefinitionName, VersionName, same
from azure_batch_operator.core.pools import SupportedImage


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolFacts:
    """What is known when a pool is about to be made; None means unknown, which never blocks."""

    body: JsonObject
    """The create body as far as the spec gives it."""
    region: str | None
    """Normalised region of the account."""
    image: VersionName | DefinitionName | None
    """The gallery image, by reference or literal; None for a Marketplace or other image."""
    managed: bool
    """Whether a GalleryImage manages that image, so that its region may still come."""
    version: ObservedVersion | None = None
    definition: ObservedDefinition | None = None
    supported: tuple[SupportedImage, ...] | None = None
    """What the account lists; never complete for gallery images, only for node agents."""
    unread: tuple[str, ...] = ()
    """What could not be read, and Azure's code for why: the checks that need it are unknown."""


_Check: TypeAlias = Callable[[PoolFacts], Stalled | None]


def violations(facts: PoolFacts) -> Stalled | None:
    """Every violated check as one verdict: the reason of the first, all messages; None when nothing is violated."""
    found = list(_violated(facts))
    if not found:
        return None
    return Stalled(reason=found[0].reason, message=" ".join(each.message for each in found))


def unchecked(facts: PoolFacts) -> tuple[Advice, ...]:
    """The list of what could not be checked."""
    if not facts.unread:
        return ()
    message = f"Could not be read, and so not be checked before the pool is made: {'; '.join(facts.unread)}."
    return (Advice(reason="PreflightUnknown", message=message),)


def warnings(image: VersionName | DefinitionName | None, *, account_subscription: str | None) -> tuple[Advice, ...]:
    """What works only under a condition that cannot be seen from here."""
    other = _definition(image).gallery.subscription_id if image else None
    if other is None or account_subscription is None or same(other, account_subscription):
        return ()
    return (
        Advice(
            reason="ImageInOtherSubscription",
            message=f"The image is in subscription {other}, the Batch account in {account_subscription}: both must be "
            f"of one tenant, and resource provider Microsoft.Batch must be registered in {other}.",
        ),
    )


def _violated(facts: PoolFacts) -> Iterator[Stalled]:
    for check in _CHECKS:
        if violated := check(facts):
            yield violated


def _region_is_known(facts: PoolFacts) -> Stalled | None:
    if facts.region is not None or facts.image is None:
        return None
    return Stalled(
        reason="AccountRegionUnknown",
        message="The region of the Batch account is unknown, so the image's replicas there are, too: write "
        "account.location, name the account by resourceGroup and name, or let the operator read the account.",
    )


def _image_is_in_region(facts: PoolFacts) -> Stalled | None:
    if facts.managed or facts.version is None or facts.region is None or facts.version.region(facts.region):
        return None
    regions = ", ".join(each.key for each in facts.version.regions)
    return Stalled(
        reason="ImageNotInRegion",
        message=f"Image version {facts.version.name.id} has no replica in {facts.region}, only in {regions}: add "
        f"{facts.region} to its target regions, or describe the image as a GalleryImage that follows its pools.",
    )


def _image_is_generalized(facts: PoolFacts) -> Stalled | None:
    state = _property(facts.definition, "osState")
    if facts.definition is None or state is None or same(state, "Generalized"):
        return None
    return Stalled(
        reason="ImageNotGeneralized",
        message=f"Image definition {facts.definition.name.id} is {state}: Batch starts nodes from generalized images "
        "only. Generalize the machine and publish it under a definition with osState Generalized.",
    )


def _node_agent_exists(facts: PoolFacts) -> Stalled | None:
    agent = _node_agent(facts)
    if agent is None or not facts.supported or _agents(facts, agent):
        return None
    known = sorted({each.node_agent_sku_id for each in facts.supported})
    near = get_close_matches(agent.casefold(), known, n=3, cutoff=0.0)
    return Stalled(
        reason="NodeAgentMismatch",
        message=f"The Batch account has no node agent {agent!r}. Nearest: {', '.join(near)}. "
        "Write one of them as virtualMachineConfiguration.nodeAgentSKUId.",
    )


def _node_agent_fits_system(facts: PoolFacts) -> Stalled | None:
    agent, system = _node_agent(facts), _property(facts.definition, "osType")
    if agent is None or system is None:
        return None
    served = {each.os_type.casefold() for each in _agents(facts, agent)}
    if not served or system.casefold() in served:
        return None
    return Stalled(
        reason="NodeAgentMismatch",
        message=f"Node agent {agent!r} is for {' and '.join(sorted(served))}, the image for {system}: nodes would "
        "never start. Choose the node agent of the image's operating system.",
    )


def _node_agent_fits_marketplace_image(facts: PoolFacts) -> Stalled | None:
    agent, wanted = _node_agent(facts), _marketplace(facts)
    fitting = {each.node_agent_sku_id for each in facts.supported or () if _names(each) == wanted}
    if agent is None or not fitting or any(same(each, agent) for each in fitting):
        return None
    return Stalled(
        reason="NodeAgentMismatch",
        message=f"Image {' '.join(wanted)} needs node agent {' or '.join(sorted(fitting))}, not {agent!r}: nodes would "
        "never start. Write it as virtualMachineConfiguration.nodeAgentSKUId.",
    )


_CHECKS: tuple[_Check, ...] = (
    _region_is_known,
    _image_is_in_region,
    _image_is_generalized,
    _node_agent_exists,
    _node_agent_fits_system,
    _node_agent_fits_marketplace_image,
)


def _definition(image: VersionName | DefinitionName) -> DefinitionName:
    return image.definition if isinstance(image, VersionName) else image


def _agents(facts: PoolFacts, agent: str) -> list[SupportedImage]:
    return [each for each in facts.supported or () if same(each.node_agent_sku_id, agent)]


def _node_agent(facts: PoolFacts) -> str | None:
    return _text(_machine(facts), "nodeAgentSKUId")


def _marketplace(facts: PoolFacts) -> tuple[str, ...]:
    reference = _machine(facts).get("imageReference")
    found = reference if isinstance(reference, Mapping) else {}
    return tuple((_text(found, part) or "").casefold() for part in ("publisher", "offer", "sku"))


def _names(image: SupportedImage) -> tuple[str, ...]:
    return (image.publisher.casefold(), image.offer.casefold(), image.sku.casefold())


def _machine(facts: PoolFacts) -> JsonObject:
    machine = facts.body.get("virtualMachineConfiguration")
    return machine if isinstance(machine, Mapping) else {}


def _property(definition: ObservedDefinition | None, name: str) -> str | None:
    return _text(definition.properties, name) if definition else None


def _text(values: JsonObject, name: str) -> str | None:
    value = values.get(name)
    return value if isinstance(value, str) else None
