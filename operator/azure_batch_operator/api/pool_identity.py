"""The managed identities of a pool: what the Batch API's own create call does not have."""

from typing import Annotated

from pydantic import Field

from azure_batch_operator.api.model import ListSet, Model
from azure_batch_operator.api.resource_ids import LONGEST_ID, id_of

IdentityId = Annotated[
    str,
    Field(max_length=LONGEST_ID),
    id_of("a user-assigned identity", "Microsoft.ManagedIdentity/userAssignedIdentities"),
]


class PoolIdentity(Model):
    """The user-assigned managed identities that nodes have."""

    user_assigned_identities: Annotated[
        tuple[IdentityId, ...],
        Field(
            max_length=64,
            description="Resource Manager ids of the identities, in any order; an empty list means that nodes have "
            "none.",
        ),
        ListSet(),
    ]
