import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.eventually import eventually

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def foreground() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tools.controlplane"]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def folder_of(process: subprocess.Popen[str]) -> Path:
    """Read the line that a shell would evaluate."""
    assert process.stdout is not None
    exported = re.fullmatch(r"export KUBECONFIG=(\S+)\n", process.stdout.readline())
    assert exported
    return Path(exported[1]).parent


def users_of(folder: Path) -> list[psutil.Process]:
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if str(folder) in " ".join(process.info["cmdline"] or ())
    ]


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda ending: ending.name)
def test_no_process_and_no_folder_is_left(foreground: subprocess.Popen[str], ending: signal.Signals) -> None:
    folder = folder_of(foreground)
    assert len(users_of(folder)) >= 3  # etcd, kube-apiserver and what removes the folder
    foreground.send_signal(ending)
    foreground.wait(10)
    eventually(lambda: not folder.exists() and not users_of(folder), within=5)
    assert foreground.returncode == (-signal.SIGKILL if ending is signal.SIGKILL else 0)


def test_when_a_server_dies_it_ends_and_says_which(foreground: subprocess.Popen[str]) -> None:
    folder = folder_of(foreground)
    etcd = next(process for process in users_of(folder) if process.name() == "etcd")
    etcd.kill()
    _, errors = foreground.communicate(timeout=10)
    assert "etcd ended with status -9" in errors
    assert foreground.returncode == 1
    eventually(lambda: not folder.exists() and not users_of(folder), within=5)
