"""What people may do to our resources from Argo CD, run by Argo CD's own code."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.argocd_scripts import CONFIG_MAP, KINDS, Judge, RefusedError, judge_in
from tests.support.custom_resources import read_manifest
from tools.generate.argocd import FOLDER, SCRIPTS

REQUESTED = "azurebatch.io/reconcile-requested-at"


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    return judge_in(tmp_path)


def upstream_tests(section: str) -> list[Any]:
    """Every test of a section of the files that Argo CD's own test run reads."""
    return [
        pytest.param(folder, test, id=told(test))
        for folder in (SCRIPTS / kind / "actions" for kind in KINDS)
        for test in yaml.safe_load((folder / "action_test.yaml").read_text())[section]
    ]


def told(test: dict[str, Any]) -> str:
    """What a test is called."""
    words = [test.get("action", "offered"), Path(test["inputPath"]).stem, *test.get("parameters", {}).values()]
    return "-".join(words)


@pytest.mark.parametrize(("folder", "test"), upstream_tests("discoveryTests"))
def test_what_is_offered_depends_on_the_object(judge: Judge, folder: Path, test: dict[str, Any]) -> None:
    offered = judge.actions(read_manifest(folder / test["inputPath"]))
    assert offered == {action["name"]: not action.get("disabled", False) for action in test["result"]}


@pytest.mark.parametrize(("folder", "test"), upstream_tests("actionTests"))
def test_an_action_changes_what_it_says_and_nothing_else(judge: Judge, folder: Path, test: dict[str, Any]) -> None:
    asked, parameters = read_manifest(folder / test["inputPath"]), test.get("parameters", {})
    if refusal := test.get("expectedErrorMessage"):
        with pytest.raises(RefusedError, match=refusal):
            judge.run(test["action"], asked, parameters)
        return
    made, expected = judge.run(test["action"], asked, parameters), read_manifest(folder / test["expectedOutputPath"])
    if test["action"] == "reconcile":
        expected["metadata"]["annotations"][REQUESTED] = made["metadata"]["annotations"][REQUESTED]
    assert made == expected


def test_asking_for_a_look_writes_down_the_time_and_keeps_other_annotations(judge: Judge) -> None:
    asked = read_manifest(SCRIPTS / "BatchPool" / "actions" / "testdata" / "batchpool-reconciled.yaml")
    asked["metadata"]["annotations"]["kept"] = "yes"
    made = judge.run("reconcile", asked)["metadata"]["annotations"]
    assert made["kept"] == "yes"
    assert abs(datetime.fromisoformat(made[REQUESTED]) - datetime.now(UTC)) < timedelta(minutes=5)


@pytest.mark.parametrize("kind", KINDS)
def test_every_action_is_offered_and_every_offer_has_an_action(judge: Judge, kind: str) -> None:
    folder = SCRIPTS / kind / "actions"
    defined = {path.parent.name for path in folder.glob("*/action.lua")}
    assert set(judge.actions(read_manifest(folder / "testdata" / f"{kind.lower()}.yaml"))) == defined


def test_the_values_of_argo_cds_helm_chart_say_the_same_as_the_config_map() -> None:
    values = yaml.safe_load((FOLDER / "values.yaml").read_text())
    assert values["configs"]["cm"] == read_manifest(CONFIG_MAP)["data"]


def test_helm_finds_nothing_in_the_scripts_that_it_would_take_for_a_template() -> None:
    assert "{{" not in (FOLDER / "values.yaml").read_text()
