"""Encryption at rest of disks and snapshots: by Azure's key, or by that of a disk encryption set of their region.

The rules are those of "Server-side encryption of Azure managed disks" (learn.microsoft.com).
"""

from aiohttp import web

from azure_simulator.answers import ArmError
from azure_simulator.arm_ids import ResourceId
from azure_simulator.compute.disk_bodies import EncryptionBody
from azure_simulator.compute.linked_scopes import require_linked
from azure_simulator.compute.nesting import compute_of
from azure_simulator.compute.volumes import Encryption


def encryption_of(
    request: web.Request, about: ResourceId, location: str, wanted: EncryptionBody | None
) -> Encryption | None:
    """The encryption at rest that a request asks for, None when it asks for none; raises ArmError for a bad set."""
    if wanted is None:
        return None
    if wanted.disk_encryption_set_id is None:
        return Encryption(type=wanted.type or Encryption().type)
    set_id = ResourceId.parse(wanted.disk_encryption_set_id)
    found = compute_of(request).find_encryption_set(wanted.disk_encryption_set_id)
    if set_id is None or found is None:
        raise ArmError(
            404,
            "NotFound",
            f"The disk encryption set '{wanted.disk_encryption_set_id}' is not found.",
            target="encryption.diskEncryptionSetId",
        )
    require_linked(request, about, set_id, "read")
    if found.location != location:
        raise ArmError(
            400,
            "InvalidParameter",
            f"The disk encryption set '{found.id.text}' is in {found.location}; it has to be in {location}.",
            target="encryption.diskEncryptionSetId",
        )
    return Encryption(type=wanted.type or found.encryption_type, encryption_set_id=found.id.text)
