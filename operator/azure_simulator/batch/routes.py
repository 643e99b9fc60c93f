"""Routes of a Batch account's endpoint."""

from aiohttp import web

from azure_simulator.batch_accounts.models import BatchAccount
from azure_simulator.world import World


def routes(_world: World, _account: BatchAccount) -> list[web.RouteDef]:
    """The routes of `account`."""
    return []
