"""Whatever clients and misfortune do to a pool in whatever order: its books are right and every resize ends."""

from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from azure_simulator.answers import BatchError
from azure_simulator.batch.bodies.pools import NodeRemoval, PoolResize
from azure_simulator.batch.identities import node_id
from azure_simulator.batch.node_events import Blow, NodeEvent, NodeEvents
from azure_simulator.batch.sizing import PoolSizing
from azure_simulator.batch.states import AllocationState, Deallocation, Kind
from tests.support.pools import TWO_CORES, Region

QUOTA = 100
sizes = some.integers(min_value=0, max_value=80)


class PoolLife(RuleBasedStateMachine):
    """Random operations on one pool of an account whose quotas are for 50 nodes of each kind."""

    def __init__(self) -> None:
        super().__init__()
        self.region = Region()
        self.region.set_quotas(dedicated_cores=QUOTA, low_priority_cores=QUOTA)
        self.pool = self.region.pool()
        self.sizing = PoolSizing(fabric=self.region.fabric)
        self.events = NodeEvents(fabric=self.region.fabric)

    @rule(dedicated=sizes, low_priority=sizes, minutes=some.integers(5, 60), option=some.sampled_from(Deallocation))
    def resize(self, dedicated: int, low_priority: int, minutes: int, option: Deallocation) -> None:
        """Ask for any size; refused exactly while another resize is under way."""
        body = PoolResize(
            target_dedicated_nodes=dedicated,
            target_low_priority_nodes=low_priority,
            resize_timeout=timedelta(minutes=minutes),
            node_deallocation_option=option.value,
        )
        if self.pool.is_steady:
            self.sizing.resize(self.pool, body)
        else:
            with pytest.raises(BatchError, match="PoolBeingResized"):
                self.sizing.resize(self.pool, body)

    @rule()
    def stop(self) -> None:
        """Stop whatever is under way; refused when nothing is."""
        if self.pool.allocation_state is AllocationState.RESIZING:
            self.sizing.stop(self.pool)
        else:
            with pytest.raises(BatchError, match="OperationInvalidForCurrentState"):
                self.sizing.stop(self.pool)

    @rule(which=some.integers(min_value=0, max_value=200))
    def remove_one(self, which: int) -> None:
        """Remove some node, if the pool is steady and has any."""
        nodes = list(self.pool.nodes)
        if nodes and self.pool.is_steady:
            node = nodes[which % len(nodes)]
            name = node_id(self.pool.number, node.ordinal, node.cohort.allocated)
            self.sizing.remove(self.pool, NodeRemoval(node_list=(name,)))

    @rule(event=some.sampled_from(NodeEvent), count=some.integers(min_value=1, max_value=20))
    def strike(self, event: NodeEvent, count: int) -> None:
        """Let something happen to some nodes."""
        self.events.strike(self.pool, Blow(event=event), count)

    @rule(seconds=some.integers(min_value=1, max_value=3000))
    def pass_time(self, seconds: int) -> None:
        """Let time pass."""
        self.region.clock.advance(seconds)

    @invariant()
    def the_books_are_right(self) -> None:
        """Cores in use are those of the nodes, and never more than the quota."""
        for kind in Kind:
            nodes = [node for node in self.pool.nodes if node.cohort.kind is kind]
            used = self.region.fabric.ledger.used(self.region.account, kind)
            assert len(nodes) == self.pool.nodes.total(kind)
            assert used == len(nodes) * TWO_CORES.cores <= QUOTA

    @invariant()
    def a_steady_pool_has_nothing_under_way(self) -> None:
        """Creations are under way only while a pool is being resized."""
        if self.pool.is_steady:
            assert self.pool.resize is None
            assert self.region.fabric.sites.under_way("image", "westeurope") == 0
        else:
            assert self.pool.resize is not None

    def teardown(self) -> None:
        """Every resize ends by its timeout and the time that nodes take to leave."""
        self.region.clock.advance(2 * 3600)
        assert self.pool.is_steady


TestPoolLife = PoolLife.TestCase
TestPoolLife.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)
