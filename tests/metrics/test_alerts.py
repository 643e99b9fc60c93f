"""The alerts and the dashboard as Prometheus, Grafana and people read them; their metrics are checked in tests/e2e."""

import re
from pathlib import Path

import pytest
import yaml
from promql_parser import AggregateExpr, BinaryExpr, Call, Expr, ParenExpr, VectorSelector, parse

from tests.support.monitoring import alerts, dashboard, panels, queries
from tests.support.promql import TARGET, Seen, mistakes, parts

PAGE = Path(__file__).parents[2] / "docs" / "monitoring.md"
CHART = Path(__file__).parents[1] / "golden" / "charts" / "everything.yaml"
SEEN = Seen({"up": ({"zone": "a"}, {"zone": "b"}), "leader": ({"name": "n"},)})


@pytest.mark.parametrize(
    ("query", "mistake"),
    [
        ("down", "nothing is called 'down'"),
        ('up{area="a"}', "up has no label 'area'"),
        ('up{zone="c"}', "no up has zone 'c'"),
        ('up{zone=~"c|d"}', "no up has zone 'c|d'"),
        ("sum by (area) (rate(up[5m]))", "has a label 'area' to group by"),
        ("up * on (area) leader", "has a label 'area' to group by"),
        ("up * on (instance) group_left (area) leader", "has a label 'area' to group by"),
        ("absent(down)", "nothing is called 'down'"),
        ("histogram_quantile(0.9, sum by (le) (rate(down_bucket[5m])))", "nothing is called 'down_bucket'"),
    ],
)
def test_a_query_of_what_does_not_exist_is_a_mistake(query: str, mistake: str) -> None:
    assert mistake in " ".join(mistakes(query, SEEN))


@pytest.mark.parametrize(
    "query",
    [
        'up{zone=~"a|c",job="any"}',
        'up{zone!="a"}',
        "sum by (zone, pod) (rate(up[5m])) > 3",
        'up and on (instance) leader{name="n"} == 1',
    ],
)
def test_a_query_of_what_exists_is_none(query: str) -> None:
    assert mistakes(query, SEEN) == []


@pytest.mark.parametrize("query", [query for _, query in queries()], ids=[name for name, _ in queries()])
def test_every_query_is_one(query: str) -> None:
    assert parts(parse(query), VectorSelector)


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_an_alert_compares_tells_and_leads_to_what_to_do(rule: dict[str, object]) -> None:
    assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
    fires = parse(rule["expr"])  # type: ignore[arg-type]  # YAML
    assert isinstance(fires, BinaryExpr) or (isinstance(fires, Call) and fires.func.name == "absent")
    assert rule["labels"].keys() == {"severity"}  # type: ignore[attr-defined]  # YAML
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}  # type: ignore[index]  # YAML
    annotations = rule["annotations"]
    assert annotations.keys() == {"summary", "description", "runbook"}  # type: ignore[attr-defined]  # YAML
    assert annotations["runbook"] == f"docs/monitoring.md#{str(rule['alert']).lower()}"  # type: ignore[index]  # YAML
    assert f"\n#### {rule['alert']}\n" in PAGE.read_text()


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_a_description_names_only_labels_that_its_alert_has(rule: dict[str, str]) -> None:
    told = set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"])))
    assert told <= labels_left(parse(rule["expr"]), listed_labels())


def labels_left(expression: Expr, labels: dict[str, set[str]]) -> set[str]:
    """The labels of what a query answers."""
    match expression:
        case AggregateExpr():
            return set(expression.modifier.labels) if expression.modifier else set()
        case BinaryExpr():
            return labels_left(expression.lhs, labels)
        case ParenExpr():
            return labels_left(expression.expr, labels)
        case Call() if expression.func.name == "absent":
            return set()
        case _:
            (selector,) = parts(expression, VectorSelector)
            return labels.get(selector.name or "", set()) | TARGET


def listed_labels() -> dict[str, set[str]]:
    """The labels of every metric that the page lists."""
    rows = re.findall(r"^\| `(\w+)` \| \w+ \|([^|]*)\|", PAGE.read_text(), re.MULTILINE)
    return {name: set(re.findall(r"`(\w+)`", cell)) for name, cell in rows}


def test_every_alert_that_the_page_explains_exists() -> None:
    assert re.findall(r"^#### (\w+)$", PAGE.read_text(), re.MULTILINE) == [rule["alert"] for rule in alerts()]


def test_every_panel_asks_the_prometheus_that_was_chosen_and_only_the_jobs_that_were() -> None:
    for panel in panels():
        assert panel["datasource"]["uid"] == "${datasource}", panel["title"]
        for target in panel["targets"]:
            assert target["datasource"]["uid"] == "${datasource}", panel["title"]
            selectors = parts(parse(target["expr"].replace("$__rate_interval", "5m")), VectorSelector)
            for selector in selectors:
                assert {"job", "namespace"} <= {matcher.name for matcher in selector.matchers.matchers}, panel["title"]


def test_panels_do_not_lie_over_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard()["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
    ids = [panel["id"] for panel in dashboard()["panels"]]
    assert len(ids) == len(set(ids))


def test_the_charts_scrape_keeps_our_labels() -> None:
    """As helm rendered it: tests/charts compares that file."""
    rendered = yaml.safe_load(CHART.read_text())
    monitor = next(each for each in rendered if each["kind"] == "ServiceMonitor")
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint["honorLabels"] is True
