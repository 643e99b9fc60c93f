"""How the image is built where there is an engine, and what is said where there is none."""

import os
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools.image.base import NAME
from tools.sbom.packages import EXPORT, UV

PROJECT = Path(__file__).parents[2]
DOCKERFILE = (PROJECT / "Dockerfile").read_text()

# Stands in for docker, podman and buildah: answers or not, and writes down how it was called and what it was given.
ENGINE = """#!/bin/sh
case "$1" in
  info) exit "${ANSWERS_WITH:-0}" ;;
  build)
    echo "$(basename "$0") $*" > "$CALLS"
    for word in "$@"; do
      case "$word" in --secret=*) cat "${word##*src=}" >> "$CALLS.secrets" ;; esac
    done ;;
esac
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A machine with engines of our own, and nothing of its user's."""

    folder: Path

    def add(self, name: str, *, answers: bool = True) -> None:
        engine = self.folder / "bin" / name
        engine.write_text(ENGINE if answers else "#!/bin/sh\nexit 1\n")
        engine.chmod(0o755)

    def build(self, **environment: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "SSL_"))}
        search = {"PATH": f"{self.folder / 'bin'}:/usr/bin:/bin", "CALLS": str(self.folder / "calls")}
        command = [sys.executable, "-m", "tools.image", "build"]
        ours = {**kept, **search, "HOME": str(self.folder), "PIP_CONFIG_FILE": os.devnull, **environment}
        return subprocess.run(command, cwd=PROJECT, env=ours, capture_output=True, text=True, check=False)

    @property
    def call(self) -> str:
        return (self.folder / "calls").read_text()

    @property
    def secrets(self) -> str:
        given = self.folder / "calls.secrets"
        return given.read_text() if given.exists() else ""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    (tmp_path / "bin").mkdir()
    return Machine(folder=tmp_path)


def test_the_first_engine_that_answers_builds(machine: Machine) -> None:
    machine.add("docker", answers=False)
    machine.add("podman")
    assert machine.build().stdout.endswith("built by podman\n")
    assert machine.call.startswith("podman build")


def test_an_image_knows_its_version_its_commit_and_its_source(machine: Machine) -> None:
    machine.add("docker")
    machine.build(SOURCE="https://example.org/operator")
    version = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert f"--tag=azure-batch-operator:{version} " in machine.call
    assert f"--build-arg=VERSION={version} --build-arg=REVISION={commit.stdout.strip()}" in machine.call
    assert "--build-arg=SOURCE=https://example.org/operator" in machine.call


def test_an_index_and_authorities_of_the_machine_go_along_as_secrets_and_nothing_else_does(machine: Machine) -> None:
    machine.add("docker")
    authorities = machine.folder / "authorities.pem"
    authorities.write_text("the authorities\n")
    machine.build(PIP_INDEX_URL="https://user:key@index.example.org", PIP_TIMEOUT="7", PIP_CERT=str(authorities))
    assert machine.secrets == "[global]\nindex-url = https://user:key@index.example.org\nthe authorities\n"
    assert "key@" not in machine.call


def test_a_machine_without_settings_of_its_own_gives_none(machine: Machine) -> None:
    machine.add("docker")
    machine.build()
    assert "--secret" not in machine.call


def test_without_an_engine_it_says_what_to_do(machine: Machine) -> None:
    for name in ("docker", "podman", "buildah"):
        machine.add(name, answers=False)
    refused = machine.build()
    assert refused.returncode == 1
    assert refused.stderr == "None of docker, podman, buildah is here and answers: install one, or start its daemon.\n"


def test_the_stand_in_is_called_as_the_base_image() -> None:
    assert re.findall(r"^ARG BASE=(.*)$", DOCKERFILE, re.MULTILINE) == [NAME]
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"${BASE}", "scratch"}


def test_everything_that_is_installed_has_its_hash_in_the_lock() -> None:
    exported = subprocess.run(
        [UV, "export", "--quiet", "--frozen", "--no-emit-project", "--only-group", "image"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    committed = (PROJECT / "tools" / "image" / "builder.txt").read_text()
    assert _without_comments(committed) == _without_comments(exported.stdout), "run make generate"
    assert f"uv {' '.join(EXPORT)} " in DOCKERFILE
    installs = re.findall(r"pip (?:--python \S+ )?install .*", DOCKERFILE)
    assert [call for call in installs if not re.search(r"--require-hashes|--no-index", call)] == []


def _without_comments(requirements: str) -> list[str]:
    return [line for line in requirements.splitlines() if not line.startswith("#")]
