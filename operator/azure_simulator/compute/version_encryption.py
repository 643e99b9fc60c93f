"""The keys that a version's disks are encrypted with in each region: which may be named, and that they stay.

The messages are those of "Troubleshoot problems with shared images", the limits also those of "Create an encrypted
image version with customer-managed keys" (both learn.microsoft.com).
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from azure_simulator.answers import ArmError
from azure_simulator.arm_bodies import change_not_allowed
from azure_simulator.arm_ids import ResourceId, key_of
from azure_simulator.compute.bodies import Encryption, OsDiskSecurity
from azure_simulator.compute.encryption_sets import DiskEncryptionSet
from azure_simulator.compute.galleries import ImageDefinition
from azure_simulator.compute.versions import Contents, RegionalCopy

_PROFILE = "galleryArtifactVersion.properties.publishingProfile.targetRegions.encryption"
_SET = "Microsoft.Compute/diskEncryptionSets"
_CONFIDENTIAL_SET = "ConfidentialVmEncryptedWithCustomerKey"
_WITH_CUSTOMER_KEY = "EncryptedWithCmk"
_DATA_DISKS_ONLY = "DataDiskEncryptedWithCmk"
_OS_DISK = f"{_PROFILE}.osDiskImage.diskEncryptionSetId"


def check_encryption(definition: ImageDefinition, contents: Contents, copies: Iterable[RegionalCopy]) -> None:
    """Raise ArmError for a key that is not there, is elsewhere, or is missing where another region has one."""
    held = tuple(copies)
    for copy in held:
        if copy.encryption is not None:
            _check_region(definition, contents, copy, copy.encryption)
    _check_everywhere({copy.region: customer_keys(copy.encryption) for copy in held})


def check_encryption_unchanged(before: RegionalCopy, wanted: RegionalCopy) -> None:
    """Raise ArmError when a region that exists is to have other keys than it has."""
    old, new = customer_keys(before.encryption), customer_keys(wanted.encryption)
    for disk in new.keys() - old.keys() - {_OS_DISK}:
        raise _conflict(
            f"Cannot specify new data disk image encryption lun [{disk.removeprefix('LUN ')}] with a disk encryption "
            f"set in region [{wanted.region}] for update gallery image version request. To update this version, remove "
            "the new lun. If you need to change the data disk image encryption settings, you must create a new gallery "
            "image version with the correct settings."
        )
    if old != new or _confidential_type(before.encryption) != _confidential_type(wanted.encryption):
        raise change_not_allowed("galleryImageVersion.properties.publishingProfile.targetRegions.encryption")


def customer_keys(encryption: Encryption | None) -> Mapping[str, str]:
    """The disk encryption sets of a region by disk, in the form in which ids are compared."""
    if encryption is None:
        return {}
    os_disk = encryption.os_disk_image
    named = {_OS_DISK: None if os_disk is None else os_disk.disk_encryption_set_id}
    named |= {f"LUN {disk.lun}": disk.disk_encryption_set_id for disk in encryption.data_disk_images or ()}
    return {disk: key_of(set_id) for disk, set_id in named.items() if set_id}


def _check_region(definition: ImageDefinition, contents: Contents, copy: RegionalCopy, encryption: Encryption) -> None:
    _check_luns(contents, copy.region, [disk.lun for disk in encryption.data_disk_images or ()])
    os_disk = encryption.os_disk_image
    if os_disk is not None and os_disk.disk_encryption_set_id:
        _check_set(definition, copy.region, os_disk.disk_encryption_set_id, "osDiskImage", confidential=False)
    for disk in encryption.data_disk_images or ():
        if disk.disk_encryption_set_id:
            _check_set(definition, copy.region, disk.disk_encryption_set_id, "dataDiskImages", confidential=False)
    if os_disk is not None and os_disk.security_profile is not None:
        _check_confidential(definition, copy.region, os_disk.security_profile)


def _check_luns(contents: Contents, region: str, luns: list[int]) -> None:
    repeated = [lun for lun, count in Counter(luns).items() if count > 1]
    if repeated:
        raise _invalid(
            f"Duplicate luns '{','.join(map(str, repeated))}' were specified in target region '{region}' "
            "encryption.dataDiskImages."
        )
    present = [disk.lun for disk in contents.data_disks]
    for lun in luns:
        if lun not in present:
            raise _invalid(
                f"An invalid lun [{lun}] was specified in encryption.dataDiskImages. The lun must be one of the "
                f"following values ['{','.join(map(str, present))}']"
            )


def _check_set(definition: ImageDefinition, region: str, set_id: str, disk: str, *, confidential: bool) -> None:
    parsed = ResourceId.parse(set_id)
    if parsed is None or not parsed.is_a(_SET):
        raise _invalid(f"The value of parameter {_PROFILE}.{disk}.diskEncryptionSetId is invalid.")
    subscription = definition.id.subscription
    if parsed.subscription.casefold() != subscription.casefold():
        raise _invalid(
            f"The disk encryption set '{set_id}' must be in the same subscription '{subscription}' as the gallery "
            "resource."
        )
    found = definition.gallery.compute.find_encryption_set(set_id)
    if found is None:
        raise ArmError(404, "NotFound", f"The disk encryption set '{set_id}' was not found.", target=_PROFILE)
    _check_place_and_type(found, region, confidential=confidential)


def _check_place_and_type(found: DiskEncryptionSet, region: str, *, confidential: bool) -> None:
    if found.location != region:
        raise _invalid(
            f"The disk encryption set '{found.id.text}' is in region '{found.location}' and cannot encrypt in target "
            f"region '{region}'. Disk encryption sets can be used only in the region in which they were created."
        )
    if (found.encryption_type == _CONFIDENTIAL_SET) != confidential:
        raise _invalid(
            f"The disk encryption set '{found.id.text}' has the encryption type '{found.encryption_type}', which does "
            "not fit the use that is made of it."
        )


def _check_confidential(definition: ImageDefinition, region: str, profile: OsDiskSecurity) -> None:
    kind, set_id = profile.confidential_vm_encryption_type, profile.secure_vm_disk_encryption_set_id
    if kind is not None and definition.security_type != "ConfidentialVM":
        raise _invalid(
            f"The confidentialVMEncryptionType '{kind}' needs an image definition with the security type "
            f"'ConfidentialVM', not '{definition.security_type}'."
        )
    if kind == _DATA_DISKS_ONLY:
        raise _invalid(f"The confidentialVMEncryptionType '{kind}' is for data disks, not for the OS disk.")
    if (kind == _WITH_CUSTOMER_KEY) != bool(set_id):
        raise _invalid(
            f"A secureVMDiskEncryptionSetId is needed with the confidentialVMEncryptionType '{_WITH_CUSTOMER_KEY}', "
            "and not allowed with any other."
        )
    if set_id:
        _check_set(definition, region, set_id, "osDiskImage.securityProfile", confidential=True)


def _check_everywhere(keys: Mapping[str, Mapping[str, str]]) -> None:
    """A disk with a customer's key in one region needs one in every region."""
    encrypted = {disk: (region, set_id) for region, held in keys.items() for disk, set_id in held.items()}
    for region, held in keys.items():
        for disk, (other, set_id) in encrypted.items():
            if disk not in held:
                raise _invalid(
                    f"A disk encryption set is required for disk '{disk}' in target region '{region}' since disk "
                    f"encryption set '{set_id}' is used for the corresponding disk in region '{other}'"
                )


def _confidential_type(encryption: Encryption | None) -> tuple[str | None, str | None]:
    os_disk = None if encryption is None else encryption.os_disk_image
    profile = None if os_disk is None else os_disk.security_profile
    if profile is None:
        return None, None
    secure = profile.secure_vm_disk_encryption_set_id
    return profile.confidential_vm_encryption_type, None if secure is None else key_of(secure)


def _invalid(message: str) -> ArmError:
    return ArmError(400, "InvalidParameter", message, target=_PROFILE)


def _conflict(message: str) -> ArmError:
    return ArmError(409, "PropertyChangeNotAllowed", message, target=_PROFILE)
