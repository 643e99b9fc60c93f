"""Everything that a Batch account answers at its endpoint."""

from aiohttp import web

from azure_simulator.batch import account_routes, job_routes, node_routes, pool_routes, unsimulated
from azure_simulator.batch_accounts.models import BatchAccount
from azure_simulator.world import World


def routes(_world: World, _account: BatchAccount) -> list[web.RouteDef]:
    """The routes of an account's application."""
    return [
        *pool_routes.routes(),
        *node_routes.routes(),
        *account_routes.routes(),
        *job_routes.routes(),
        *unsimulated.routes(),
    ]
