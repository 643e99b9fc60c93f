"""How a pool's turn reaches Azure: as the principal that the pool's spec names."""

from collections.abc import Callable
from dataclasses import dataclass, field

from azure_batch_operator.cloud.azure import Azure
from azure_batch_operator.core.credentials import SecretRef
from azure_batch_operator.reconcile.keys import PoolKey
from azure_batch_operator.reconcile.pool_actions import PoolActions
from azure_batch_operator.reconcile.pool_gatherer import PoolCase, PoolGatherer
from azure_batch_operator.reconcile.pool_jobs import PoolJobs
from azure_batch_operator.reconcile.sign_ins import SignIns
from azure_batch_operator.reconcile.usage import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolAccess:
    """Looks and steps in Azure, all as one principal; what one principal read aside from pools, no other is told."""

    azure: Azure
    gatherer: PoolGatherer
    actions: PoolActions
    jobs: PoolJobs


@dataclass(slots=True, kw_only=True)
class PoolDoor:
    """Lets the turns of pools through to Azure."""

    sign_ins: SignIns
    usage: Usage
    through: Callable[[Azure], PoolAccess]
    """Looks and steps over these adapters."""
    _ways: dict[SecretRef | None, PoolAccess] = field(default_factory=dict)
    _let_in: dict[PoolKey, Azure] = field(default_factory=dict)
    """As whom each pool was seen last, of those that name a Secret."""
    _asked_at: dict[PoolKey, str | None] = field(default_factory=dict)
    _named: dict[PoolKey, SecretRef | None] = field(default_factory=dict)

    async def open(self, case: PoolCase) -> PoolAccess:
        """The way for this turn; raises AzureFailure where the pool's credentials cannot be had or used."""
        wanted = case.wanted
        self._notice(case)
        return self._way(wanted.secret, await self.sign_ins.azure(wanted.secret, deleting=wanted.deleting))

    def must_look(self, case: PoolCase, access: PoolAccess) -> bool:
        """Whether a pool must be seen with its own credentials before it is told what others saw."""
        return case.wanted.secret is not None and self._let_in.get(case.key) is not access.azure

    def saw(self, case: PoolCase, access: PoolAccess) -> None:
        """Azure showed the pool, or that there is none, to these credentials."""
        if case.wanted.secret is not None:
            self._let_in[case.key] = access.azure

    def forget(self, key: PoolKey) -> None:
        """The BatchPool is gone, and with it perhaps the last resource that used its credentials."""
        self._let_in.pop(key, None)
        self._asked_at.pop(key, None)
        self._named.pop(key, None)
        self._let_go()

    def _notice(self, case: PoolCase) -> None:
        """Who asks for a turn has the Secret read anew; who names another lets go of the one before."""
        asked, wanted = case.desired.reconcile_requested_at, case.wanted
        if wanted.secret is not None and self._asked_at.get(case.key, asked) != asked:
            self.sign_ins.read_anew(wanted.secret)
        self._asked_at[case.key] = asked
        before, self._named[case.key] = self._named.get(case.key, wanted.secret), wanted.secret
        if before != wanted.secret:
            self._let_go()

    def _way(self, secret: SecretRef | None, azure: Azure) -> PoolAccess:
        known = self._ways.get(secret)
        if known is None or (secret is not None and known.azure is not azure):
            known = self._ways[secret] = self.through(azure)
        return known

    def _let_go(self) -> None:
        used = self.usage.secrets()
        self.sign_ins.keep_only(used)
        self._ways = {secret: way for secret, way in self._ways.items() if secret is None or secret in used}
