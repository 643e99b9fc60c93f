"""The chart in tests: helm with nothing but the chart, and helm on a control plane of the test's own."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.chart.helm import CHART, NAME, Helm
from tools.controlplane.plane import ControlPlane
from tools.stage.cluster import Cluster
from tools.stage.manifests import Manifest

FEDERATED: Mapping[str, Any] = {
    "azure": {
        "tenantId": "72f988bf-0000-4000-8000-000000000001",
        "clientId": "11111111-1111-4111-8111-111111111111",
    }
}
"""The least that somebody must say who installs the chart."""


def manifests(rendered: str) -> list[Manifest]:
    """The objects in a text of YAML documents."""
    return [document for document in yaml.safe_load_all(rendered) if document]


@dataclass(frozen=True, slots=True, kw_only=True)
class Charts:
    """helm on the chart as it is in the repository, or on a changed copy."""

    helm: Helm
    folder: Path

    def values(self, values: Mapping[str, Any]) -> Path:
        """A file with these values."""
        path = self.folder / "values.json"
        path.write_text(json.dumps(values))
        return path

    def rendered(self, values: Mapping[str, Any] = FEDERATED, *, chart: Path = CHART) -> dict[str, str]:
        """What each template makes of the values."""
        return self.helm.rendered([self.values(values)], chart=chart)

    def objects(self, values: Mapping[str, Any] = FEDERATED) -> list[Manifest]:
        """All objects that the chart makes of the values."""
        return [found for text in self.rendered(values).values() for found in manifests(text)]

    def refusal(self, values: Mapping[str, Any]) -> str:
        """What helm says about values that it must refuse."""
        answer = self.helm.try_("template", NAME, CHART, f"--namespace={NAME}", f"--values={self.values(values)}")
        assert answer.returncode != 0, f"helm took {values}"
        return answer.stderr


@pytest.fixture
def charts(tmp_path: Path) -> Charts:
    """helm without a cluster."""
    return Charts(helm=Helm(folder=tmp_path), folder=tmp_path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A control plane that nobody else uses, and a release of the chart on it."""

    cluster: Cluster
    charts: Charts

    @property
    def helm(self) -> Helm:
        """helm on this cluster."""
        return self.charts.helm

    def install(self, values: Mapping[str, Any] = FEDERATED, *, chart: Path = CHART) -> str:
        """`helm upgrade --install`; what helm printed."""
        return self.helm.must(
            *("upgrade", NAME, chart, "--install", f"--namespace={NAME}", "--create-namespace"),
            f"--values={self.charts.values(values)}",
        )

    def uninstall(self) -> None:
        """`helm uninstall`."""
        self.helm.must("uninstall", NAME, f"--namespace={NAME}")

    def there(self, kind: str, name: str = NAME) -> Manifest | None:
        """An object of the operator's namespace."""
        return self.cluster.get(kind, name, NAME)


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """An empty control plane; nothing is installed yet."""
    with ControlPlane.start() as plane:
        helm = Helm(folder=tmp_path, environment={"KUBECONFIG": str(plane.kubeconfig)})
        yield Installation(cluster=Cluster(plane=plane), charts=Charts(helm=helm, folder=tmp_path))
