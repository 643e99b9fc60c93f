"""Which Batch account the path of a request names."""

from aiohttp import web

from azure_simulator.arm_ids import ResourceId
from azure_simulator.batch_accounts.models import BatchAccount
from azure_simulator.resources.admission import not_found
from azure_simulator.world import WORLD

GROUP = "/subscriptions/{subscription}/resourceGroups/{resource_group}/providers/Microsoft.Batch/batchAccounts"
ACCOUNT = GROUP + "/{account}"


def id_of(request: web.Request) -> ResourceId:
    """The id of the account."""
    path = request.match_info
    return ResourceId(
        subscription=path["subscription"],
        group=path["resource_group"],
        namespace="Microsoft.Batch",
        path=(("batchAccounts", path["account"]),),
    )


def account_of(request: web.Request) -> BatchAccount:
    """The account; raises ArmError 404."""
    account = request.app[WORLD].batch_accounts.get(id_of(request).text)
    if account is None:
        raise not_found(id_of(request))
    return account
