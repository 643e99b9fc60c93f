"""How the replicas of a region are encrypted, other than with Azure's own keys."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from azure_batch_operator.api.image_sources import MOST_DATA_DISKS, Lun
from azure_batch_operator.api.model import ListMapBy, Model, Rule

ConfidentialVmEncryptionType = Literal[
    "EncryptedVMGuestStateOnlyWithPmk", "EncryptedWithPmk", "EncryptedWithCmk", "NonPersistedTPM"
]

EncryptionSetId = Annotated[
    str,
    Field(max_length=320),
    Rule(
        "self.matches('(?i)^/subscriptions/.+/diskEncryptionSets/[^/]+$')",
        "write the id of a disk encryption set: "
        "/subscriptions/…/resourceGroups/…/providers/Microsoft.Compute/diskEncryptionSets/…",
    ),
]
"""With a short pattern: the API server multiplies its cost by all data disks of all regions."""


class OsDiskSecurity(Model):
    """How the disk of a Confidential image is encrypted."""

    confidential_vm_encryption_type: Annotated[
        ConfidentialVmEncryptionType,
        Field(
            alias="confidentialVMEncryptionType",
            description="What is encrypted, and with whose key: Pmk is Azure's, Cmk is yours.",
        ),
    ]
    secure_vm_disk_encryption_set_id: Annotated[
        EncryptionSetId | None,
        Field(
            alias="secureVMDiskEncryptionSetId",
            description="The disk encryption set with your key, in the same region; goes with EncryptedWithCmk.",
        ),
    ] = None

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "(self.confidentialVMEncryptionType == 'EncryptedWithCmk') == has(self.secureVMDiskEncryptionSetId)",
            "EncryptedWithCmk and secureVMDiskEncryptionSetId go together: write both, or neither",
            ".secureVMDiskEncryptionSetId",
        ),
    )


class OsDiskEncryption(Model):
    """How the disk that nodes boot from is encrypted."""

    disk_encryption_set_id: Annotated[
        EncryptionSetId | None,
        Field(description="The disk encryption set with your key, in the same region as the replicas."),
    ] = None
    security_profile: Annotated[OsDiskSecurity | None, Field(description="For a Confidential image.")] = None

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "has(self.diskEncryptionSetId) || has(self.securityProfile)",
            "write diskEncryptionSetId or securityProfile: without osDiskImage, Azure encrypts with a key of its own",
        ),
    )


class DataDiskEncryption(Model):
    """How a data disk is encrypted."""

    lun: Lun
    disk_encryption_set_id: Annotated[
        EncryptionSetId,
        Field(description="The disk encryption set with your key, in the same region as the replicas."),
    ]


class Encryption(Model):
    """Keys of your own for the replicas of a region; without it, Azure uses its own."""

    os_disk_image: Annotated[
        OsDiskEncryption | None, Field(description="How the disk that nodes boot from is encrypted.")
    ] = None
    data_disk_images: Annotated[
        tuple[DataDiskEncryption, ...] | None,
        Field(max_length=MOST_DATA_DISKS, description="How the data disks are encrypted."),
        ListMapBy("lun"),
    ] = None

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "has(self.osDiskImage) || has(self.dataDiskImages)",
            "write osDiskImage or dataDiskImages: without encryption, Azure encrypts with a key of its own",
        ),
    )
