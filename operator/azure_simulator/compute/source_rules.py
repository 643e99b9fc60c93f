"""Whether a source fits the definition of the version that is to be made from it.

The messages are those of "Troubleshoot problems with shared images" (learn.microsoft.com), for what that page does not
have those that people report of the service, in the same manner.
"""

import json
from dataclasses import dataclass

from azure_simulator.answers import ArmError
from azure_simulator.arm_ids import ResourceId
from azure_simulator.compute.bodies import PurchasePlan
from azure_simulator.compute.galleries import ImageDefinition
from azure_simulator.compute.source_names import PROFILE
from azure_simulator.compute.versions import Contents
from azure_simulator.compute.volumes import Plan, SecurityType

_LARGEST_IMAGE_GB = 2048
_LARGEST_DATA_DISK_GB = 1024
_WITH_GUEST_STATE = ("TrustedLaunch", "ConfidentialVM")
_CONFLICT = 409
NO_SYSTEM = "None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What Azure sees of a source; what it cannot see of this kind of source is None.

    `os_type` is `None` in words for a disk without an operating system. `customer_keys` are the encryption sets of
    its disks. `plan_known` tells whether the lack of a plan means that there is none.
    """

    id: str
    contents: Contents
    os_type: str | None = None
    os_state: str | None = None
    hyper_v_generation: str | None = None
    architecture: str | None = None
    security_type: SecurityType | None = None
    plan: Plan | PurchasePlan | None = None
    plan_known: bool = False
    customer_keys: tuple[str, ...] = ()
    encryptable: bool = True


def check_fits(origin: Origin, definition: ImageDefinition) -> None:
    """Raise ArmError for the first thing in which the source is not what the definition says."""
    if origin.os_state not in {None, definition.os_state}:
        raise refusal(
            f"Cannot create Gallery Image Version from: {origin.id} since the OS State in the parent gallery "
            f"image ({definition.os_state}) is not {origin.os_state}."
        )
    _check_same("OS type", origin, origin.os_type, definition.os_type, parent="OS type generation")
    _check_same("Hypervisor generation", origin, origin.hyper_v_generation, definition.hyper_v_generation)
    _check_same("architecture", origin, origin.architecture, definition.architecture)
    _check_security(origin, definition.security_type)
    if origin.plan_known and _words(origin.plan) != _words(definition.text.purchase_plan):
        raise refusal(
            f"The resource with id '{origin.id}' has a different plan ['{_words(origin.plan)}'] than the parent "
            f"gallery image plan ['{_words(definition.text.purchase_plan)}']."
        )


def check_keys(origin: Origin, *, subscription: str, encrypted: bool) -> None:
    """Raise ArmError when customer's keys stand in the way: the source's, or those of the version to be."""
    if encrypted and not origin.encryptable:
        raise refusal(
            f"Encryption is not supported for source resource '{origin.id}'. Please use a different source resource "
            "type which supports encryption or remove encryption properties."
        )
    parsed = ResourceId.parse(origin.id)
    if origin.customer_keys and parsed is not None and parsed.subscription.casefold() != subscription.casefold():
        raise refusal(
            f"Encrypted source: '{origin.id}' is in a different subscription ID than the current gallery image version "
            f"subscription '{subscription}'. Please retry with an unencrypted source(s) or use the source's "
            f"subscription '{parsed.subscription}' to create the gallery image version."
        )


def too_large(contents: Contents) -> ArmError | None:
    """Why full replication of these disks fails, or None."""
    sizes = [(contents.os_disk.size_gb, _LARGEST_IMAGE_GB)]
    sizes += [(disk.size_gb, _LARGEST_DATA_DISK_GB) for disk in contents.data_disks]
    for size, largest in sizes:
        if size > largest:
            return ArmError(
                400,
                "ReplicationFailed",
                f"Replication failed in this region due to 'The GalleryImageVersion source resource size {size} "
                f"exceeds the max size {largest} supported.'",
            )
    return None


def refusal(message: str) -> ArmError:
    """The service's refusal of a source that exists."""
    return ArmError(_CONFLICT, "Conflict", message, target=f"{PROFILE}.source.id")


def not_found(source: str) -> ArmError:
    """The refusal of a source that is not there, or not in the version's region."""
    return ArmError(
        404,
        "NotFound",
        f"Source {source} is not found. Please check source exists, and is in the same region as gallery image "
        "version being created.",
        target=f"{PROFILE}.source.id",
    )


def _check_same(what: str, origin: Origin, found: str | None, wanted: str, *, parent: str = "") -> None:
    if found not in {None, wanted}:
        raise refusal(
            f"The resource with id '{origin.id}' has a different {what} ['{found}'] than the parent gallery image "
            f"{parent or what} ['{wanted}']"
        )


def _check_security(origin: Origin, wanted: str) -> None:
    """What Trusted Launch and confidential machines keep beside their disks fits images of their own kind only."""
    found = origin.security_type
    if found is None or found == wanted:
        return
    if found in _WITH_GUEST_STATE:
        raise refusal(
            f"The source '{origin.id}' contains TrustedLaunch or ConfidentialVM security data that cannot be used in "
            f"image with '{wanted}' security type. Please use either TrustedLaunch or ConfidentialVM security type."
        )
    if wanted in _WITH_GUEST_STATE:
        raise refusal(
            f"The source '{origin.id}' does not contain the TrustedLaunch or ConfidentialVM security data that an "
            f"image with '{wanted}' security type needs."
        )


def _words(plan: Plan | PurchasePlan | None) -> str:
    """A plan as the service's messages write it."""
    if plan is None:
        return "null"
    promotion = plan.promotion_code if isinstance(plan, Plan) else None
    words = {"name": plan.name, "publisher": plan.publisher, "product": plan.product}
    return json.dumps(words | ({"promotionCode": promotion} if promotion else {}))
