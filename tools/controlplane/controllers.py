"""The controllers of Kubernetes, for the few who need one: none runs otherwise."""

import contextlib
from collections.abc import Iterator

from tools.controlplane.plane import ControlPlane
from tools.processes import free_port, running
from tools.programs.build import find_programs


@contextlib.contextmanager
def garbage_collector(plane: ControlPlane) -> Iterator[None]:
    """Run what lets an object go that was deleted with its dependents first, for the length of the block."""
    flags = {
        "controllers": "garbage-collector-controller",
        "kubeconfig": plane.kubeconfig,
        "leader-elect": "false",
        "bind-address": "127.0.0.1",
        "secure-port": free_port(),
        "cert-dir": plane.folder / "controller-manager",
    }
    program = find_programs("kube-controller-manager")["kube-controller-manager"]
    command = [str(program), *(f"--{flag}={value}" for flag, value in flags.items())]
    with running(command, log=plane.folder / "controller-manager.log"):
        yield
