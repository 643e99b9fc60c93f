"""Which node agents fit an image, as the supported images of a known Batch account tell: read hourly at most."""

from dataclasses import dataclass, replace

from azure_batch_operator.cloud.pools import Pools
from azure_batch_operator.core.accounts import Account
from azure_batch_operator.core.failures import AzureFailure
from azure_batch_operator.core.origin import fitting_node_agents
from azure_batch_operator.core.plan.image_view import ImageView
from azure_batch_operator.core.pools import SupportedImage
from azure_batch_operator.reconcile.beliefs import Beliefs
from azure_batch_operator.reconcile.keys import ImageKey
from azure_batch_operator.reconcile.usage import Usage

HOUR = 3600.0
"""Seconds for which an account's list serves."""


@dataclass(slots=True, kw_only=True)
class NodeAgents:
    """Suggests node agents to those who write pools; nothing is decided on it."""

    pools: Pools
    """As the operator itself reaches them."""
    images_pools: Pools
    """As the image's own principal reaches them: for accounts that nobody but images names."""
    beliefs: Beliefs
    usage: Usage

    async def suggest(self, key: ImageKey, view: ImageView) -> ImageView:
        """The view with the node agents that fit; without any where the origin, or every account, is unknown."""
        if view.origin is None or view.wanted.deleting:
            return view
        return replace(view, node_agents=fitting_node_agents(view.origin, await self._supported(key)))

    async def _supported(self, key: ImageKey) -> tuple[SupportedImage, ...]:
        """What is known of any account that may boot from the image, else a look at the first that answers."""
        accounts = self._accounts(key)
        since = self.beliefs.monotonic() - HOUR
        tried = [found for each in accounts if (found := self.beliefs.supported.believed(each.key, since=since))]
        known = next((found.value for found in tried if found.value), None)
        if known is not None or tried or not accounts:
            return known or ()
        return await self._read(accounts[0])

    async def _read(self, account: Account) -> tuple[SupportedImage, ...]:
        """A refusal is remembered as nothing: it is a suggestion, and the account's own turn tells of its troubles."""
        sent_at = self.beliefs.monotonic()
        pools = self.images_pools if self.usage.only_watched_by(account.ref) else self.pools
        try:
            supported = await pools.supported_images(account)
        except AzureFailure:
            supported = ()
        self.beliefs.supported.see(account.key, supported or None, sent_at=sent_at)
        return supported

    def _accounts(self, key: ImageKey) -> list[Account]:
        refs = sorted(self.usage.accounts_of(key), key=lambda ref: ref.key)
        seen = (self.beliefs.accounts.believed(ref.key) for ref in refs)
        return [found.value for found in seen if found is not None and found.value is not None]
