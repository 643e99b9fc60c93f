"""Every value of the chart does what it says, and nothing else is taken for one."""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
import yaml

from azure_batch_operator.settings import PREFIX, Settings, read_settings
from tests.support.charts import FEDERATED, Charts
from tools.chart.helm import CHART, NAME
from tools.chart.values import Value, explained
from tools.stage.manifests import merged

Schema = dict[str, Any]
SCHEMA: Schema = json.loads((CHART / "values.schema.json").read_text())
EXAMPLES: dict[str, Any] = yaml.safe_load((Path(__file__).with_name("values.yaml")).read_text())
WRONG = {"string": 7, "integer": "many", "number": "many", "boolean": "perhaps", "array": "one", "object": "one"}


def resolved(schema: Schema) -> Schema:
    """The schema with what it refers to."""
    if reference := schema.get("$ref"):
        return resolved(SCHEMA["$defs"][reference.rsplit("/", 1)[-1]]) | schema
    return schema


def walked(schema: Schema = SCHEMA, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Every schema below this one that a value in an object has, by the value's path."""
    for name, inner in resolved(schema).get("properties", {}).items():
        below = f"{path}.{name}".removeprefix(".")
        yield below, resolved(inner)
        yield from walked(inner, below)


LEAVES = {path: schema for path, schema in walked() if "properties" not in schema}


def nested(path: str, value: Any) -> dict[str, Any]:
    """The value at its path."""
    return reduce(lambda inner, key: {key: inner}, reversed(path.split(".")), value)


def all_of(values: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return reduce(merged, values, {})


def whole(charts: Charts, *values: Mapping[str, Any]) -> str:
    return "---\n".join(charts.rendered(all_of([FEDERATED, *values])).values())


@pytest.fixture(scope="module")
def rendered_before() -> dict[str, str]:
    """What is rendered without an example, by the values beside it: much the same for most."""
    return {}


def test_every_value_has_an_example_here() -> None:
    assert EXAMPLES.keys() == LEAVES.keys()


@pytest.mark.parametrize("path", EXAMPLES)
def test_a_value_shows_in_what_is_rendered(charts: Charts, rendered_before: dict[str, str], path: str) -> None:
    example = EXAMPLES[path]
    beside = example.get("beside", {})
    without = example.get("instead", beside)
    if (key := json.dumps(without)) not in rendered_before:
        rendered_before[key] = whole(charts, without)
    before = rendered_before[key]
    after = whole(charts, beside, nested(path, example["set"]))
    if "seen" in example:
        assert example["seen"] in after
        assert example["seen"] not in before
    elif "gone" in example:
        assert example["gone"] in before
        assert example["gone"] not in after
    else:
        assert after == before


def wrong(schema: Schema) -> Any:
    """A value of a type that the schema does not take."""
    if "enum" in schema:
        return "Nonsense"
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return "lots" if "pattern" in schema and "number" in types else WRONG[types[0]]


def test_a_value_of_a_wrong_type_is_refused_with_its_path(charts: Charts) -> None:
    refusal = charts.refusal(all_of(nested(path, wrong(schema)) for path, schema in LEAVES.items()))
    assert [path for path in LEAVES if f"at '/{path.replace('.', '/')}'" not in refusal] == []


def test_a_value_that_the_chart_does_not_know_is_refused_in_every_object(charts: Charts) -> None:
    objects = [path for path, schema in walked() if "properties" in schema]
    refusal = charts.refusal(all_of(nested(f"{path}.unheardOf".removeprefix("."), 1) for path in ["", *objects]))
    pointers = ["" if not path else f"/{path.replace('.', '/')}" for path in ["", *objects]]
    assert len(pointers) > 20
    assert [
        path for path in pointers if f"at '{path}': additional properties 'unheardOf' not allowed" not in refusal
    ] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("fullnameOverride", "Upper"),
        ("commonLabels", {"app.kubernetes.io/instance": "mine"}),
        ("commonLabels", {"team": "two words"}),
        ("podLabels", {"azure.workload.identity/use": "false"}),
        ("image.registry", "https://registry.example"),
        ("image.digest", "sha256:abc"),
        ("image.tag", "a b"),
        ("imagePullSecrets", ["pull"]),
        ("replicas", 11),
        ("azure.tenantId", "contoso.onmicrosoft.com"),
        ("azure.endpoints.authority", "http://login.example"),
        ("azure.endpoints.tokenHosts", ["https://batch.example"]),
        ("azure.endpoints.tokenHosts", ["*.batch.example"]),
        ("namespaces", ["Rendering"]),
        ("namespaces", ["rendering", "rendering"]),
        ("operator.id", "x" * 41),
        ("operator.formerIds", ["a,b"]),
        ("operator.watchAccounts", ["/subscriptions/1"]),
        ("operator.workers", 0),
        ("operator.resyncInterval", 0),
        ("operator.requestTimeout", 31),
        ("resources.limits", {"gpu": 1}),
        ("resources.limits.memory", "lots"),
        ("podSecurity.runAsUser", 0),
        ("terminationGracePeriodSeconds", 30),
        ("tolerations", [{"kee": "spot"}]),
        ("topologySpread", [{"topologyKey": "zone"}]),
        ("extraEnv", [{"value": "nameless"}]),
        ("extraEnv", [{"name": "A", "valueFrom": {"secretRef": {}}}]),
        ("extraVolumes", [{"emptyDir": {}}]),
        ("extraVolumeMounts", [{"name": "more", "mountPath": "relative"}]),
        ("metrics.serviceMonitor.interval", "often"),
        ("metrics.service.port", 65536),
        ("networkPolicy.metricsFrom", [{}]),
        ("networkPolicy.egressPorts", []),
        ("simulator.clockSpeed", 0),
    ],
)
def test_a_value_that_cannot_work_is_refused(charts: Charts, path: str, value: Any) -> None:
    assert f"'/{path.replace('.', '/')}" in charts.refusal(nested(path, value))


