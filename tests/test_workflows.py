"""What the platform runs for us: targets of the Makefile, with few rights, and by actions that cannot change."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).parents[1]
WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.yaml"))
TARGETS = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
EXPRESSION = re.compile(r"\$\{\{")


def workflow(path: Path) -> Any:
    return yaml.load(path.read_text(), Loader=yaml.BaseLoader)  # which leaves "on" a text


def jobs(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = workflow(path)["jobs"]
    return found


def steps(path: Path) -> list[Any]:
    return [step for job in jobs(path).values() for step in job["steps"]]


def made(path: Path) -> list[str]:
    return [
        target for step in steps(path) for target in re.findall(r"^make ([a-z-]+)", step.get("run", ""), re.MULTILINE)
    ]


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


def test_there_are_two() -> None:
    assert [path.stem for path in WORKFLOWS] == ["checks", "release"]


def test_what_they_make_is_there_to_be_made(path: Path) -> None:
    assert set(made(path)) <= TARGETS
    assert made(path)


def test_a_release_makes_everything_that_it_publishes() -> None:
    assert {"build", "sbom", "chart", "docs", "image"} <= set(made(PROJECT / ".github" / "workflows" / "release.yaml"))


def test_a_change_has_to_pass_what_the_build_server_runs() -> None:
    assert {"check", "test", "test-image"} <= set(made(PROJECT / ".github" / "workflows" / "checks.yaml"))


def test_nothing_has_rights_that_its_job_does_not_name(path: Path) -> None:
    assert workflow(path)["permissions"] == {}
    assert [name for name, job in jobs(path).items() if not isinstance(job.get("permissions"), dict)] == []


def test_what_a_pull_request_runs_can_write_nothing() -> None:
    granted = [job["permissions"] for job in jobs(PROJECT / ".github" / "workflows" / "checks.yaml").values()]
    assert granted == [{"contents": "read"}] * len(granted)


def test_an_action_is_named_by_its_commit_and_its_version(path: Path) -> None:
    uses = re.findall(r"uses: (.*)", path.read_text())
    assert [each for each in uses if not re.fullmatch(PINNED.pattern + r" # v\d+\.\d+\.\d+", each)] == []
    assert uses


def test_no_script_has_an_expression_in_it_that_somebody_elses_text_could_come_through(path: Path) -> None:
    assert [step["run"] for step in steps(path) if EXPRESSION.search(step.get("run", ""))] == []


def test_a_checkout_leaves_no_token_behind(path: Path) -> None:
    checkouts = [step for step in steps(path) if step.get("uses", "").startswith("actions/checkout@")]
    assert {step["with"]["persist-credentials"] for step in checkouts} == {"false"}


def test_every_job_ends(path: Path) -> None:
    assert [name for name, job in jobs(path).items() if int(job.get("timeout-minutes", 0)) == 0] == []
