"""What Resource Manager answers to paths that no service here has: 501 if Azure has them, 404 if not."""

from dataclasses import dataclass

from aiohttp import web

from azure_simulator.answers import ArmError, Operation, name_operation, operation
from azure_simulator.resources.providers import provider_named

_VERBS = {"GET": "Get", "HEAD": "Get", "PUT": "CreateOrUpdate", "PATCH": "Update", "DELETE": "Delete"}
_ELSEWHERE = (
    "Microsoft.Authorization",
    "Microsoft.Compute",
    "Microsoft.Batch",
    "Microsoft.ContainerService",
    "Microsoft.Insights",
    "Microsoft.KeyVault",
    "Microsoft.ManagedIdentity",
    "Microsoft.Network",
    "Microsoft.OperationalInsights",
    "Microsoft.Resources",
    "Microsoft.Storage",
)
_NAMESPACES = frozenset(name.casefold() for name in _ELSEWHERE)
# Types that Azure has under these providers; their other types do not exist, also not in Azure.
_COMPUTE_AND_BATCH_TYPES = frozenset(
    {
        "availabilitysets", "capacityreservationgroups", "cloudservices", "dedicatedhosts",
        "diskaccesses", "diskencryptionsets", "disks", "galleries", "hostgroups", "images", "locations",
        "proximityplacementgroups", "restorepointcollections", "skus", "snapshots", "sshpublickeys",
        "virtualmachines", "virtualmachinescalesets", "batchaccounts", "operations",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    namespace: str
    kinds: tuple[str, ...]
    action: str | None

    @property
    def name(self) -> str:
        """A name in the manner of Azure's own operation names, without the verb."""
        return "".join(kind[:1].upper() + kind[1:] for kind in self.kinds)


@operation("Unknown")
async def refuse_unknown(request: web.Request) -> web.StreamResponse:
    """Say 501 with the operation's name for what Azure has, else Azure's own 404."""
    asked = _asked(request)
    if asked is None:
        raise ArmError(
            404, "ResourceNotFound", f"The path '{request.path}' names nothing that Azure Resource Manager knows."
        )
    if asked.namespace.casefold() not in _NAMESPACES:
        raise ArmError(404, "InvalidResourceNamespace", f"The resource namespace '{asked.namespace}' is invalid.")
    if not _exists_in_azure(asked):
        version = request.query.get("api-version", "")
        raise ArmError(
            404,
            "InvalidResourceType",
            f"The resource type '{'/'.join(asked.kinds)}' could not be found in the namespace "
            f"'{asked.namespace}' for api version '{version}'.",
        )
    name = f"{asked.name}_{_verb(request, asked)}"
    name_operation(request, Operation(name=name, service="resources"))
    raise ArmError(501, "NotImplemented", f"The Azure simulator does not simulate the operation {name}.")


def _asked(request: web.Request) -> _Asked | None:
    parts = [part for part in request.path.split("/") if part]
    providers = [index for index, part in enumerate(parts) if part.casefold() == "providers"]
    if not providers:
        return _asked_of_container(parts)
    namespace, *rest = [*parts[providers[-1] + 1 :], ""]
    rest = [part for part in rest if part]
    if not rest:
        return None
    if request.method == "POST" and len(rest) % 2:
        return _Asked(namespace=namespace, kinds=tuple(rest[:-1][0::2]), action=rest[-1])
    return _Asked(namespace=namespace, kinds=tuple(rest[0::2]), action=None)


def _asked_of_container(parts: list[str]) -> _Asked | None:
    if not parts or parts[0].casefold() not in {"subscriptions", "tenants"}:
        return None
    return _Asked(namespace="Microsoft.Resources", kinds=tuple(parts[0::2]), action=None)


def _exists_in_azure(asked: _Asked) -> bool:
    if asked.namespace.casefold() not in {"microsoft.compute", "microsoft.batch"}:
        return True
    provider = provider_named(asked.namespace)
    simulated = provider is not None and provider.type_named("/".join(asked.kinds)) is not None
    return simulated or bool(asked.kinds and asked.kinds[0].casefold() in _COMPUTE_AND_BATCH_TYPES)


def _verb(request: web.Request, asked: _Asked) -> str:
    if asked.action is not None:
        return asked.action[:1].upper() + asked.action[1:]
    return _VERBS.get(request.method, request.method.title())
