"""Finds the programs of others, and builds those that are not there yet.

`python -m tools.programs.build [PROGRAM ...]` makes them ready ahead of time and prints where they are.
"""

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.processes import leashed
from tools.programs.golang import GoNotFoundError, find_go, go_environment
from tools.programs.modules import ALWAYS_NEEDED, PROGRAMS, Module

SECONDS_BETWEEN_LINES = 10.0


class BuildError(RuntimeError):
    """Go could not build a program; the message ends with what Go said."""


def find_programs(*names: str) -> dict[str, Path]:
    """Where each of the programs is, building what neither KUBEBUILDER_ASSETS nor the cache has."""
    return {name: _in_assets(name) or _in_cache(name) or _build(name) for name in names}


def cache_folder(module: Module) -> Path:
    """The folder of exactly these versions; every clone of the project on this machine shares it."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return caches / "azure-batch-operator" / module.folder.name / module.pinned


def _in_assets(name: str) -> Path | None:
    folder = os.environ.get("KUBEBUILDER_ASSETS")
    return _if_there(Path(folder) / name) if folder else None


def _in_cache(name: str) -> Path | None:
    return _if_there(cache_folder(PROGRAMS[name]) / name)


def _if_there(program: Path) -> Path | None:
    return program if os.access(program, os.X_OK) else None


def _build(name: str) -> Path:
    with _only_one_builds(PROGRAMS[name]):
        return _in_cache(name) or _build_into_cache(name, PROGRAMS[name])


def _build_into_cache(name: str, module: Module) -> Path:
    go, begun, cache = find_go(module.oldest_go), time.monotonic(), cache_folder(module)
    unfinished = cache / ".unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)  # left by a build that was killed
    total = _count_packages(go, name, module)
    flags = ["-v", "-trimpath", "-ldflags", _ldflags(module), "-o", str(unfinished / name)]
    _report(
        _output(go, ["build", *flags, module.packages[name]], module),
        f"{name}: {{}} of up to {total} packages compiled",
    )
    program = (unfinished / name).rename(cache / name)
    _say(f"{name}: ready after {time.monotonic() - begun:.0f} s, kept in {cache}")
    return program


def _count_packages(go: Path, name: str, module: Module) -> int:
    """Count what a build may have to compile; as a side effect Go downloads the sources."""
    _say(f"{name}: looking for its sources, downloading what is not in Go's module cache")
    return _report(_output(go, ["list", "-deps", module.packages[name]], module), f"{name}: {{}} packages found")


def _output(go: Path, arguments: list[str], module: Module) -> Iterator[str]:
    """Go's output line by line as it comes; raises BuildError with its end if Go fails."""
    process = subprocess.Popen(
        leashed([str(go), *arguments]),
        cwd=module.folder,
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
        raise BuildError(f"go {arguments[0]} failed in {module.folder}:\n{''.join(recent)}")


def _report(lines: Iterable[str], progress: str) -> int:
    """Count the packages that Go names, saying every few seconds how many there are."""
    count, said = 0, time.monotonic()
    for line in lines:
        count += not line.startswith("go: ")
        if time.monotonic() - said > SECONDS_BETWEEN_LINES:
            said = time.monotonic()
            _say(progress.format(count))
    return count


def _ldflags(module: Module) -> str:
    """Small binaries that know their version; without it clients are told v0.0.0."""
    version = module.version
    if version is None:
        raise BuildError(f"{module.folder / 'go.mod'} does not say which {module.main} to build")
    major, minor, patch = version.removeprefix("v").split(".")
    words = {
        name: template.format(version=version, major=major, minor=minor, patch=patch)
        for name, template in module.version_words.items()
    }
    return " ".join(["-s -w", *(f"-X {name}={word}" for name, word in words.items())])


@contextlib.contextmanager
def _only_one_builds(module: Module) -> Iterator[None]:
    cache = cache_folder(module)
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say(f"waiting for another build in {cache} to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _say(progress: str) -> None:
    print(f"[build] {progress}", file=sys.stderr, flush=True)


def main(arguments: list[str]) -> None:
    """Make the given programs ready, or the ones that are always needed."""
    unknown = [name for name in arguments if name not in PROGRAMS]
    if unknown:
        sys.exit(f"There is no program {', '.join(unknown)} here; choose from {', '.join(PROGRAMS)}.")
    try:
        for name, program in find_programs(*(arguments or ALWAYS_NEEDED)).items():
            print(f"{name}: {program}")
    except (BuildError, GoNotFoundError) as failure:
        sys.exit(str(failure))
    except KeyboardInterrupt:
        sys.exit("[build] stopped; Go keeps what it has compiled, so the next run goes on from here")


if __name__ == "__main__":
    main(sys.argv[1:])
