"""VM sizes as Batch offers them, against the simulator."""

import pytest

from azure_batch_operator.cloud.session import AzureSession
from azure_batch_operator.cloud.vm_sizes import VmSizes, vm_size_from
from azure_batch_operator.core.failures import AzureFailure, FailureKind
from azure_batch_operator.core.vm_sizes import nearest_sizes, size_named
from tests.support.azure_session import journal_from_now, refuse_once
from tests.support.simulator import SimulatedAzure


async def test_the_sizes_of_a_region_tell_what_they_can_do(session: AzureSession, simulator: SimulatedAzure) -> None:
    journal = journal_from_now(simulator)
    sizes = await VmSizes(session).list(simulator.subscription, "westeurope")
    found = size_named(sizes, "STANDARD_DC2S_V3")
    assert found is not None
    assert (found.name, found.family, found.cores) == ("Standard_DC2s_v3", "standardDCSv3Family", 2)
    assert found.generations == {"V2"}
    assert found.can("LowPriorityCapable") is True
    assert found.can("TimeTravel") is None
    assert {entry.operation for entry in journal.requests()} == {"Location_ListSupportedVirtualMachineSkus"}


async def test_sizes_that_may_not_be_read_are_a_failure_with_the_action(
    session: AzureSession, simulator: SimulatedAzure
) -> None:
    refuse_once(simulator, 403, "AuthorizationFailed", operation="Location_ListSupportedVirtualMachineSkus")
    with pytest.raises(AzureFailure) as refused:
        await VmSizes(session).list(simulator.subscription, "westeurope")
    assert refused.value.kind is FailureKind.FORBIDDEN


def test_a_size_of_which_azure_tells_nothing_is_only_a_name() -> None:
    bare = vm_size_from({"name": "Standard_X"})
    assert (bare.name, bare.family, bare.cores, bare.generations, bare.architecture) == (
        "Standard_X",
        None,
        None,
        frozenset(),
        None,
    )


def test_the_three_names_most_like_another_are_told_in_azures_letter_case() -> None:
    sizes = [vm_size_from({"name": name}) for name in ("Standard_D2_v3", "Standard_D4_v3", "Standard_F2s_v2", "Basic")]
    assert nearest_sizes(sizes, "standard_d2_v33") == ("Standard_D2_v3", "Standard_D4_v3", "Standard_F2s_v2")
