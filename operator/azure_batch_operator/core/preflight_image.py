"""Preflight checks of the image: where it is, and whether Batch can start nodes from it."""

from azure_batch_operator.core.conditions import Stalled
from azure_batch_operator.core.names import VersionName, same
from azure_batch_operator.core.preflight_facts import Finding, Known, PoolFacts, foreign_subscription, property_of


def region_is_known(facts: PoolFacts) -> Finding:
    """Replicas count by region."""
    if facts.region is not None or facts.image is None:
        return Known.PASSED
    return Stalled(
        reason="AccountRegionUnknown",
        message="The region of the Batch account is unknown, so the image's replicas there are, too: write "
        "account.location, name the account by resourceGroup and name, or let the operator read the account.",
    )


def image_is_in_region(facts: PoolFacts) -> Finding:
    """Nodes start from replicas of their own region; a GalleryImage follows its pools."""
    if facts.managed or facts.region is None or not isinstance(facts.image, VersionName):
        return Known.PASSED
    if facts.version is None:
        return Known.UNKNOWN
    if facts.version.region(facts.region):
        return Known.PASSED
    regions = ", ".join(each.key for each in facts.version.regions)
    return Stalled(
        reason="ImageNotInRegion",
        message=f"Image version {facts.version.name.id} has no replica in {facts.region}, only in {regions}: add "
        f"{facts.region} to its target regions, or describe the image as a GalleryImage that follows its pools.",
    )


def image_is_generalized(facts: PoolFacts) -> Finding:
    """Batch starts no nodes from specialized images (Microsoft: "Use the Azure Compute Gallery to create a pool")."""
    state = property_of(facts.definition, "osState")
    if facts.image is None:
        return Known.PASSED
    if facts.definition is None or state is None:
        return Known.UNKNOWN
    if same(state, "Generalized"):
        return Known.PASSED
    return Stalled(
        reason="ImageNotGeneralized",
        message=f"Image definition {facts.definition.name.id} is {state}: Batch starts nodes from generalized images "
        "only. Generalize the machine and publish it under a definition with osState Generalized.",
    )


def batch_may_use_the_subscription(facts: PoolFacts) -> Finding:
    """An image of another subscription needs Microsoft.Batch registered there (the same page)."""
    other = foreign_subscription(facts.image, facts.subscription)
    if other is None or facts.registered:
        return Known.PASSED
    if facts.registered is None:
        return Known.UNKNOWN
    return Stalled(
        reason="BatchNotRegistered",
        message=f"The image is in subscription {other}, where the resource provider Microsoft.Batch is not registered: "
        f"run `az provider register --namespace Microsoft.Batch --subscription {other}`.",
    )
