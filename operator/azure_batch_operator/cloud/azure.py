"""Azure as one principal reaches it: every adapter, over one session."""

from dataclasses import dataclass

from azure_batch_operator.cloud.accounts import Accounts
from azure_batch_operator.cloud.images import Images
from azure_batch_operator.cloud.pool_identities import PoolIdentities
from azure_batch_operator.cloud.pools import Pools
from azure_batch_operator.cloud.session import AzureSession
from azure_batch_operator.cloud.sources import Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Azure:
    """The adapters of one principal."""

    images: Images
    accounts: Accounts
    pools: Pools
    pool_identities: PoolIdentities
    sources: Sources


def azure_through(session: AzureSession) -> Azure:
    """The adapters that call over this session."""
    return Azure(
        images=Images(session),
        accounts=Accounts(session),
        pools=Pools(session),
        pool_identities=PoolIdentities(session),
        sources=Sources(session),
    )
