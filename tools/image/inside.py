"""Becomes a program of an image as a restricted pod would run it: read-only root, a user without rights, no shell.

Run as a file by root: `inside.py ROOT USER:GROUP ENVIRONMENT [FOLDER=PATH_IN_ROOT ...] -- PROGRAM [ARGUMENT ...]`, the
image's environment as JSON. The mounts are seen by nobody else and end with the program; the kernel kills it when the
process that started it ends.
"""

import ctypes
import json
import os
import signal
import sys
from pathlib import Path

CLONE_NEWNS = 0x00020000
MS_RDONLY, MS_NOSUID, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 0x1, 0x2, 0x20, 0x1000, 0x4000, 0x40000
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
FROM_THE_MACHINE = ("/dev", "/proc", "/etc/hosts")
SHELLS = ("bin/sh", "bin/bash", "bin/dash")
SET_BY_MANIFESTS = ("AZURE_", "KUBECONFIG", "POD_")

libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Build the pod's view of the root, give up all rights, and become the program."""
    separator = sys.argv.index("--")
    root, user, environment, *volumes = sys.argv[1:separator]
    parent = os.getppid()
    _furnish(Path(root), dict(volume.split("=", 1) for volume in volumes))
    os.chroot(root)
    os.chdir("/")
    _become(*map(int, user.split(":")))
    _die_with(parent)
    command = sys.argv[separator + 1 :]
    os.execvpe(command[0], command, json.loads(environment) | _of_the_manifest())


def _of_the_manifest() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith(SET_BY_MANIFESTS)}


def _furnish(root: Path, volumes: dict[str, str]) -> None:
    """Mount what a container runtime mounts, and nothing over which a program could start a shell."""
    _call(libc.unshare, CLONE_NEWNS)
    _mount(None, Path("/"), MS_REC | MS_PRIVATE)
    _mount(root, root, MS_BIND)
    places = {path: root / path.lstrip("/") for path in (*FROM_THE_MACHINE, *volumes.values())}
    for place in places.values():
        _make(place, folder=place.name != "hosts")
    _mount(None, root, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID)
    for path in FROM_THE_MACHINE:
        _mount(Path(path), places[path], MS_BIND | MS_REC)
    for folder, path in volumes.items():
        _mount(Path(folder), places[path], MS_BIND)
    for shell in SHELLS:
        if (root / shell).exists():
            _mount(Path("/dev/null"), root / shell, MS_BIND)


def _make(place: Path, *, folder: bool) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    if folder:
        place.mkdir(exist_ok=True)
    else:
        place.touch()


def _become(user: int, group: int) -> None:
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)
    _call(libc.prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _die_with(parent: int) -> None:
    """Ask anew: the kernel forgets it when a process changes its user."""
    _call(libc.prctl, PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


def _mount(source: Path | None, target: Path, flags: int) -> None:
    _call(libc.mount, os.fsencode(source or "none"), os.fsencode(target), None, ctypes.c_ulong(flags), None)


def _call(function: "ctypes._NamedFuncPointer", *arguments: object) -> None:
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function.__name__}: {os.strerror(number)}", repr(arguments))


if __name__ == "__main__":
    main()
