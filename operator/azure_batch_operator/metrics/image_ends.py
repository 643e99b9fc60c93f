"""When image versions end."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, eq=False)
class ImageEnds(Collector):
    """Days until image versions end; counted when somebody asks, so that they are right between two turns."""

    now: Callable[[], datetime]
    leading: Callable[[], bool]
    _ends: dict[tuple[str, str], Mapping[str, datetime]] = field(default_factory=dict)

    def show(self, namespace: str, name: str, ends: Mapping[str, datetime]) -> None:
        """Tell of a GalleryImage when its versions end, and no more of others that were told before."""
        self._ends[namespace, name] = ends

    def forget(self, namespace: str, name: str) -> None:
        """The GalleryImage is gone."""
        self._ends.pop((namespace, name), None)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauge; negative once the end has passed."""
        gauge = GaugeMetricFamily(
            "azure_batch_operator_image_version_end_of_life_days",
            "Days until the end of life of an image version that is wanted or in use.",
            labels=("namespace", "name", "version"),
        )
        for (namespace, name), ends in tuple(self._ends.items()) if self.leading() else ():
            for version, end in ends.items():
                gauge.add_metric((namespace, name, version), (end - self.now()) / _DAY)
        yield gauge
