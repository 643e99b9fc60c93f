"""Whether a caller may make pools from an image: the rules of Microsoft's page on custom image pools.

"Use the Azure Compute Gallery to create a custom image pool": Microsoft Entra ID, an image of the same tenant,
generalized, and a role on it that contains `Microsoft.Compute/disks/beginGetAccess/action`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from azure_simulator.answers import BatchError
from azure_simulator.arm_ids import ResourceId
from azure_simulator.batch.bodies.machines import ImageReference, VirtualMachineConfiguration
from azure_simulator.batch.catalogue import Catalogue
from azure_simulator.batch.errors import invalid_property
from azure_simulator.batch.images import GALLERY_ID_FORM, is_gallery_image_id
from azure_simulator.batch.scenario import BatchSwitches
from azure_simulator.batch_accounts.models import BatchAccount
from azure_simulator.compute.models import Compute
from azure_simulator.compute.versions import ImageVersion
from azure_simulator.resources.models import Resources

READ_VERSION = "Microsoft.Compute/galleries/images/versions/read"
GET_ACCESS = "Microsoft.Compute/disks/beginGetAccess/action"

Allows = Callable[[str, str], bool]
"""Whether the caller may do an action at a scope (an ARM id)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageAccess:
    """Checks the image of a pool that is created or changed."""

    compute: Compute
    resources: Resources
    catalogue: Catalogue
    switches: BatchSwitches

    def check(self, machine: VirtualMachineConfiguration, account: BatchAccount, allows: Allows) -> None:
        """Refuse an image that nodes of the account's pools cannot be made from by this caller.

        Images of shared and community galleries belong to others: nothing of them is known here, and all are taken.
        """
        reference = machine.image_reference
        if reference.named_elsewhere is not None:
            return
        if reference.virtual_machine_image_id is None:
            self._check_marketplace(machine)
        else:
            self._check_gallery(reference, reference.virtual_machine_image_id, account, allows)

    def _check_marketplace(self, machine: VirtualMachineConfiguration) -> None:
        reference = machine.image_reference
        words = f"publisher {reference.publisher} offer {reference.offer} sku {reference.sku}"
        image = self.catalogue.image(reference)
        if image is None:
            raise invalid_property("imageReference", f"The specified imageReference with {words} is not supported.")
        if image.node_agent_sku_id.lower() != machine.node_agent_sku_id.lower():
            raise invalid_property(
                "nodeAgentSKUId",
                f"The specified imageReference with {words} needs the node agent SKU {image.node_agent_sku_id}.",
                machine.node_agent_sku_id,
            )

    def _check_gallery(self, reference: ImageReference, image_id: str, account: BatchAccount, allows: Allows) -> None:
        if reference.publisher or reference.offer or reference.sku or reference.version:
            raise invalid_property(
                "imageReference", "virtualMachineImageId is mutually exclusive with the other properties."
            )
        if not is_gallery_image_id(image_id):
            reason = f"The specified resource id must be of the format {GALLERY_ID_FORM}/versions/"
            form = f"{reason}{{galleryImageVersionName}} or {GALLERY_ID_FORM}"
            raise invalid_property("virtualMachineImageId", form, image_id)
        self._check_rights(image_id, allows)
        self._check_tenant(image_id, account)
        self._check_version(self.compute.find_bootable(image_id), image_id, account)

    def _check_rights(self, image_id: str, allows: Allows) -> None:
        for action in (READ_VERSION, GET_ACCESS):
            if not allows(action, image_id):
                raise _insufficient_permissions(action, image_id)

    def _check_tenant(self, image_id: str, account: BatchAccount) -> None:
        parsed = ResourceId.parse(image_id)
        owner = next(
            (
                subscription
                for subscription in self.resources.subscriptions
                if parsed is not None and subscription.id.lower() == parsed.subscription.lower()
            ),
            None,
        )
        if owner is None or owner.tenant_id != account.tenant_id:
            raise _invalid_image(image_id, "The image must be in the tenant of the Batch account.")
        if owner.registration("Microsoft.Batch") != "Registered":
            raise _invalid_image(
                image_id, f"Microsoft.Batch is not registered as a provider of the subscription {owner.id}."
            )

    def _check_version(self, version: ImageVersion | None, image_id: str, account: BatchAccount) -> None:
        if version is None:
            raise _invalid_image(image_id, "The specified image resource does not exist.")
        if version.definition.os_state != "Generalized":
            raise _invalid_image(
                image_id, "Only generalized images can be used to create pools; this one is specialized."
            )
        at_creation = self.switches.missing_region_replica == "create"
        if at_creation and version.ready_replicas(account.location) == 0:
            raise _invalid_image(
                image_id, f"The image has no replica in {account.location}, the region of the Batch account."
            )


def _invalid_image(image_id: str, reason: str) -> BatchError:
    return invalid_property("virtualMachineImageId", reason, image_id)


def _insufficient_permissions(action: str, image_id: str) -> BatchError:
    # The misspelled word is the service's own, as the tests of Azure's .NET SDK expect it.
    reason = (
        f"The user identity used for this operation does not have the required privelege {action} on the "
        f"specified resource {image_id}"
    )
    return BatchError(
        403,
        "InsufficientPermissions",
        "The user identity used for this operation does not have the required permissions.",
        values={"Reason": reason},
    )
