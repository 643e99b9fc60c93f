"""What is told before Azure is asked, and what never blocks."""

from dataclasses import replace

from azure_batch_operator.core.conditions import Progressing, Retrying, Stalled
from azure_batch_operator.core.preflight import advice, findings, violations, warnings
from azure_batch_operator.core.preflight_facts import Known, PackageRef, PackageState
from tests.support.batch_pools import SUBSCRIPTION
from tests.support.preflight import definition, facts, reason, version, version_name


def test_a_pool_that_breaks_no_rule_passes() -> None:
    assert violations(facts()) is None
    assert set(findings(facts()).values()) == {Known.PASSED}


def test_what_is_unknown_never_blocks() -> None:
    unknown = facts(version=None, definition=None, supported=None, account=None, sizes=None, pools=None)
    assert violations(unknown) is None
    assert Known.UNKNOWN in findings(unknown).values()
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


def test_what_must_be_corrected_goes_before_what_comes_by_itself() -> None:
    full = facts(pools=100)
    assert isinstance(violations(full), Retrying)
    package = PackageRef(application_id="/applications/blender", version=None)
    packages = {"applicationPackageReferences": [{"applicationId": "/applications/blender"}]}
    missing = replace(full, body={**full.body, **packages}, packages={package: PackageState.NO_APPLICATION})
    both = violations(missing)
    assert isinstance(both, Retrying)
    assert both.reason == "PoolQuotaReached"
    assert "no application /applications/blender" in both.message
    assert isinstance(violations(replace(missing, pools=1)), Progressing)
    assert isinstance(violations(replace(missing, definition=definition(osState="Specialized"))), Stalled)


def test_an_image_of_another_subscription_is_a_warning_with_its_condition() -> None:
    (told,) = warnings(version_name(), account_subscription="11111111-0000-0000-0000-000000000000")
    assert told.reason == "ImageInOtherSubscription"
    assert "Microsoft.Batch must be registered" in told.message
    assert warnings(version_name(), account_subscription=SUBSCRIPTION.upper()) == ()
    assert warnings(version_name(), account_subscription=None) == ()
    assert warnings(None, account_subscription=SUBSCRIPTION) == ()


def test_what_could_not_be_read_is_listed_with_the_checks_that_needed_it() -> None:
    seen = facts(
        definition=None, unread=("the image definition (AuthorizationFailed)", "the image version (ServerBusy)")
    )
    (told,) = advice(seen)
    assert told.reason == "PreflightUnknown"
    assert told.message == (
        "Not checked before the pool is made: the image's state, the node agent's operating system, the VM size for "
        "the image. Could not be read: the image definition (AuthorizationFailed); the image version (ServerBusy)."
    )
    assert advice(facts()) == ()


def test_what_is_only_not_known_yet_is_no_advice() -> None:
    assert advice(facts(definition=None, pools=None)) == ()
