"""Azure as one principal reaches it: every adapter, over one session."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from azure_batch_operator.cloud.accounts import Accounts
from azure_batch_operator.cloud.applications import Applications
from azure_batch_operator.cloud.images import Images
from azure_batch_operator.cloud.jobs import Jobs
from azure_batch_operator.cloud.nodes import Nodes
from azure_batch_operator.cloud.pool_identities import PoolIdentities
from azure_batch_operator.cloud.pools import Pools
from azure_batch_operator.cloud.providers import Providers
from azure_batch_operator.cloud.session import AzureSession
from azure_batch_operator.cloud.sources import Sources
from azure_batch_operator.cloud.vm_sizes import VmSizes


@dataclass(frozen=True, slots=True, kw_only=True)
class Azure:
    """The adapters of one principal."""

    sign_in: Callable[[], Awaitable[None]]
    """Signs in once more where that was refused the last time; raises AzureFailure when it still is."""
    images: Images
    accounts: Accounts
    pools: Pools
    nodes: Nodes
    jobs: Jobs
    pool_identities: PoolIdentities
    sources: Sources
    vm_sizes: VmSizes
    applications: Applications
    providers: Providers


def azure_through(session: AzureSession) -> Azure:
    """The adapters that call over this session."""
    return Azure(
        sign_in=session.sign_in,
        images=Images(session),
        accounts=Accounts(session),
        pools=Pools(session),
        nodes=Nodes(session),
        jobs=Jobs(session),
        pool_identities=PoolIdentities(session),
        sources=Sources(session),
        vm_sizes=VmSizes(session),
        applications=Applications(session),
        providers=Providers(session),
    )
