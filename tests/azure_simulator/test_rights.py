"""Which right a request needs, and which role has it."""

import pytest

from azure_simulator.access import Caller
from azure_simulator.arm_paths import Need, need_of
from azure_simulator.resources.rights import Assignment, Rights
from azure_simulator.resources.roles import Role

GROUP = "/subscriptions/s/resourceGroups/g"
GALLERY = f"{GROUP}/providers/Microsoft.Compute/galleries/r"
VERSION = f"{GALLERY}/images/i/versions/1.0.0"
PERSON = Caller(tenant_id="t", object_id="me", app_id="app")


@pytest.mark.parametrize(
    ("method", "path", "action", "scope"),
    [
        ("GET", "/subscriptions/s", "Microsoft.Resources/subscriptions/read", "/subscriptions/s"),
        (
            "GET",
            "/subscriptions/s/resourcegroups",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
            "/subscriptions/s",
        ),
        ("PUT", GROUP, "Microsoft.Resources/subscriptions/resourceGroups/write", GROUP),
        ("DELETE", GROUP, "Microsoft.Resources/subscriptions/resourceGroups/delete", GROUP),
        ("HEAD", GALLERY, "Microsoft.Compute/galleries/read", GALLERY),
        ("GET", f"{GROUP}/providers/Microsoft.Compute/galleries", "Microsoft.Compute/galleries/read", GROUP),
        ("GET", f"{GALLERY}/images", "Microsoft.Compute/galleries/images/read", GALLERY),
        ("PATCH", VERSION, "Microsoft.Compute/galleries/images/versions/write", VERSION),
        ("POST", f"{GALLERY}/share", "Microsoft.Compute/galleries/share/action", GALLERY),
        (
            "POST",
            "/subscriptions/s/providers/Microsoft.Batch/register",
            "Microsoft.Batch/register/action",
            "/subscriptions/s",
        ),
        (
            "PUT",
            f"{GROUP}/providers/Microsoft.Authorization/roleAssignments/a",
            "Microsoft.Authorization/roleAssignments/write",
            f"{GROUP}/providers/Microsoft.Authorization/roleAssignments/a",
        ),
    ],
)
def test_verb_and_type_make_the_action_and_the_resource_is_the_scope(
    method: str, path: str, action: str, scope: str
) -> None:
    assert need_of(method, path) == Need(action=action, scope=scope)


@pytest.mark.parametrize("path", ["/subscriptions", "/tenants", "/providers/Microsoft.Batch"])
def test_what_everybody_may_read_needs_no_right(path: str) -> None:
    assert need_of("GET", path) is None


def role(*actions: str, without: tuple[str, ...] = (), data: tuple[str, ...] = ()) -> Role:
    return Role(id="r", name="R", description="", actions=actions, not_actions=without, data_actions=data)


@pytest.mark.parametrize(
    ("held", "action", "granted"),
    [
        (role("*"), "Microsoft.Compute/galleries/write", True),
        (role("*/read"), "Microsoft.Compute/galleries/read", True),
        (role("*/read"), "Microsoft.Compute/galleries/write", False),
        (role("Microsoft.Batch/*"), "microsoft.batch/batchaccounts/write", True),
        (role("Microsoft.Compute/disks/beginGetAccess/action"), "Microsoft.Compute/disks/begingetaccess/action", True),
        (
            role("*", without=("Microsoft.Authorization/*/Write",)),
            "Microsoft.Authorization/roleAssignments/write",
            False,
        ),
        (role("Microsoft.Batch/batchAccounts/read"), "Microsoft.Batch/batchAccounts/pools/read", False),
        (role(data=("Microsoft.Batch/batchAccounts/jobs/*",)), "Microsoft.Batch/batchAccounts/jobs/read", False),
    ],
)
def test_actions_match_with_wildcards_and_without_letter_case(held: Role, action: str, granted: bool) -> None:
    assert held.grants(action, data_action=False) is granted


def test_data_actions_are_apart_from_actions() -> None:
    held = role("*", data=("Microsoft.Batch/batchAccounts/jobs/*",))
    assert held.grants("Microsoft.Batch/batchAccounts/jobs/read", data_action=True)
    assert not held.grants("Microsoft.Batch/batchAccounts/other/read", data_action=True)


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        (GROUP, True),
        (GROUP.upper(), True),
        (VERSION, True),
        ("/subscriptions/s/resourceGroups/g2", False),
        ("/subscriptions/s", False),
    ],
)
def test_an_assignment_reaches_its_scope_and_what_is_below(scope: str, allowed: bool) -> None:
    rights = Rights()
    rights.add(Assignment(name="a", principal_id="me", role=role("*"), scope=GROUP))
    assert rights.allows(PERSON, "Microsoft.Compute/galleries/read", scope) is allowed


def test_an_assignment_is_for_its_principal_only() -> None:
    rights = Rights()
    rights.add(Assignment(name="a", principal_id="somebody", role=role("*"), scope="/"))
    assert not rights.allows(PERSON, "Microsoft.Compute/galleries/read", GROUP)
