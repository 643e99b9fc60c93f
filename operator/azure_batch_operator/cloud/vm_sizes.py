"""VM sizes that Batch offers."""

from azure_batch_operator.cloud.operations import VM_SIZES_LIST
from azure_batch_operator.cloud.resource_manager import ResourceManager
from azure_batch_operator.cloud.session import AzureSession
from azure_batch_operator.cloud.wire import children, optional_text, text, text_or
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.vm_sizes import VmSize


class VmSizes:
    """Lists sizes by region; raises AzureFailure and nothing else."""

    def __init__(self, session: AzureSession) -> None:
        self._arm = ResourceManager(session)

    async def list(self, subscription_id: str, region: str) -> tuple[VmSize, ...]:
        """Every VM size that pools of the subscription's accounts in the region can have."""
        locations = self._arm.clients.batch_management(subscription_id).location
        return await self._arm.listed(
            VM_SIZES_LIST,
            f"/subscriptions/{subscription_id}",
            lambda request_id: locations.list_supported_virtual_machine_skus(region, request_id=request_id),
            vm_size_from,
        )


def vm_size_from(body: JsonObject) -> VmSize:
    """One size of Azure's list."""
    capabilities = {text_or(each, "name", ""): text_or(each, "value", "") for each in children(body, "capabilities")}
    return VmSize(name=text(body, "name"), family=optional_text(body, "familyName"), capabilities=capabilities)
