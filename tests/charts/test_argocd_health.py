"""What Argo CD shows of our resources, judged by Argo CD's own code."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from azure_batch_operator.core.conditions import (
    Advice,
    Condition,
    Converged,
    Progressing,
    Retrying,
    Stalled,
    Verdict,
    advisory,
    first_sight,
    verdict_conditions,
)
from tests.support.argocd_scripts import KINDS, Health, Judge, judge_in
from tests.support.custom_resources import QUICKSTART, ROOT, read_manifest
from tools.generate.argocd import SCRIPTS
from tools.stage.manifests import Manifest, merged

EXAMPLES = {"GalleryImage": "galleryimage.yaml", "BatchPool": "batchpool.yaml"}
VERDICTS: dict[Verdict, str] = {
    Converged(message="Said so."): "Healthy",
    Progressing(reason="Publishing", message="Said so."): "Progressing",
    Retrying(reason="AccountCoreQuotaReached", message="Said so."): "Progressing",
    Stalled(reason="InvalidSpec", message="Said so."): "Degraded",
}


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    return judge_in(tmp_path)


def resource(kind: str, *conditions: Condition, generation: int = 3, **spec: Any) -> Manifest:
    """An object of generation 3 whose status, if it has conditions, is about `generation`."""
    shown = [{"type": c.type.value, "status": c.status, "reason": c.reason, "message": c.message} for c in conditions]
    status = {"observedGeneration": generation, "conditions": shown} if shown else None
    change = {"metadata": {"generation": 3}, "spec": spec, "status": status}
    changed: Manifest = merged(read_manifest(QUICKSTART / EXAMPLES[kind]), change)
    return changed


def test_every_verdict_that_a_turn_can_come_to_is_among_those_judged_here() -> None:
    assert {type(verdict) for verdict in VERDICTS} == set(get_args(Verdict))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("verdict", "status"), VERDICTS.items(), ids=lambda value: type(value).__name__)
def test_a_verdict_is_shown_with_its_words(judge: Judge, kind: str, verdict: Verdict, status: str) -> None:
    shown = judge.health(resource(kind, *verdict_conditions(verdict)))
    assert shown == Health(status=status, message="Said so.")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_only_seen_is_progressing(judge: Judge, kind: str) -> None:
    shown = judge.health(resource(kind, *first_sight()))
    assert shown == Health(status="Progressing", message="Seen; not looked at in Azure yet.")


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_operator_has_not_seen_is_progressing(judge: Judge, kind: str) -> None:
    assert judge.health(resource(kind)).status == "Progressing"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("verdict", VERDICTS, ids=lambda verdict: type(verdict).__name__)
def test_a_verdict_on_a_former_spec_is_progressing(judge: Judge, kind: str, verdict: Verdict) -> None:
    shown = judge.health(resource(kind, *verdict_conditions(verdict), generation=2))
    assert shown == Health(status="Progressing", message="Waiting for the operator to look at the new spec")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("before", [None, *VERDICTS], ids=lambda verdict: type(verdict).__name__)
def test_what_is_suspended_is_suspended_whatever_it_was(judge: Judge, kind: str, before: Verdict | None) -> None:
    conditions = verdict_conditions(before) if before else ()
    assert judge.health(resource(kind, *conditions, suspend=True)).status == "Suspended"


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_deleted_is_progressing(judge: Judge, kind: str) -> None:
    healthy = resource(kind, *verdict_conditions(Converged(message="Said so.")))
    going = merged(healthy, {"metadata": {"deletionTimestamp": "2026-11-23T08:00:00Z"}})
    assert judge.health(going).status == "Progressing"


@pytest.mark.parametrize("kind", KINDS)
def test_advice_is_read_in_argo_cd_too_and_makes_nothing_ill(judge: Judge, kind: str) -> None:
    advice = advisory([Advice(reason="EndOfLife", message="It ends soon.")])
    shown = judge.health(resource(kind, *verdict_conditions(Converged(message="Said so.")), *advice))
    assert shown == Health(status="Healthy", message="Said so. Advice: It ends soon.")


def upstream_tests() -> list[Any]:
    """Every test of the files that Argo CD's own test run reads."""
    return [
        pytest.param(
            folder / test["inputPath"], Health(**test["healthStatus"]), id=f"{folder.name}-{test['inputPath']}"
        )
        for folder in (SCRIPTS / kind for kind in KINDS)
        for test in yaml.safe_load((folder / "health_test.yaml").read_text())["tests"]
    ]


@pytest.mark.parametrize(("file", "health"), upstream_tests())
def test_the_test_files_in_the_layout_of_argo_cd_hold(judge: Judge, file: Path, health: Health) -> None:
    assert judge.health(read_manifest(file)) == health


@pytest.mark.parametrize("kind", KINDS)
def test_every_file_of_test_data_is_used(kind: str) -> None:
    tests = yaml.safe_load((SCRIPTS / kind / "health_test.yaml").read_text())["tests"]
    assert {test["inputPath"] for test in tests} == {
        str(path.relative_to(SCRIPTS / kind)) for path in (SCRIPTS / kind / "testdata").iterdir()
    }


def golden_statuses(document: Any) -> Iterator[list[dict[str, str]]]:
    """The conditions of every status in a golden file."""
    if isinstance(document, dict) and "conditions" in document:
        yield document["conditions"]
    elif isinstance(document, dict | list):
        for held in document.values() if isinstance(document, dict) else document:
            yield from golden_statuses(held)


def implied(conditions: list[dict[str, str]]) -> Health:
    """The health that conditions mean, by the table in docs/gitops.md."""
    by_type = {condition["type"]: condition for condition in conditions}
    status = {
        ("True", False, False): "Healthy",
        ("False", True, False): "Progressing",
        ("Unknown", True, False): "Progressing",
        ("False", False, True): "Degraded",
    }[by_type["Ready"]["status"], "Reconciling" in by_type, "Stalled" in by_type]
    advice = f" Advice: {by_type['Advisory']['message']}" if status == "Healthy" and "Advisory" in by_type else ""
    return Health(status=status, message=by_type["Ready"]["message"] + advice)


def test_every_status_that_a_user_has_seen_has_the_health_that_its_conditions_imply(judge: Judge) -> None:
    files = sorted((ROOT / "tests" / "golden").rglob("*.yaml"))
    seen = [found for file in files for found in golden_statuses(yaml.safe_load(file.read_text()))]
    bodies = [{**resource("BatchPool"), "status": {"observedGeneration": 3, "conditions": found}} for found in seen]
    expected = [implied(conditions) for conditions in seen]
    assert {health.status for health in expected} == {"Healthy", "Progressing", "Degraded"}
    assert judge.healths("BatchPool", bodies) == expected


def test_both_kinds_are_judged_alike() -> None:
    assert len({(SCRIPTS / kind / "health.lua").read_text() for kind in KINDS}) == 1
