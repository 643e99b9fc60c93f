"""Pools without a server: a standing clock, an image with as many replicas as a test wants, and quotas."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from typing_extensions import override

from azure_simulator.arm_ids import ResourceId
from azure_simulator.batch.bodies.machines import ImageReference, VirtualMachineConfiguration
from azure_simulator.batch.bodies.pools import PoolFeatures
from azure_simulator.batch.fabric import Boot, CreationSites, Fabric, Fate, Images
from azure_simulator.batch.nodes import Node
from azure_simulator.batch.pools import Pool
from azure_simulator.batch.quotas import CoreLedger
from azure_simulator.batch.resizing import Resize
from azure_simulator.batch.scenario import BatchPace, BatchSwitches
from azure_simulator.batch.states import Deallocation, Kind, NodeState, ResizeError, Targets
from azure_simulator.batch_accounts.models import BatchAccount, Quotas
from azure_simulator.clock import Clock
from azure_simulator.scenario import VmSize

MORNING = datetime(2026, 3, 2, 8, tzinfo=UTC)
TWO_CORES = VmSize(name="Standard_D2_v3", family="standardDv3Family", cores=2, memory_gb=8)
PLENTY = Quotas(dedicated_cores=10**6, low_priority_cores=10**6, families=None, pools=100, jobs=300)
MACHINE = VirtualMachineConfiguration(
    image_reference=ImageReference(virtual_machine_image_id="image"), node_agent_sku_id="agent"
)


@dataclass(slots=True, kw_only=True)
class OneImage(Images):
    """The image of every pool; a test changes what it is like."""

    replicas: int = 5
    fate: Fate = Fate.HEALTHY
    refusal: ResizeError | None = None

    @override
    def boot(self, machine: VirtualMachineConfiguration, account: BatchAccount, size: VmSize) -> Boot | ResizeError:
        return self.refusal or Boot(image="image", ready_replicas=lambda: self.replicas, fate=self.fate)


@dataclass(slots=True, kw_only=True)
class Region:
    """A region with one Batch account, in which pools are made and sized."""

    image: OneImage = field(default_factory=OneImage)
    quotas: Quotas = PLENTY
    pace: BatchPace = field(default_factory=BatchPace)
    switches: BatchSwitches = field(default_factory=BatchSwitches)
    seed: int = 1
    clock: Clock = field(init=False)
    account: BatchAccount = field(init=False)
    fabric: Fabric = field(init=False)

    def __post_init__(self) -> None:
        self.clock = Clock(MORNING, speed=0)
        self.account = account(self.quotas)
        self.fabric = Fabric(
            clock=self.clock,
            random=Random(self.seed),
            pace=self.pace,
            switches=self.switches,
            images=self.image,
            ledger=CoreLedger(),
            sites=CreationSites(),
        )

    def pool(self, pool_id: str = "render", **features: Any) -> Pool:
        """A pool without nodes."""
        wanted = PoolFeatures(vm_size=TWO_CORES.name, virtual_machine_configuration=MACHINE).changed_by(features)
        return Pool(account=self.account, pool_id=pool_id, features=wanted, size=TWO_CORES, now=self.clock.now())

    def pool_with(self, nodes: int, low_priority: int = 0, **features: Any) -> Pool:
        """A steady pool whose nodes are all idle."""
        pool = self.pool(**features)
        self.resize(pool, nodes, low_priority)
        self.clock.advance(6 * 3600)
        assert pool.is_steady
        assert counts(pool) == ({NodeState.IDLE: nodes + low_priority} if nodes + low_priority else {})
        return pool

    def resize(
        self,
        pool: Pool,
        dedicated: int,
        low_priority: int = 0,
        *,
        timeout: timedelta = timedelta(hours=5),
        option: Deallocation = Deallocation.REQUEUE,
    ) -> None:
        """Begin to resize a pool."""
        targets = Targets(dedicated=dedicated, low_priority=low_priority)
        Resize(pool, self.fabric, option=option, timeout=timeout).to(targets)

    def set_quotas(self, **changes: Any) -> None:
        """Change quotas of the account."""
        self.account.quotas = replace(self.account.quotas, **changes)


def account(quotas: Quotas = PLENTY) -> BatchAccount:
    """A Batch account in West Europe."""
    resource_id = ResourceId(
        subscription="sub", group="batch", namespace="Microsoft.Batch", path=(("batchAccounts", "contoso"),)
    )
    return BatchAccount(
        name="contoso",
        resource_id=resource_id,
        location="westeurope",
        tenant_id="tenant",
        endpoint="https://localhost:1",
        quotas=quotas,
        keys=("", ""),
        state="Succeeded",
    )


def counts(pool: Pool) -> Mapping[NodeState, int]:
    """How many nodes are in which state, both kinds together; states without nodes are left out."""
    numbers = {state: sum(pool.nodes.count(kind, state) for kind in Kind) for state in NodeState}
    return {state: number for state, number in numbers.items() if number}


def nodes_in(pool: Pool, state: NodeState) -> tuple[Node, ...]:
    """The nodes in a state."""
    return tuple(node for node in pool.nodes if node.cohort.state is state)