def test_the_file_of_values_lists_and_explains_every_value() -> None:
    listed = {value.path: value.about for value in explained((CHART / "values.yaml").read_text())}
    as_kubernetes_has_it = ("affinity", "resources.requests", "resources.limits")
    of_kubernetes = {path for path in LEAVES if path.removeprefix("simulator.").startswith(as_kubernetes_has_it)}
    helms_own = {"global"}
    assert LEAVES.keys() - listed.keys() == of_kubernetes | helms_own
    assert {path for path, about in listed.items() if not about.endswith(".")} == set()


def test_a_value_is_explained_by_the_lines_right_above_it() -> None:
    text = "# About the file.\n\n# First\n# words.\na: 1\nb:\n  # Inner.\n  c: {d: [2]}\n"
    assert explained(text) == [
        Value(path="a", default=1, about="First words."),
        Value(path="b.c", default={"d": [2]}, about="Inner."),
    ]


def environment(charts: Charts, *values: Mapping[str, Any]) -> dict[str, str]:
    """The operator's variables; one that comes from elsewhere has the text `elsewhere`."""
    objects = charts.objects(all_of(values))
    [deployment] = [found for found in objects if found["kind"] == "Deployment" and found["metadata"]["name"] == NAME]
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    return {entry["name"]: entry.get("value", "elsewhere") for entry in container["env"]}


def variable(name: str) -> str:
    """The environment variable of a setting."""
    alias = Settings.model_fields[name].validation_alias
    return str(alias) if alias else f"{PREFIX}{name.upper()}"


def test_defaults_are_those_of_the_operators_settings(charts: Charts) -> None:
    """Written out, so that people see them, and the same, so that the documentation of both is right."""
    given = environment(charts, FEDERATED)
    own = {variable(name): field.default for name, field in Settings.model_fields.items()}
    elsewhere = {f"{PREFIX}{name}" for name in ("HTTP_HOST", "HTTP_PORT", "SIGN_IN")}
    shared = (given.keys() & own.keys()) - elsewhere - {"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "POD_NAME"}
    assert len(shared) > 10
    assert {name: given[name].lower() for name in shared} == {name: str(own[name]).lower() for name in shared}


def test_every_setting_of_the_operator_can_be_set_and_nothing_that_is_none(charts: Charts) -> None:
    operators = all_of(
        nested(path, example["set"])
        for path, example in EXAMPLES.items()
        if path.startswith(("operator.", "namespaces", "azure.endpoints.", "azure.subscriptionId", "azure.certificate"))
    )
    secret = {"azure": {"signIn": "ClientSecret", "existingSecret": "azure", "projectToken": True}}
    certificate = {"azure": {"signIn": "ClientCertificate", "existingSecret": "azure"}}
    set_somehow = environment(charts, operators, secret).keys() | environment(charts, certificate).keys()
    assert set_somehow == {variable(name) for name in Settings.model_fields} | {"POD_NAMESPACE"}


@pytest.mark.parametrize(
    "azure",
    [
        {"signIn": "WorkloadIdentity", "projectToken": True, **FEDERATED["azure"]},
        {"signIn": "ManagedIdentity"},
        {"signIn": "ClientSecret", "existingSecret": "azure"},
        {"signIn": "ClientCertificate", "existingSecret": "azure"},
    ],
    ids=lambda azure: azure["signIn"],
)
def test_the_operator_takes_what_the_chart_says_of_each_way_to_sign_in(
    charts: Charts, monkeypatch: pytest.MonkeyPatch, azure: Mapping[str, Any]
) -> None:
    for name, value in environment(charts, {"azure": azure}).items():
        monkeypatch.setenv(name, value)
    settings = read_settings()
    assert (settings.sign_in, settings.lease) == (azure["signIn"], f"{NAME}/{NAME}")
