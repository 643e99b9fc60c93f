"""Finds the control plane's programs, and builds those that are not there yet.

`python -m tools.controlplane.build [PROGRAM ...]` makes them ready ahead of time and prints where they are.
"""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.controlplane.golang import GO_MOD, GoNotFoundError, find_go, go_environment
from tools.processes import leashed

PACKAGES = {
    "etcd": "go.etcd.io/etcd/server/v3",
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
    "kubectl": "k8s.io/kubernetes/cmd/kubectl",
    "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
}
ALWAYS_NEEDED = ("etcd", "kube-apiserver", "kubectl")
SECONDS_BETWEEN_LINES = 10.0


class BuildError(RuntimeError):
    """Go could not build a program; the message ends with what Go said."""


def find_programs(*names: str) -> dict[str, Path]:
    """Where each of the programs is, building what neither KUBEBUILDER_ASSETS nor the cache has."""
    return {name: _in_assets(name) or _in_cache(name) or _build(name) for name in names}


def cache_folder() -> Path:
    """The folder of exactly these versions; every clone of the project on this machine shares it."""
    pinned = hashlib.sha256(GO_MOD.read_bytes() + GO_MOD.with_name("go.sum").read_bytes()).hexdigest()
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return caches / "azure-batch-operator" / "controlplane" / pinned[:16]


def _in_assets(name: str) -> Path | None:
    folder = os.environ.get("KUBEBUILDER_ASSETS")
    return _if_there(Path(folder) / name) if folder else None


def _in_cache(name: str) -> Path | None:
    return _if_there(cache_folder() / name)


def _if_there(program: Path) -> Path | None:
    return program if os.access(program, os.X_OK) else None


def _build(name: str) -> Path:
    with _only_one_builds():
        return _in_cache(name) or _build_into_cache(name)


def _build_into_cache(name: str) -> Path:
    go, begun = find_go(), time.monotonic()
    unfinished = cache_folder() / ".unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)  # left by a build that was killed
    total = _count_packages(go, name)
    build = ["build", "-v", "-trimpath", "-ldflags", _ldflags(), "-o", str(unfinished / name), PACKAGES[name]]
    _report(_output(go, build), f"{name}: {{}} of up to {total} packages compiled")
    program = (unfinished / name).rename(cache_folder() / name)
    _say(f"{name}: ready after {time.monotonic() - begun:.0f} s, kept in {cache_folder()}")
    return program


def _count_packages(go: Path, name: str) -> int:
    """Count what a build may have to compile; as a side effect Go downloads the sources."""
    _say(f"{name}: looking for its sources, downloading what is not in Go's module cache")
    return _report(_output(go, ["list", "-deps", PACKAGES[name]]), f"{name}: {{}} packages found")


def _output(go: Path, arguments: list[str]) -> Iterator[str]:
    """Go's output line by line as it comes; raises BuildError with its end if Go fails."""
    process = subprocess.Popen(
        leashed([str(go), *arguments]),
        cwd=GO_MOD.parent,
        env=go_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    recent: deque[str] = deque(maxlen=30)
    for line in process.stdout or ():
        recent.append(line)
        yield line
    if process.wait() != 0:
        raise BuildError(f"go {arguments[0]} failed in {GO_MOD.parent}:\n{''.join(recent)}")


def _report(lines: Iterable[str], progress: str) -> int:
    """Count the packages that Go names, saying every few seconds how many there are."""
    count, said = 0, time.monotonic()
    for line in lines:
        count += not line.startswith("go: ")
        if time.monotonic() - said > SECONDS_BETWEEN_LINES:
            said = time.monotonic()
            _say(progress.format(count))
    return count


def _ldflags() -> str:
    """Small binaries that know their version; without it clients are told v0.0.0."""
    pinned = re.search(r"^\s*k8s\.io/kubernetes (v(\d+)\.(\d+)\.\d+)\b", GO_MOD.read_text(), re.MULTILINE)
    if pinned is None:
        raise BuildError(f"{GO_MOD} does not say which k8s.io/kubernetes to build")
    version = "k8s.io/component-base/version"
    values = {"gitVersion": pinned[1], "gitMajor": pinned[2], "gitMinor": pinned[3]}
    return " ".join(["-s -w", *(f"-X {version}.{name}={value}" for name, value in values.items())])


@contextlib.contextmanager
def _only_one_builds() -> Iterator[None]:
    cache_folder().mkdir(parents=True, exist_ok=True)
    with (cache_folder() / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("waiting for another build of the control plane to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _say(progress: str) -> None:
    print(f"[control plane] {progress}", file=sys.stderr, flush=True)


def main(arguments: list[str]) -> None:
    """Make the given programs ready, or the ones that are always needed."""
    unknown = [name for name in arguments if name not in PACKAGES]
    if unknown:
        sys.exit(f"There is no program {', '.join(unknown)} here; choose from {', '.join(PACKAGES)}.")
    try:
        for name, program in find_programs(*(arguments or ALWAYS_NEEDED)).items():
            print(f"{name}: {program}")
    except (BuildError, GoNotFoundError) as failure:
        sys.exit(str(failure))
    except KeyboardInterrupt:
        sys.exit("[control plane] stopped; Go keeps what it has compiled, so the next run goes on from here")


if __name__ == "__main__":
    main(sys.argv[1:])
