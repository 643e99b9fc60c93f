"""The resource providers that subscriptions can register, with their types and api-versions."""

from dataclasses import dataclass

from azure_simulator import api_versions
from azure_simulator.resources.locations import LOCATIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceType:
    """A type of a provider; `regional` types exist in regions, the others globally."""

    name: str
    versions: tuple[str, ...]
    regional: bool = True

    def document(self) -> dict[str, object]:
        """The type as a provider document lists it."""
        return {
            "resourceType": self.name,
            "locations": list(LOCATIONS.values()) if self.regional else [],
            "apiVersions": list(self.versions),
            "capabilities": "SupportsTags, SupportsLocation" if self.regional else "None",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A resource provider."""

    namespace: str
    types: tuple[ResourceType, ...]

    def type_named(self, name: str) -> ResourceType | None:
        """The type with this name (such as `galleries/images`), without letter case."""
        return next((kind for kind in self.types if kind.name.casefold() == name.casefold()), None)


_SIMULATED = (
    Provider(
        namespace="Microsoft.Authorization",
        types=(
            ResourceType(name="roleAssignments", versions=api_versions.AUTHORIZATION, regional=False),
            ResourceType(name="roleDefinitions", versions=api_versions.AUTHORIZATION, regional=False),
        ),
    ),
    Provider(
        namespace="Microsoft.Batch",
        types=(
            ResourceType(name="batchAccounts", versions=api_versions.BATCH_ACCOUNTS),
            ResourceType(name="batchAccounts/pools", versions=api_versions.BATCH_ACCOUNTS),
            ResourceType(name="operations", versions=api_versions.BATCH_ACCOUNTS, regional=False),
            ResourceType(name="locations", versions=api_versions.BATCH_ACCOUNTS, regional=False),
            ResourceType(name="locations/quotas", versions=api_versions.BATCH_ACCOUNTS),
            ResourceType(name="locations/checkNameAvailability", versions=api_versions.BATCH_ACCOUNTS),
            ResourceType(name="locations/virtualMachineSkus", versions=api_versions.BATCH_ACCOUNTS),
        ),
    ),
    Provider(
        namespace="Microsoft.Compute",
        types=(
            ResourceType(name="galleries", versions=api_versions.GALLERIES),
            ResourceType(name="galleries/images", versions=api_versions.GALLERIES),
            ResourceType(name="galleries/images/versions", versions=api_versions.GALLERIES),
            ResourceType(name="images", versions=api_versions.IMAGES),
            ResourceType(name="disks", versions=api_versions.DISKS),
            ResourceType(name="diskEncryptionSets", versions=api_versions.ENCRYPTION_SETS),
            ResourceType(name="snapshots", versions=api_versions.DISKS),
            ResourceType(name="virtualMachines", versions=api_versions.IMAGES),
            ResourceType(name="virtualMachines/extensions", versions=api_versions.IMAGES),
            ResourceType(name="skus", versions=api_versions.COMPUTE_SKUS, regional=False),
            ResourceType(name="locations", versions=api_versions.IMAGES, regional=False),
            ResourceType(name="locations/usages", versions=api_versions.IMAGES),
            ResourceType(name="locations/vmSizes", versions=api_versions.IMAGES),
            ResourceType(name="locations/capsOperations", versions=api_versions.COMPUTE_OPERATIONS),
            ResourceType(name="locations/DiskOperations", versions=api_versions.COMPUTE_OPERATIONS),
            ResourceType(name="locations/operations", versions=api_versions.COMPUTE_OPERATIONS),
        ),
    ),
    Provider(
        namespace="Microsoft.ManagedIdentity",
        types=(ResourceType(name="userAssignedIdentities", versions=api_versions.MANAGED_IDENTITIES),),
    ),
    Provider(
        namespace="Microsoft.Resources",
        types=(
            ResourceType(name="resourceGroups", versions=api_versions.RESOURCES, regional=False),
            ResourceType(name="subscriptions", versions=api_versions.RESOURCES, regional=False),
            ResourceType(name="tenants", versions=api_versions.RESOURCES, regional=False),
        ),
    ),
)
# Provisioning tools register these before anything else; nothing of them is simulated.
_REGISTERED_ONLY = (
    "Microsoft.Network",
    "Microsoft.Storage",
    "Microsoft.KeyVault",
)
PROVIDERS = (*_SIMULATED, *(Provider(namespace=name, types=()) for name in _REGISTERED_ONLY))


def provider_named(namespace: str) -> Provider | None:
    """The provider with this namespace, without letter case."""
    return next((found for found in PROVIDERS if found.namespace.casefold() == namespace.casefold()), None)
