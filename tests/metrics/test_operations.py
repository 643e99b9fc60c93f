"""Since when Azure works on something."""

from datetime import UTC, datetime, timedelta
from typing import Any

from azure_batch_operator.metrics.registry import Metrics
from tests.support.exposition import values

MORNING = datetime(2026, 11, 23, 8, tzinfo=UTC)
POOL, IMAGE = ("BatchPool", "rendering", "frames"), ("GalleryImage", "rendering", "node")


class Bench:
    """Metrics on a clock that is moved by hand."""

    def __init__(self) -> None:
        self.now, self.leads = MORNING, True
        self.metrics = Metrics(now=lambda: self.now, leading=lambda: self.leads)

    def show(self, resource: tuple[str, str, str], **status: Any) -> None:
        self.metrics.operations.show(*resource, status)

    def pass_minutes(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)

    @property
    def minutes(self) -> dict[tuple[str, ...], float]:
        found = values(self.metrics.registry, "azure_batch_operator_operation_age_seconds", "name", "operation")
        return {labels: seconds / 60 for labels, seconds in found.items()}


def condition(kind: str, reason: str, *, since: datetime = MORNING) -> dict[str, str]:
    return {"type": kind, "status": "False", "reason": reason, "lastTransitionTime": since.isoformat()}


def test_a_resize_ages_until_the_pool_is_steady() -> None:
    bench = Bench()
    bench.show(POOL, allocationState="steady")
    bench.pass_minutes(5)
    bench.show(POOL, allocationState="resizing", conditions=[condition("Sized", "Resizing")])
    bench.pass_minutes(7)
    bench.show(POOL, allocationState="resizing", conditions=[condition("Sized", "Resizing")])
    assert bench.minutes == {("frames", "resize"): 7}
    bench.show(POOL, allocationState="steady")
    assert bench.minutes == {}


def test_a_resize_that_ran_before_this_process_counts_from_when_the_pool_ceased_to_be_sized() -> None:
    bench = Bench()
    bench.pass_minutes(40)
    bench.show(POOL, allocationState="resizing", conditions=[condition("Sized", "Resizing", since=MORNING)])
    assert bench.minutes == {("frames", "resize"): 40}


def test_publication_and_replication_of_an_image_are_told_apart() -> None:
    bench = Bench()
    replicating = [{"name": "westeurope", "state": "Replicating"}]
    bench.show(IMAGE)
    bench.show(IMAGE, regions=replicating, conditions=[condition("Published", "Publishing")])
    bench.pass_minutes(30)
    assert bench.minutes == {("node", "publication"): 30}
    bench.show(IMAGE, regions=replicating, conditions=[condition("ReplicasReady", "Replicating")])
    bench.pass_minutes(3)
    assert bench.minutes == {("node", "replication"): 3}


def test_a_deletion_in_azure_ages_too() -> None:
    bench = Bench()
    bench.show(POOL, state="active")
    bench.show(POOL, state="deleting", allocationState="resizing")
    bench.pass_minutes(12)
    assert bench.minutes == {("frames", "deletion"): 12}


def test_what_is_gone_has_no_series() -> None:
    bench = Bench()
    bench.show(POOL, allocationState="resizing")
    bench.metrics.operations.forget(*POOL)
    bench.metrics.operations.forget(*IMAGE)
    bench.pass_minutes(1)
    assert bench.minutes == {}


def test_who_lost_the_lead_begins_anew_when_it_leads_again() -> None:
    bench = Bench()
    bench.show(POOL, allocationState="steady")
    bench.show(POOL, allocationState="resizing")
    bench.pass_minutes(30)
    bench.leads = False
    assert bench.minutes == {}
    bench.pass_minutes(60)
    bench.leads = True
    bench.show(POOL, allocationState="resizing", conditions=[condition("Sized", "Resizing", since=bench.now)])
    bench.pass_minutes(2)
    assert bench.minutes == {("frames", "resize"): 2}
