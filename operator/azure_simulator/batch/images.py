"""The images that nodes boot: found in galleries or on the Marketplace, and judged."""

from dataclasses import dataclass

from typing_extensions import override

from azure_simulator.arm_ids import ResourceId
from azure_simulator.batch.bodies.machines import ImageReference, VirtualMachineConfiguration
from azure_simulator.batch.catalogue import Catalogue
from azure_simulator.batch.fabric import Boot, Fate, Images
from azure_simulator.batch.scenario import BatchPace, BatchSwitches
from azure_simulator.batch.states import ResizeError
from azure_simulator.batch_accounts.models import BatchAccount
from azure_simulator.compute.galleries import ImageDefinition
from azure_simulator.compute.models import Compute
from azure_simulator.compute.versions import ImageVersion
from azure_simulator.scenario import VmSize

GALLERY_ID_FORM = (
    "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Compute/galleries/"
    "{galleryName}/images/{galleryImageName}"
)
_EXACT_VERSION = "1.0.0"
"""What `latest` means of every Marketplace image here."""
_GALLERY_TYPES = ("Microsoft.Compute/galleries/images", "Microsoft.Compute/galleries/images/versions")


@dataclass(frozen=True, slots=True, kw_only=True)
class BootImages(Images):
    """Finds what nodes boot, each time anew: an id without a version means the latest one then."""

    compute: Compute
    catalogue: Catalogue
    pace: BatchPace
    switches: BatchSwitches

    @override
    def boot(self, machine: VirtualMachineConfiguration, account: BatchAccount, size: VmSize) -> Boot | ResizeError:
        image_id = machine.image_reference.virtual_machine_image_id
        if image_id is None:
            return self._from_others(machine.image_reference)
        version = self._version(image_id, account.location)
        if version is None:
            return _missing(image_id)
        if version.definition.hyper_v_generation not in size.generations:
            return _wrong_generation(size, version.definition.hyper_v_generation)
        return Boot(
            image=version.id.text,
            ready_replicas=lambda: self._ready_replicas(version.id.text, account.location),
            fate=self._fate(machine, version),
        )

    def _version(self, image_id: str, region: str) -> ImageVersion | None:
        return self.compute.find_version(image_id, region) or self.compute.find_bootable(image_id)

    def _from_others(self, reference: ImageReference) -> Boot:
        """What others publish, on the Marketplace or in galleries, has replicas wherever it is."""
        exact = _EXACT_VERSION if reference.version in (None, "latest") else reference.version
        words = (reference.publisher, reference.offer, reference.sku, exact)
        replicas = self.pace.creation.marketplace_replicas
        image = reference.named_elsewhere or ":".join(word or "" for word in words)
        return Boot(image=image, ready_replicas=lambda: replicas)

    def _ready_replicas(self, version_id: str, region: str) -> int:
        version = self.compute.find_bootable(version_id)
        return 0 if version is None else version.ready_replicas(region)

    def _fate(self, machine: VirtualMachineConfiguration, version: ImageVersion) -> Fate:
        if not version.generalized:
            return Fate.UNUSABLE
        if self._agent_fits(machine.node_agent_sku_id, version.definition):
            return Fate.HEALTHY
        mismatch = self.switches.mismatched_node_agent
        return Fate.UNUSABLE if mismatch == "unusable" else Fate.NEVER_READY

    def _agent_fits(self, sku: str, definition: ImageDefinition) -> bool:
        if self.catalogue.agent_os(sku) != definition.os_type:
            return False
        named = definition.identifier
        known = self.catalogue.image_named(named.publisher, named.offer, named.sku)
        return known is None or known.node_agent_sku_id.lower() == sku.lower()


def is_gallery_image_id(text: str) -> bool:
    """Whether `text` is the id of an image definition or version of a gallery."""
    parsed = ResourceId.parse(text)
    return parsed is not None and any(parsed.is_a(kind) for kind in _GALLERY_TYPES)


def _missing(image_id: str) -> ResizeError:
    return ResizeError(
        code="DependentResourceNotFound",
        message="A dependent resource specified for the Pool was not found",
        values={"ResourceId": image_id},
    )


def _wrong_generation(size: VmSize, generation: str) -> ResizeError:
    return ResizeError(
        code="AllocationFailed",
        message=(
            f"BadRequest: The selected VM size '{size.name}' cannot boot Hypervisor Generation "
            f"'{generation.removeprefix('V')}'. If this was a Create operation please check that the Hypervisor "
            "Generation of the Image matches the Hypervisor Generation of the selected VM Size."
        ),
        values={"ProviderErrorCode": "BadRequest"},
    )
