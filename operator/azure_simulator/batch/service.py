"""The Batch service: the pools of every account, how they are made, changed and deleted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from azure_simulator.batch.admission import check_creation, check_features, completed
from azure_simulator.batch.autoscaling import evaluated
from azure_simulator.batch.bodies.pools import NODE_BOUND, PoolCreate, PoolFeatures, PoolPatch, PoolReplace
from azure_simulator.batch.catalogue import Catalogue
from azure_simulator.batch.errors import (
    cannot_be_updated,
    invalid_for_state,
    pool_exists,
    pool_quota_reached,
)
from azure_simulator.batch.fabric import CreationSites, Fabric
from azure_simulator.batch.image_access import Allows, ImageAccess
from azure_simulator.batch.images import BootImages
from azure_simulator.batch.job_documents import task_counts
from azure_simulator.batch.job_operations import JobOperations
from azure_simulator.batch.jobs import JobRegistry
from azure_simulator.batch.node_documents import node_counts
from azure_simulator.batch.node_events import Blow, NodeEvents
from azure_simulator.batch.node_operations import NodeOperations
from azure_simulator.batch.pool_documents import PoolDocuments
from azure_simulator.batch.pools import DEFAULT_TIMEOUT, AutoScale, Pool
from azure_simulator.batch.quotas import CoreLedger
from azure_simulator.batch.registry import PoolRegistry
from azure_simulator.batch.removal import leave, remove
from azure_simulator.batch.scenario import RefusalWithNodes
from azure_simulator.batch.sizing import PoolSizing, refuse_deleting
from azure_simulator.batch.states import Kind, Targets
from azure_simulator.batch.versions import LATEST
from azure_simulator.batch.work import Work
from azure_simulator.batch_accounts.models import BatchAccount

if TYPE_CHECKING:
    from azure_simulator.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class _Holding:
    account: BatchAccount
    registry: PoolRegistry
    jobs: JobOperations


class BatchService:
    """The pools of all accounts. Operations refuse with BatchError what Azure refuses."""

    def __init__(self, world: "World") -> None:
        pace, switches = world.scenario.pace.batch, world.scenario.switches.batch
        self.catalogue = Catalogue(world.scenario)
        images = BootImages(compute=world.compute, catalogue=self.catalogue, pace=pace, switches=switches)
        self.fabric = Fabric(
            clock=world.clock,
            random=world.random,
            pace=pace,
            switches=switches,
            images=images,
            ledger=CoreLedger(),
            sites=CreationSites(),
        )
        self.sizing = PoolSizing(fabric=self.fabric)
        self.node_operations = NodeOperations(fabric=self.fabric)
        self.documents = PoolDocuments(lower_case_vm_size=switches.lower_case_vm_size)
        self._image_access = ImageAccess(
            compute=world.compute, resources=world.resources, catalogue=self.catalogue, switches=switches
        )
        self._events = NodeEvents(fabric=self.fabric)
        self._holdings: dict[str, _Holding] = {}

    def pools(self, account: BatchAccount) -> PoolRegistry:
        """The pools of an account; one that was deleted and made again begins without any."""
        return self._holding(account).registry

    def jobs(self, account: BatchAccount) -> JobOperations:
        """The jobs of an account, and what may be done to them."""
        return self._holding(account).jobs

    def strike_nodes(self, account: BatchAccount, pool_id: str, blow: Blow, nodes: Sequence[str] | int) -> int:
        """Let an event strike nodes of a pool, by id or by number; how many it struck."""
        return self._events.strike(self.pools(account).get(pool_id), blow, nodes)

    def state(self, account: BatchAccount) -> dict[str, Any]:
        """The pools of an account with the counts of their nodes, for the dump of the control API."""
        pools = self.pools(account).after()
        return {
            "jobs": [
                {"id": job.id, "poolId": job.pool_id, "state": job.state.value, **task_counts(job.tasks.values())}
                for job in self.jobs(account).jobs
            ],
            "coresInUse": {kind.value: self.fabric.ledger.used(account, kind) for kind in Kind},
            "pools": [
                {**self.documents.document(pool, LATEST), "nodeCounts": node_counts(pool, LATEST)} for pool in pools
            ],
        }

    def create(self, account: BatchAccount, body: PoolCreate, *, allows: Allows, operation: str) -> Pool:
        """Make a pool and begin to size it."""
        check_creation(body)
        features = completed(body.features())
        size = check_features(features, account, self.catalogue)
        pool = Pool(account=account, pool_id=body.id, features=features, size=size, now=self.fabric.clock.now())
        self._image_access.check(pool.machine, account, allows)
        autoscale = _autoscale(pool, body, operation, self.fabric.clock.now())
        self._take_up(pool)
        if autoscale is not None:
            self.sizing.begin_autoscale(pool, autoscale)
        if pool.is_steady:  # also when a formula asks for no nodes: the first sizing always is a resize
            self.sizing.begin(pool, _first_targets(body), body.resize_timeout or DEFAULT_TIMEOUT)
        return pool

    def patch(
        self,
        pool: Pool,
        body: PoolPatch,
        *,
        allows: Allows,
        with_nodes: RefusalWithNodes | None = None,
    ) -> None:
        """Change the features that the body gives; each replaces its old value whole.

        `with_nodes` is how node-bound features of a pool with nodes are refused; else the scenario says it.
        """
        refuse_deleting(pool)
        given = body.given()
        refusal = with_nodes or self.fabric.switches.patch_of_pool_with_nodes
        _refuse_node_bound(pool, given, refusal)
        features = completed(pool.features.changed_by(_both_slot_names(given)))
        size = check_features(features, pool.account, self.catalogue)
        if features.virtual_machine_configuration is not None and body.virtual_machine_configuration:
            _refuse_other_data_disks(pool, features)
            self._image_access.check(features.virtual_machine_configuration, pool.account, allows)
        pool.change_features(_values(features), size, self.fabric.clock.now())

    def overwrite(self, pool: Pool, body: PoolCreate, *, allows: Allows) -> None:
        """Set every feature to what the body has, as PUT of Resource Manager does; what it leaves out goes."""
        refuse_deleting(pool)
        check_creation(body)
        features = completed(body.features())
        size = check_features(features, pool.account, self.catalogue)
        values = _values(features)
        changed = [name for name, value in values.items() if value != getattr(pool.features, name)]
        _refuse_node_bound(pool, changed, "PropertyCannotBeUpdated")
        if "virtual_machine_configuration" in changed:
            _refuse_other_data_disks(pool, features)
            self._image_access.check(body.machine, pool.account, allows)
        pool.change_features(values, size, self.fabric.clock.now())

    def replace(self, pool: Pool, body: PoolReplace) -> None:
        """Set start task, packages and metadata to exactly what the body gives."""
        refuse_deleting(pool)
        values: dict[str, Any] = {
            "start_task": body.start_task and body.start_task.completed(),
            "application_package_references": body.application_package_references,
            "metadata": body.metadata,
            "certificate_references": body.certificate_references,
        }
        if body.target_node_communication_mode is not None:
            values["target_node_communication_mode"] = body.target_node_communication_mode
        check_features(pool.features.changed_by(values), pool.account, self.catalogue)
        pool.change_features(values, pool.size, self.fabric.clock.now())

    def delete(self, pool: Pool) -> None:
        """Begin to delete a pool: its resize is forgotten, its nodes leave, then it is gone."""
        refuse_deleting(pool)
        if pool.resize is not None:
            pool.resize.abandon()
        pool.begin_deletion(self.fabric.clock.now())
        everything = tuple(cohort.stretch for cohort in pool.nodes.cohorts)
        if everything:
            leave(pool, everything, self.fabric, lambda: self._finish_deletion(pool))
        else:
            self._finish_deletion(pool)

    def _holding(self, account: BatchAccount) -> _Holding:
        holding = self._holdings.get(account.id.lower())
        if holding is None or holding.account is not account:
            if holding is not None:
                self._drop(holding.registry)
            jobs = JobRegistry()
            operations = JobOperations(account=account, jobs=jobs, work=Work(fabric=self.fabric, jobs=jobs))
            holding = _Holding(account=account, registry=PoolRegistry(), jobs=operations)
            self._holdings[account.id.lower()] = holding
        return holding

    def _drop(self, registry: PoolRegistry) -> None:
        for pool in registry.after():
            if pool.resize is not None:
                pool.resize.abandon()
            remove(pool, (cohort.stretch for cohort in pool.nodes.cohorts), self.fabric)

    def _take_up(self, pool: Pool) -> None:
        pools = self.pools(pool.account)
        if pool.id in pools:
            raise pool_exists(pool.id)
        if len(pools) >= pool.account.pool_quota:
            raise pool_quota_reached(pool.account.pool_quota)
        pools.add(pool)
        self.jobs(pool.account).work.serve(pool)

    def _finish_deletion(self, pool: Pool) -> None:
        def forget() -> None:
            self.pools(pool.account).discard(pool)
            self.jobs(pool.account).work.leave(pool)

        self.fabric.clock.after(self.fabric.pace.pool_deletion.draw(self.fabric.random), forget)


def _autoscale(pool: Pool, body: PoolCreate, operation: str, now: datetime) -> AutoScale | None:
    if not body.enable_auto_scale or body.auto_scale_formula is None:
        return None
    evaluated(pool, body.auto_scale_formula, operation, now)
    return AutoScale(formula=body.auto_scale_formula, interval=body.auto_scale_evaluation_interval or DEFAULT_TIMEOUT)


def _first_targets(body: PoolCreate) -> Targets:
    return Targets(dedicated=body.target_dedicated_nodes or 0, low_priority=body.target_low_priority_nodes or 0)


def _refuse_node_bound(pool: Pool, names: Iterable[str], refusal: RefusalWithNodes) -> None:
    bound = next((name for name in names if name in NODE_BOUND), None)
    if bound is None or (not len(pool.nodes) and pool.is_steady):
        return
    name = PoolFeatures.model_fields[bound].alias or bound
    if refusal == "PropertyCannotBeUpdated":
        raise cannot_be_updated(name)
    raise invalid_for_state(f"{name} can be updated only when the pool is empty.")


def _both_slot_names(given: Mapping[str, Any]) -> dict[str, Any]:
    slots = given.get("task_slots_per_node")
    return dict(given) if slots is None else {**given, "max_tasks_per_node": slots}


def _values(features: PoolFeatures) -> dict[str, Any]:
    return {name: getattr(features, name) for name in PoolFeatures.model_fields}


def _refuse_other_data_disks(pool: Pool, features: PoolFeatures) -> None:
    machine = features.virtual_machine_configuration
    if machine is not None and (machine.data_disks or ()) != (pool.machine.data_disks or ()):
        raise cannot_be_updated("dataDisks")
