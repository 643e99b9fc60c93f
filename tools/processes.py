"""Processes and folders that do not outlive whoever made them, not even after `kill -9`."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

LEASH = Path(__file__).with_name("leash.py")

# Its input ends when we do. What we ran may still be writing for a moment, so removing is tried more than once.
SWEEPER = 'read -r _; for try in 1 2 3 4 5 6 7 8 9; do rm -rf "$0" 2>/dev/null && exit 0; sleep 0.2; done; rm -rf "$0"'


def leashed(command: Sequence[str]) -> list[str]:
    """Prefix `command` so that it is killed when the thread that starts it ends (in practice: the main thread)."""
    return [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), *command]


@contextlib.contextmanager
def running(
    command: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None, patience: float = 5.0
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command` with its output in `log`; at the end it gets SIGTERM, and SIGKILL `patience` seconds later.

    It has a session of its own, so a Ctrl-C in the terminal reaches only us, and we end it in order.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            leashed(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        stop(process, patience=patience)


def stop(process: subprocess.Popen[bytes], *, patience: float = 5.0) -> None:
    """End `process` politely, then by force; does nothing when it has ended already."""
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def fleeting_folder(prefix: str) -> Iterator[Path]:
    """Make a private folder that is removed at the end of the block, or when this process dies inside it."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    sweeper = subprocess.Popen(
        ["sh", "-c", SWEEPER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield folder
    finally:
        sweeper.communicate()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def reserved_port() -> Iterator[int]:
    """Hold a free loopback port that only a server which shares ports (SO_REUSEPORT) can listen on meanwhile."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


def free_port() -> int:
    """A loopback port that nobody listens on now, for a server that does not share ports."""
    with socket.socket() as asker:
        asker.bind(("127.0.0.1", 0))
        port: int = asker.getsockname()[1]
        return port


def bare_environment() -> dict[str, str]:
    """What any program needs of our environment; nothing of it is a setting of Azure or of Kubernetes."""
    return {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}


def tail(log: Path, lines: int = 20) -> str:
    """The last lines of `log`, for error messages."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
