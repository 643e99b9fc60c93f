"""The role that is derived from the table of operations."""

from typing import Any, get_args

import pytest

from azure_batch_operator.cloud.operations import OPERATIONS
from azure_batch_operator.cloud.role import Part, rights, role_definition

SCOPE = "/subscriptions/s"


def test_the_role_grants_every_action_of_the_table_once_and_no_other() -> None:
    role: dict[str, Any] = dict(role_definition("any", [SCOPE]))
    granted = [*role["Actions"], *role["DataActions"]]
    assert len(granted) == len(set(granted))
    assert set(granted) == {action for each in OPERATIONS for action in (each.action, *each.linked)}
    assert role["DataActions"] == ["Microsoft.Batch/batchAccounts/jobs/read"]


def test_no_action_is_a_wildcard() -> None:
    assert [action for action in rights() if "*" in action] == []


@pytest.mark.parametrize("part", get_args(Part))
def test_each_part_leaves_something_out_and_the_rest_as_it_is(part: Part) -> None:
    left = rights([part])
    assert len(left) < len(rights())
    assert {action: names for action, names in rights().items() if action in left} == left


@pytest.mark.parametrize(
    ("part", "gone"),
    [
        (
            "machines",
            {
                "Microsoft.Compute/virtualMachines/read",
                "Microsoft.Compute/virtualMachines/write",
                "Microsoft.Compute/disks/read",
                "Microsoft.Compute/disks/write",
                "Microsoft.Compute/snapshots/read",
                "Microsoft.Compute/snapshots/write",
                "Microsoft.Compute/snapshots/delete",
            },
        ),
        ("vhds", {"Microsoft.Storage/storageAccounts/listKeys/action"}),
        ("identities", {"Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"}),
        ("jobs", {"Microsoft.Batch/batchAccounts/jobs/read"}),
        ("galleries", {"Microsoft.Compute/galleries/write", "Microsoft.Compute/galleries/delete"}),
    ],
)
def test_a_part_leaves_out_its_own_rights(part: Part, gone: set[str]) -> None:
    assert set(rights()) - set(rights([part])) == gone
