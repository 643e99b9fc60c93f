"""What is told before Azure is asked, and what never blocks."""

from dataclasses import replace
from typing import Any

from azure_batch_operator.core.images import ObservedDefinition, ObservedRegion, ObservedVersion
from azure_batch_operator.core.names import VersionName, gallery_image_from_id
from azure_batch_operator.core.pools import SupportedImage
from azure_batch_operator.core.preflight import PoolFacts, unchecked, violations, warnings
from tests.support.batch_pools import IMAGE_ID, SUBSCRIPTION

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
    """A pool that breaks no rule, with changes."""
    plain = PoolFacts(
        body={"virtualMachineConfiguration": {"nodeAgentSKUId": agent}},
        region="westeurope",
        image=version_name(),
        managed=False,
        version=version("westeurope"),
        definition=definition(),
        supported=SUPPORTED,
    )
    return replace(plain, **changes)


def reason(seen: PoolFacts) -> str | None:
    """Why the pool is not made."""
    violated = violations(seen)
    return violated.reason if violated else None


def test_a_pool_that_breaks_no_rule_passes() -> None:
    assert violations(facts()) is None


def test_what_is_unknown_never_blocks() -> None:
    assert violations(facts(version=None, definition=None, supported=None)) is None
    assert violations(facts("batch.node.amiga", supported=())) is None


def test_an_image_without_a_replica_in_the_accounts_region_is_told_with_the_regions_it_has() -> None:
    violated = violations(facts(version=version("northeurope", "eastus")))
    assert violated is not None
    assert violated.reason == "ImageNotInRegion"
    assert "only in northeurope, eastus" in violated.message


def test_the_region_of_a_managed_image_may_still_come() -> None:
    assert reason(facts(version=version("northeurope"), managed=True)) is None


def test_a_specialized_image_is_refused() -> None:
    assert reason(facts(definition=definition(osState="Specialized"))) == "ImageNotGeneralized"


def test_an_unknown_node_agent_is_told_with_the_three_nearest() -> None:
    violated = violations(facts("batch.node.ubuntu 22.4"))
    assert violated is not None
    assert violated.reason == "NodeAgentMismatch"
    assert "Nearest: batch.node.ubuntu 22.04, batch.node.ubuntu 20.04, batch.node.ubuntu 24.04." in violated.message


def test_a_node_agent_is_known_in_any_letter_case() -> None:
    assert reason(facts("Batch.Node.Ubuntu 22.04")) is None


def test_a_node_agent_of_another_operating_system_is_told() -> None:
    violated = violations(facts("batch.node.windows amd64"))
    assert violated is not None
    assert violated.reason == "NodeAgentMismatch"
    assert "for windows, the image for Linux" in violated.message


def test_a_marketplace_image_names_the_node_agent_it_needs() -> None:
    reference = {"publisher": "Publisher", "offer": "batch.node.el 9", "sku": "sku"}
    body = {"virtualMachineConfiguration": {"nodeAgentSKUId": "batch.node.ubuntu 22.04", "imageReference": reference}}
    violated = violations(facts(body=body, image=None, version=None, definition=None))
    assert violated is not None
    assert "needs node agent batch.node.el 9" in violated.message


def test_an_unknown_region_matters_only_where_replicas_do() -> None:
    assert reason(facts(region=None)) == "AccountRegionUnknown"
    assert reason(facts(region=None, image=None, version=None, definition=None)) is None


def test_every_violated_rule_is_told_at_once() -> None:
    violated = violations(facts("batch.node.amiga", version=version("eastus")))
    assert violated is not None
    assert violated.reason == "ImageNotInRegion"
    assert "batch.node.amiga" in violated.message


def test_an_image_of_another_subscription_is_a_warning_with_its_condition() -> None:
    (told,) = warnings(version_name(), account_subscription="11111111-0000-0000-0000-000000000000")
    assert told.reason == "ImageInOtherSubscription"
    assert "Microsoft.Batch must be registered" in told.message
    assert warnings(version_name(), account_subscription=SUBSCRIPTION.upper()) == ()
    assert warnings(version_name(), account_subscription=None) == ()
    assert warnings(None, account_subscription=SUBSCRIPTION) == ()


def test_what_could_not_be_read_is_listed() -> None:
    (told,) = unchecked(facts(unread=("the image definition (AuthorizationFailed)", "the image version (ServerBusy)")))
    assert told.reason == "PreflightUnknown"
    assert "the image definition (AuthorizationFailed); the image version (ServerBusy)." in told.message
    assert unchecked(facts()) == ()
