"""What an image version is made from: one of five kinds of source."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from azure_batch_operator.api.model import ListMapBy, Model, Rule, unchanged
from azure_batch_operator.api.resource_ids import LONGEST_ID, id_of
from azure_batch_operator.api.secrets import SecretKeyRef

Capture = Literal["Snapshots", "Direct"]

MOST_DATA_DISKS = 64
"""Logical unit numbers of a virtual machine go from 0 to 63."""

_BLOB = "https://contoso.blob.core.windows.net/vhds/node.vhd"

Lun = Annotated[
    int,
    Field(ge=0, le=MOST_DATA_DISKS - 1, description="Logical unit number under which nodes find the data disk."),
]


class ManagedImage(Model):
    """A managed image of Azure, made from a generalized virtual machine."""

    id: Annotated[
        str,
        Field(
            max_length=LONGEST_ID,
            description="Resource id: /subscriptions/…/resourceGroups/…/providers/Microsoft.Compute/images/….",
        ),
        id_of("a managed image", "Microsoft.Compute/images"),
    ]


class VirtualMachine(Model):
    """A virtual machine with managed disks that was generalized (deprovisioned or sysprepped)."""

    id: Annotated[
        str,
        Field(
            max_length=LONGEST_ID,
            description="Resource id: /subscriptions/…/resourceGroups/…/providers/Microsoft.Compute/virtualMachines/….",
        ),
        id_of("a virtual machine", "Microsoft.Compute/virtualMachines"),
    ]
    capture: Annotated[
        Capture | None,
        Field(
            description="Snapshots (meant when left out): snapshots of the machine's disks are made, the version is "
            "made from these, and they are removed; the machine must be deallocated. Direct: the version is made from "
            "the machine itself, which must have Azure's state generalized."
        ),
    ] = None
    generalized: Annotated[
        bool | None,
        Field(
            description="Your word that the machine was generalized, for one of which Azure does not know it. It "
            "counts with capture Snapshots only."
        ),
    ] = None


class DiskSource(Model):
    """A snapshot or managed disk."""

    id: Annotated[
        str,
        Field(
            max_length=LONGEST_ID,
            description="Resource id of a snapshot or managed disk: "
            "/subscriptions/…/resourceGroups/…/providers/Microsoft.Compute/snapshots/….",
        ),
        id_of("a snapshot or managed disk", "Microsoft.Compute/snapshots", "Microsoft.Compute/disks"),
    ]


class DataDiskSource(DiskSource):
    """A snapshot or managed disk of a data disk."""

    lun: Lun


class Snapshots(Model):
    """Snapshots (or managed disks) of a generalized machine, which somebody else made and keeps."""

    os_disk: Annotated[DiskSource, Field(description="The disk that nodes boot from.")]
    data_disks: Annotated[
        tuple[DataDiskSource, ...],
        Field(max_length=MOST_DATA_DISKS, description="The data disks, each with a logical unit number of its own."),
        ListMapBy("lun"),
    ] = ()


class Vhd(Model):
    """A VHD in a blob."""

    uri: Annotated[
        str | None,
        Field(max_length=2048, description=f"Address of the blob without signature, like {_BLOB}."),
    ] = None
    uri_secret_ref: Annotated[
        SecretKeyRef | None,
        Field(description="The Secret that holds the blob's address with its SAS signature; instead of uri."),
    ] = None
    storage_account_id: Annotated[
        str,
        Field(
            max_length=LONGEST_ID,
            description="Resource id of the storage account that has the blob: "
            "/subscriptions/…/resourceGroups/…/providers/Microsoft.Storage/storageAccounts/….",
        ),
        id_of("a storage account", "Microsoft.Storage/storageAccounts"),
    ]

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "has(self.uri) != has(self.uriSecretRef)",
            "name the blob in one way: write uri, or uriSecretRef for an address with a SAS signature",
            ".uri",
        ),
        Rule(
            "!has(self.uri) || self.uri.matches('^https://[^/?# ]+/[^/?# ]+/[^?# ]+([?][^# ]*)?$')",
            f"write the address of a blob, like {_BLOB}",
            ".uri",
        ),
        Rule(
            "!has(self.uri) || !self.uri.matches('(?i)[?&]sig=')",
            "an address with a signature (sig=) is a secret: write it into a Secret, and that one's name and key into "
            "uriSecretRef",
            ".uri",
        ),
    )
    """On the object, since the API server quotes the value that a rule stands on, and an address may hold a secret."""


class DataVhd(Vhd):
    """A VHD of a data disk."""

    lun: Lun


class Vhds(Model):
    """Uploaded VHDs of a generalized machine."""

    os_disk: Annotated[Vhd, Field(description="The disk that nodes boot from.")]
    data_disks: Annotated[
        tuple[DataVhd, ...],
        Field(max_length=MOST_DATA_DISKS, description="The data disks, each with a logical unit number of its own."),
        ListMapBy("lun"),
    ] = ()


class GalleryImageVersion(Model):
    """An image version of another definition, gallery or subscription, to be copied."""

    id: Annotated[
        str,
        Field(
            max_length=LONGEST_ID,
            description="Resource id: /subscriptions/…/resourceGroups/…/providers/Microsoft.Compute/galleries/…/"
            "images/…/versions/….",
        ),
        id_of("an image version", "Microsoft.Compute/galleries/images/versions"),
        Rule(
            "!self.lowerAscii().endsWith('/latest')",
            "write the number of the version: what latest means changes, and a version is made from one source",
        ),
    ]


class Source(Model):
    """What the version is made from: exactly one of the five kinds."""

    managed_image: Annotated[
        ManagedImage | None, Field(description="A managed image in the region in which the version is made.")
    ] = None
    virtual_machine: Annotated[
        VirtualMachine | None,
        Field(description="A generalized virtual machine, through snapshots of its disks or directly."),
    ] = None
    snapshots: Annotated[
        Snapshots | None,
        Field(description="Snapshots or managed disks of a generalized machine, which somebody else made and keeps."),
    ] = None
    vhd: Annotated[Vhds | None, Field(description="Uploaded VHDs of a generalized machine.")] = None
    gallery_image_version: Annotated[
        GalleryImageVersion | None,
        Field(description="An image version of another definition, gallery or subscription, to be copied."),
    ] = None
    keep_intermediate: Annotated[
        bool | None,
        Field(
            description="Whether the snapshots that are made of a virtual machine's disks stay when the version is "
            "published. They are removed when left out."
        ),
    ] = None

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "[has(self.managedImage), has(self.virtualMachine), has(self.snapshots), has(self.vhd), "
            "has(self.galleryImageVersion)].filter(given, given).size() == 1",
            "write exactly one source: managedImage, virtualMachine, snapshots, vhd or galleryImageVersion",
        ),
        Rule(
            "!has(self.keepIntermediate) || (has(self.virtualMachine) && "
            "(!has(self.virtualMachine.capture) || self.virtualMachine.capture == 'Snapshots'))",
            "keepIntermediate is about the snapshots that are made of a machine's disks: it goes with virtualMachine "
            "and capture: Snapshots only",
            ".keepIntermediate",
        ),
    )


def same_source(one: str, other: str) -> str:
    """CEL for whether two sources come to the same version: neither a promise about it nor what is kept counts."""
    kinds = ("managedImage", "snapshots", "vhd", "galleryImageVersion")
    machines = [f"{source}.virtualMachine" for source in (one, other)]
    captures = (f"(has({machine}.capture) ? {machine}.capture : 'Snapshots')" for machine in machines)
    return " && ".join(
        [
            *(unchanged(f"{one}.{kind}", f"{other}.{kind}") for kind in kinds),
            " == ".join(f"has({machine})" for machine in machines),
            f"(!has({machines[0]}) || ({machines[0]}.id == {machines[1]}.id && {' == '.join(captures)}))",
        ]
    )
