"""The installed operator as a process, with the rights that we ship and nothing more."""

import contextlib
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from azure_simulator.client import ReadyLine
from tools.processes import bare_environment, leashed, stop
from tools.stage.pod import Pod

PROGRAM = Path(sys.executable).with_name("azure-batch-operator")
PREFIX = "AZURE_BATCH_OPERATOR_"

# Minutes of Azure pass in seconds here, so the operator looks more often than it would in life.
BRISK = {
    f"{PREFIX}RESYNC_INTERVAL": "5",
    f"{PREFIX}MOVING_INTERVAL": "0.3",
    f"{PREFIX}RETRY_BASE": "0.2",
    f"{PREFIX}RETRY_CAP": "3",
    f"{PREFIX}SWEEP_INTERVAL": "20",
}


# Several operators may run on one machine, and nothing but it may reach them. One process a cluster is enough for most
# who play here, and then it need not wait until the Lease of one that was killed has run out.
ALONE = {f"{PREFIX}HTTP_HOST": "127.0.0.1", f"{PREFIX}HTTP_PORT": "0", f"{PREFIX}LEADER_ELECTION": "false"}


def operator_environment(pod: Pod, ready: ReadyLine, kubeconfig: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """The operator's whole environment: its pod's, with the simulator for Azure, and `settings` by name."""
    named = {f"{PREFIX}{name.upper()}": value for name, value in settings.items()}
    return {
        **bare_environment(),
        **pod.environment,
        "KUBECONFIG": str(kubeconfig),
        "AZURE_SUBSCRIPTION_ID": ready.subscription_id,
        "AZURE_AUTHORITY_HOST": ready.authority,
        f"{PREFIX}RESOURCE_MANAGER_ENDPOINT": ready.resource_manager,
        f"{PREFIX}TOKEN_HOSTS": "localhost",
        f"{PREFIX}CA_FILE": str(ready.ca_file),
        **ALONE,
        **BRISK,
        **named,
    }


@dataclass(slots=True, kw_only=True)
class Operator:
    """Starts, kills and restarts the operator; at most one process at a time."""

    environment: dict[str, str]
    log: Path
    command: tuple[str, ...] = (str(PROGRAM), "run")
    starts: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def beside(self, name: str, environment: Mapping[str, str]) -> "Operator":
        """Another replica, called `name`, with these variables changed and a log of its own; it is not started yet."""
        own = {**self.environment, "POD_NAME": name, **environment}
        return Operator(environment=own, command=self.command, log=self.log.with_name(f"{name}.log"))

    def start(self) -> None:
        """Run the program as its pod does; its output goes to `log`."""
        self.starts += 1
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                leashed(self.command),
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The running process."""
        if self._process is None:
            raise RuntimeError("The operator was not started.")
        return self._process

    def must_run(self) -> None:
        """Raise with its last words when it ended by itself."""
        if (code := self.process.poll()) is not None:
            words = "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])
            raise RuntimeError(f"The operator ended with exit status {code}. Its last words:\n{words}")

    def kill(self) -> None:
        """`kill -9`, as a node that loses power does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM, as a rolling update does; returns the exit status."""
        stop(self.process, patience=15.0)
        return self.process.returncode

    @contextlib.contextmanager
    def running(self) -> Iterator["Operator"]:
        """Run it for the length of the block."""
        self.start()
        try:
            yield self
        finally:
            stop(self.process, patience=15.0)
