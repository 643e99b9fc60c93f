"""What the chart renders: as goldens for people to read, and in agreement with what is elsewhere in the repository."""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.charts import FEDERATED, Charts
from tests.support.golden import GOLDEN, Golden
from tools.chart.helm import CHART, NAME
from tools.generate.charts import crd_template
from tools.stage.manifests import Manifest

PROJECT = Path(__file__).parents[2]
NO_CRDS = {"crds": {"enabled": False}}
EVERYTHING = {
    "metrics": {
        "serviceMonitor": {"enabled": True},
        "prometheusRule": {"enabled": True},
        "dashboard": {"enabled": True},
    },
    "networkPolicy": {"enabled": True},
}


def shortened(found: Manifest) -> Manifest:
    """The object without what differs each time, or what a file of the chart holds word for word."""
    match found:
        case {"kind": "Secret", "data": data}:
            return found | {"data": dict.fromkeys(data, "<secret>")}
        case {"kind": "ConfigMap", "data": data}:
            return found | {"data": dict.fromkeys(data, "<text>")}
        case {"kind": "PrometheusRule"}:
            return found | {"spec": "<alerts>"}
        case _:
            return found


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("workload-identity", FEDERATED),
        ("some-namespaces", {**FEDERATED, "namespaces": ["rendering", "encoding"]}),
        ("client-certificate", {"azure": {"signIn": "ClientCertificate", "existingSecret": "azure"}}),
        ("everything", {**FEDERATED, **EVERYTHING}),
        ("simulator", {"simulator": {"enabled": True}}),
    ],
)
def test_the_chart_renders_what_is_written_down(charts: Charts, name: str, values: Mapping[str, Any]) -> None:
    objects = sorted(
        charts.objects({**values, **NO_CRDS}), key=lambda found: (found["kind"], found["metadata"]["name"])
    )
    Golden(GOLDEN / "charts" / f"{name}.yaml").holds([shortened(found) for found in objects])


def test_helm_finds_nothing_to_complain_about(charts: Charts) -> None:
    assert "0 chart(s) failed" in charts.helm.must("lint", "--strict", CHART, f"--values={charts.values(FEDERATED)}")


def test_the_definitions_of_the_chart_are_those_of_the_folder_crds(charts: Charts) -> None:
    shipped = {found["metadata"]["name"]: found for found in charts.objects() if found["kind"].startswith("Custom")}
    plain = [yaml.safe_load(path.read_text()) for path in (PROJECT / "crds").glob("*.yaml")]
    assert len(shipped) == len(plain) == 2
    for wanted in plain:
        found = shipped[wanted["metadata"]["name"]]
        assert found["spec"] == wanted["spec"]
        assert wanted["metadata"]["annotations"].items() <= found["metadata"]["annotations"].items()


def test_alerts_and_dashboard_are_those_of_the_chart_word_for_word(charts: Charts) -> None:
    objects = {found["kind"]: found for found in charts.objects({**FEDERATED, **EVERYTHING, **NO_CRDS})}
    files = CHART / "files"
    assert objects["PrometheusRule"]["spec"] == yaml.safe_load((files / "alerts.yaml").read_text())
    dashboard = json.loads(objects["ConfigMap"]["data"]["azure-batch-operator.json"])
    assert dashboard == json.loads((files / "dashboard.json").read_text())


def test_the_service_monitor_gives_the_job_that_alerts_ask_for_whatever_the_release_is_called(charts: Charts) -> None:
    values = {**FEDERATED, **EVERYTHING, "fullnameOverride": "x", "nameOverride": "y"}
    objects = {found["kind"]: found for found in charts.objects(values)}
    monitor, labels = objects["ServiceMonitor"]["spec"], objects["Service"]["metadata"]["labels"]
    assert monitor["selector"]["matchLabels"].items() <= labels.items()
    jobs = set(re.findall(r'job="([^"]*)"', (CHART / "files" / "alerts.yaml").read_text()))
    (relabeling, *_) = monitor["endpoints"][0]["relabelings"]
    assert relabeling["targetLabel"] == "job"
    assert jobs == {relabeling["replacement"]}


def test_braces_in_a_definition_are_not_taken_for_a_template(charts: Charts, tmp_path: Path) -> None:
    chart, crd = tmp_path / "chart", "metadata:\n  annotations:\n    rule: \"{{ 'a' }} {{- fail }}\"\n"
    (chart / "templates").mkdir(parents=True)
    for file in ("Chart.yaml", "values.yaml", "templates/_names.tpl"):
        (chart / file).write_text((CHART / file).read_text())
    (chart / "templates" / "crd.yaml").write_text(crd_template(crd))
    rendered = charts.rendered(chart=chart)["crd.yaml"]
    assert yaml.safe_load(rendered)["metadata"]["annotations"]["rule"] == "{{ 'a' }} {{- fail }}"


@pytest.mark.parametrize(("keep", "policy"), [(True, "keep"), (False, None)])
def test_definitions_and_the_key_of_records_stay_as_long_as_they_are_to_be_kept(
    charts: Charts, *, keep: bool, policy: str | None
) -> None:
    objects = charts.objects({**FEDERATED, "crds": {"keep": keep}})
    kept = [found for found in objects if found["kind"] in {"CustomResourceDefinition", "Secret"}]
    policies = {found["metadata"].get("annotations", {}).get("helm.sh/resource-policy") for found in kept}
    assert (len(kept), policies) == (3, {policy})


def test_the_chart_is_of_the_version_of_the_operator() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    version = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
    assert (chart["version"], chart["appVersion"]) == (version, version)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "azure.tenantId and azure.clientId are not set"),
        ({"azure": {"signIn": "ClientSecret"}}, "azure.existingSecret is not set"),
        ({"azure": {"signIn": "ManagedIdentity", "existingSecret": "azure"}}, "azure.existingSecret is set, but"),
        ({**FEDERATED, "leaderElection": {"enabled": False}}, "set replicas to 1"),
        ({**FEDERATED, "leaderElection": {"leaseDuration": 11}}, "1.25 times as long as renewDeadline"),
        ({**FEDERATED, "leaderElection": {"retryPeriod": 9}}, "1.25 times as long as retryPeriod"),
    ],
)
def test_values_that_do_not_go_together_are_refused_in_words(
    charts: Charts, values: Mapping[str, Any], said: str
) -> None:
    assert said in charts.refusal(values)


@pytest.mark.parametrize(
    ("values", "first"),
    [
        (FEDERATED, f"--subject system:serviceaccount:{NAME}:{NAME} --audiences api://AzureADTokenExchange"),
        (
            {"azure": {"signIn": "ClientSecret", "existingSecret": "az"}},
            f"kubectl describe secret az --namespace {NAME}",
        ),
        ({"simulator": {"enabled": True}}, "kubectl explain batchpool.spec"),
    ],
)
def test_the_notes_say_the_next_three_commands(charts: Charts, values: Mapping[str, Any], first: str) -> None:
    dry = ("install", NAME, CHART, f"--namespace={NAME}", "--dry-run=client", "--hide-notes=false")
    _, _, notes = charts.helm.must(*dry, f"--values={charts.values(values)}").partition("NOTES:")
    second = f"kubectl rollout status deployment/{NAME} --namespace {NAME}"
    third = "kubectl get galleryimages,batchpools --all-namespaces --watch"
    assert [command in notes for command in (first, second, third)] == [True] * 3
    assert [f"{number}. " in notes for number in (1, 2, 3, 4)] == [True, True, True, False]
