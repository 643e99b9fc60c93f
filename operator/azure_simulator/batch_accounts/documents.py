"""Batch accounts as Resource Manager answers them."""

from typing import Any

from azure_simulator.batch_accounts.models import BatchAccount


def account_document(account: BatchAccount) -> dict[str, Any]:
    """An account with its quotas; the endpoint has no scheme, as in Azure, and the keys are left out."""
    families = account.family_quotas or {}
    return {
        "id": account.id,
        "name": account.name,
        "type": "Microsoft.Batch/batchAccounts",
        "location": account.location,
        "tags": account.tags,
        "identity": {"type": "None"},
        "properties": {
            "accountEndpoint": account.endpoint.removeprefix("https://"),
            "provisioningState": account.state,
            "poolAllocationMode": account.pool_allocation_mode,
            "publicNetworkAccess": account.public_network_access,
            "encryption": {"keySource": "Microsoft.Batch"},
            "dedicatedCoreQuota": account.dedicated_core_quota,
            "lowPriorityCoreQuota": account.low_priority_core_quota,
            "dedicatedCoreQuotaPerVMFamily": [
                {"name": name, "coreQuota": cores} for name, cores in sorted(families.items())
            ],
            "dedicatedCoreQuotaPerVMFamilyEnforced": account.family_quotas is not None,
            "poolQuota": account.pool_quota,
            "activeJobAndJobScheduleQuota": account.quotas.jobs,
            "allowedAuthenticationModes": list(account.allowed_authentication_modes),
        },
    }
