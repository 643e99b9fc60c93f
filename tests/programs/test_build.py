import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tools.programs.modules import PROGRAMS

PROJECT = Path(__file__).parents[2]

# Stands in for Go, which would need minutes: writes down how it was called and builds a script.
GO = """#!/bin/sh
echo "$*" >> "$GO_CALLS"
case "$1" in
  env) echo "go$GO_VERSION" ;;
  list) printf 'one\\ntwo\\n' ;;
  build)
    [ -z "$GO_FAILURE" ] || { echo "$GO_FAILURE" >&2; exit 1; }
    while [ "$1" != -o ]; do shift; done
    mkdir -p "$(dirname "$2")" && echo '#!/bin/sh' > "$2" && chmod +x "$2" ;;
esac
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A machine of our own: its folder, its Go and its cache."""

    folder: Path

    def start_build(self, *programs: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tools.programs.build", *programs],
            cwd=PROJECT,
            env=self._environment() | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def build(self, *programs: str, **environment: str) -> subprocess.CompletedProcess[str]:
        process = self.start_build(*programs, **environment)
        stdout, stderr = process.communicate(timeout=30)
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)

    def builds(self) -> list[str]:
        calls = self.folder / "calls"
        return [line for line in calls.read_text().splitlines() if line.startswith("build")] if calls.exists() else []

    def programs(self) -> list[str]:
        return sorted(
            path.name for path in (self.folder / "cache").rglob("*") if os.access(path, os.X_OK) and path.is_file()
        )

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name != "KUBEBUILDER_ASSETS"}
        return inherited | {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "GO_CALLS": str(self.folder / "calls"),
            "GO_VERSION": "1.99.0",
            "GO_FAILURE": "",
        }


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    (tmp_path / "bin").mkdir()
    go = tmp_path / "bin" / "go"
    go.write_text(GO)
    go.chmod(0o755)
    return Machine(folder=tmp_path)


def test_a_program_is_built_once(machine: Machine) -> None:
    assert machine.build("etcd").returncode == 0
    assert machine.build("etcd").returncode == 0
    assert len(machine.builds()) == 1


def test_the_three_programs_that_are_always_needed_are_the_default(machine: Machine) -> None:
    assert machine.build().returncode == 0
    assert machine.programs() == ["etcd", "kube-apiserver", "kubectl"]


def test_two_builds_at_the_same_time_build_once(machine: Machine) -> None:
    both = [machine.start_build("etcd"), machine.start_build("etcd")]
    assert [process.wait(30) for process in both] == [0, 0]
    assert len(machine.builds()) == 1


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("kubectl", "k8s.io/component-base/version.gitVersion=v1.37.2"),
        ("kubectl", "k8s.io/component-base/version.gitMinor=37"),
        ("helm", "helm.sh/helm/v4/internal/version.version=v4.3.1"),
        ("argocd", "github.com/argoproj/argo-cd/v3/common.version=3.2.1"),
    ],
)
def test_the_programs_know_the_version_that_go_mod_pins(machine: Machine, program: str, told: str) -> None:
    machine.build(program)
    assert f"-X {told}" in machine.builds()[0]


def test_a_failed_build_says_what_go_said_and_leaves_nothing(machine: Machine) -> None:
    failed = machine.build("etcd", GO_FAILURE="undefined: raft")
    assert failed.returncode == 1
    assert "undefined: raft" in failed.stderr
    assert machine.programs() == []


def test_a_folder_of_prebuilt_programs_is_used_as_it_is(machine: Machine) -> None:
    prebuilt = machine.folder / "bin"
    (prebuilt / "etcd").symlink_to(prebuilt / "go")
    found = machine.build("etcd", KUBEBUILDER_ASSETS=str(prebuilt))
    assert found.stdout == f"etcd: {prebuilt}/etcd\n"
    assert machine.builds() == []


def test_an_unknown_program_is_answered_with_the_known_ones(machine: Machine) -> None:
    refused = machine.build("kubelet")
    assert refused.returncode == 1
    assert "no program kubelet here; choose from etcd, kube-apiserver" in refused.stderr


def test_a_program_that_would_tell_another_version_is_another_program() -> None:
    module = PROGRAMS["argocd"]
    assert replace(module, version_words={}).pinned != module.pinned
