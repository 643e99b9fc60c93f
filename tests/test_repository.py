import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
LONGEST_FILE = 400
MACHINE_PATH = re.compile(r"(?<![\w.-])/(?:work|root)/")
PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text())
DECISIONS = PROJECT / "docs" / "decisions"


def tracked(*patterns: str) -> list[Path]:
    listed = run("git", "ls-files", "--", *patterns, cwd=PROJECT)
    return [path for line in listed.splitlines() if (path := PROJECT / line).is_file()]


def run(*command: str | Path, cwd: Path) -> str:
    ended = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def is_generated(path: Path) -> bool:
    return "generated" in path.read_text()[:400].lower()


def test_the_source_root_holds_packages_and_is_none_because_python_has_a_module_of_its_name() -> None:
    assert sorted(path.name for path in (PROJECT / "operator").glob("*.py")) == []
    assert sorted(path.name for path in (PROJECT / "operator").iterdir() if (path / "__init__.py").exists()) == [
        "azure_batch_operator",
        "azure_simulator",
    ]


def test_no_file_is_longer_than_a_person_reads_at_once() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in tracked("*.py") if not is_generated(path)}
    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_file_knows_the_machine_that_it_was_written_on() -> None:
    texts = {path: path.read_text(errors="replace") for path in tracked()}
    assert [path for path, text in texts.items() if MACHINE_PATH.search(text)] == []


def test_every_dependency_is_explained() -> None:
    groups = [PYPROJECT["project"]["dependencies"], *PYPROJECT["dependency-groups"].values()]
    names = {re.split(r"[^\w.-]", requirement, maxsplit=1)[0] for group in groups for requirement in group}
    explained = set(re.findall(r"^- `([\w.-]+)`:", (DECISIONS / "0001-dependencies.md").read_text(), re.MULTILINE))
    assert explained == names


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = sorted(int(path.name[:4]) for path in DECISIONS.glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with nothing but the wheel and what it asks for, at the locked versions."""
    folder, uv = tmp_path_factory.mktemp("installed"), Path(sys.executable).with_name("uv")
    locked = ["export", "--locked", "--no-dev", "--no-emit-project", "--no-hashes", "--quiet"]
    run(uv, *locked, "--output-file", folder / "locked.txt", cwd=PROJECT)
    run(uv, "build", "--wheel", "--out-dir", folder, cwd=PROJECT)
    run(uv, "venv", "--python", sys.executable, folder / "venv", cwd=folder)
    wheel = next(folder.glob("*.whl"))
    python = folder / "venv" / "bin" / "python"
    run(uv, "pip", "install", "--python", python, "--constraints", folder / "locked.txt", wheel, cwd=folder)
    return python.parent


@pytest.mark.parametrize("script", ["azure-batch-operator", "azure-simulator", "kubectl-batchpool"])
def test_the_wheel_installs_and_its_commands_introduce_themselves(installed: Path, script: str) -> None:
    called = script.replace("kubectl-", "kubectl ")
    assert PYPROJECT["project"]["version"] in run(installed / script, "--version", cwd=installed)
    assert f"Usage: {called}" in run(installed / script, "--help", cwd=installed)


def test_the_wheel_answers_the_completion_of_kubectl(installed: Path) -> None:
    assert "status\t" in run(installed / "kubectl_complete-batchpool", "", cwd=installed)


def test_the_installed_program_brings_the_definitions_that_it_validates_by(installed: Path) -> None:
    examples = PROJECT / "examples" / "quickstart"
    assert "nothing wrong" in run(installed / "azure-batch-operator", "validate", examples, cwd=installed)
