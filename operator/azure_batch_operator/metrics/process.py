"""The process itself: who it is, whether it leads, and its signs of life."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import version

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from azure_batch_operator.runtime.pulse import Pulse

NAME = "azure-batch-operator"
"""Our distribution."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProcessState(Collector):
    """What is true of the process at the moment of asking."""

    leading: Callable[[], bool]
    lease: str
    """The name of what processes are elected by."""
    pulse: Pulse

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """One gauge for each."""
        build = GaugeMetricFamily(
            "azure_batch_operator_build_info", "The version that runs; always 1.", labels=("version",)
        )
        build.add_metric((version(NAME),), 1)
        leader = GaugeMetricFamily(
            "leader_election_master_status", "1 if this process may change things, 0 if it follows.", labels=("name",)
        )
        leader.add_metric((self.lease,), self.leading())
        return (
            build,
            leader,
            _gauge("loop_lag_seconds", "Seconds by which the event loop is late.", self.pulse.lag()),
            _gauge(
                "watch_age_seconds",
                "Seconds since the watch brought something or a sweep succeeded; 0 while nothing is watched.",
                self.pulse.silence(),
            ),
            _gauge("longest_turn_seconds", "Seconds that the longest running turn takes.", self.pulse.longest_turn()),
        )


def _gauge(name: str, told: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"azure_batch_operator_{name}", told, value=value)
