"""The built-in roles of Azure that this simulator knows (learn.microsoft.com, "Azure built-in roles")."""

import re
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role definition: `actions` without `not_actions` on the management side, data actions likewise."""

    id: str
    name: str
    description: str
    actions: tuple[str, ...]
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()
    built_in: bool = True

    @property
    def kind(self) -> str:
        """What Azure calls it: `BuiltInRole` or `CustomRole`."""
        return "BuiltInRole" if self.built_in else "CustomRole"

    def grants(self, action: str, *, data_action: bool) -> bool:
        """Whether the role contains `action`; letter case is ignored and `*` stands for anything."""
        wanted, refused = self.actions, self.not_actions
        if data_action:
            wanted, refused = self.data_actions, self.not_data_actions
        return _any_matches(wanted, action) and not _any_matches(refused, action)


def _any_matches(patterns: tuple[str, ...], action: str) -> bool:
    return any(_pattern(pattern).fullmatch(action) for pattern in patterns)


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    # Azure's role for user-assigned identities grants `userAssignedIdentities/assign/action` as `…/*/assign/action`.
    return re.compile("/(?:.*/)?".join(_wildcards(part) for part in pattern.split("/*/")), re.IGNORECASE)


def _wildcards(pattern: str) -> str:
    return ".*".join(re.escape(part) for part in pattern.split("*"))


_READ_AUTHORIZATION = "Microsoft.Authorization/*/read"
_READ_GROUPS = "Microsoft.Resources/subscriptions/resourceGroups/read"
_DEPLOYMENTS = "Microsoft.Resources/deployments/*"

BUILT_IN_ROLES = (
    Role(
        id="8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
        name="Owner",
        description="Grants full access to manage all resources, including the ability to assign roles.",
        actions=("*",),
    ),
    Role(
        id="b24988ac-6180-42a0-ab88-20f7382dd24c",
        name="Contributor",
        description="Grants full access to manage all resources, but does not allow you to assign roles.",
        actions=("*",),
        not_actions=(
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
            "Microsoft.Blueprint/blueprintAssignments/write",
            "Microsoft.Blueprint/blueprintAssignments/delete",
            "Microsoft.Compute/galleries/share/action",
            "Microsoft.Purview/consents/write",
            "Microsoft.Purview/consents/delete",
        ),
    ),
    Role(
        id="acdd72a7-3385-48ef-bd42-f606fba81ae7",
        name="Reader",
        description="View all resources, but does not allow you to make any changes.",
        actions=("*/read",),
    ),
    Role(
        id="18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
        name="User Access Administrator",
        description="Lets you manage user access to Azure resources.",
        actions=("*/read", "Microsoft.Authorization/*"),
    ),
    Role(
        id="9980e02c-c2be-4d73-94e8-173b1dc7cf3c",
        name="Virtual Machine Contributor",
        description="Create and manage virtual machines and disks.",
        actions=(
            _READ_AUTHORIZATION,
            "Microsoft.Compute/availabilitySets/*",
            "Microsoft.Compute/locations/*",
            "Microsoft.Compute/virtualMachines/*",
            "Microsoft.Compute/virtualMachineScaleSets/*",
            "Microsoft.Compute/disks/write",
            "Microsoft.Compute/disks/read",
            "Microsoft.Compute/disks/delete",
            _DEPLOYMENTS,
            _READ_GROUPS,
        ),
    ),
    Role(
        id="29fe4964-1e60-436b-bd3a-77fd4c178b3c",
        name="Azure Batch Account Contributor",
        description="Grants full access to manage all Batch resources, including accounts, pools and jobs.",
        actions=(
            _READ_AUTHORIZATION,
            "Microsoft.Batch/*",
            "Microsoft.Insights/alertRules/*",
            _DEPLOYMENTS,
            _READ_GROUPS,
        ),
        data_actions=(
            "Microsoft.Batch/batchAccounts/jobSchedules/*",
            "Microsoft.Batch/batchAccounts/jobs/*",
        ),
    ),
    Role(
        id="11076f67-66f6-4be0-8f6b-f0609fd05cc9",
        name="Azure Batch Account Reader",
        description="Lets you view all resources including pools and jobs in the Batch account.",
        actions=("Microsoft.Batch/*/read", _READ_GROUPS),
        data_actions=(
            "Microsoft.Batch/batchAccounts/jobSchedules/read",
            "Microsoft.Batch/batchAccounts/jobs/read",
        ),
    ),
    Role(
        id="6aaa78f1-f7de-44ca-8722-c64a23943cae",
        name="Azure Batch Data Contributor",
        description="Grants permissions to manage Batch pools and jobs but not to modify accounts.",
        actions=(
            _READ_AUTHORIZATION,
            "Microsoft.Batch/batchAccounts/read",
            "Microsoft.Batch/batchAccounts/applications/*",
            "Microsoft.Batch/batchAccounts/certificates/*",
            "Microsoft.Batch/batchAccounts/certificateOperationResults/*",
            "Microsoft.Batch/batchAccounts/pools/*",
            "Microsoft.Batch/batchAccounts/poolOperationResults/*",
            "Microsoft.Batch/locations/*/read",
            "Microsoft.Insights/alertRules/*",
            _DEPLOYMENTS,
            _READ_GROUPS,
        ),
        data_actions=(
            "Microsoft.Batch/batchAccounts/jobSchedules/*",
            "Microsoft.Batch/batchAccounts/jobs/*",
        ),
    ),
    Role(
        id="f1a07417-d97a-45cb-824c-7a7467783830",
        name="Managed Identity Operator",
        description="Read and Assign User Assigned Identity.",
        actions=(
            "Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
            "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
            _READ_AUTHORIZATION,
            "Microsoft.Insights/alertRules/*",
            _READ_GROUPS,
            _DEPLOYMENTS,
        ),
    ),
    Role(
        id="48e5e92e-a480-4e71-aa9c-2778f4c13781",
        name="Azure Batch Job Submitter",
        description="Lets you submit and manage jobs in the Batch account.",
        actions=(
            "Microsoft.Batch/batchAccounts/applications/read",
            "Microsoft.Batch/batchAccounts/applications/versions/read",
            "Microsoft.Batch/batchAccounts/pools/read",
            _READ_GROUPS,
        ),
        data_actions=(
            "Microsoft.Batch/batchAccounts/jobSchedules/*",
            "Microsoft.Batch/batchAccounts/jobs/*",
        ),
    ),
)
