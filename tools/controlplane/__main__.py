"""`python -m tools.controlplane`: run a control plane in the foreground until Ctrl-C."""

import contextlib
import signal
import sys
import time

from tools.controlplane.plane import ControlPlane
from tools.controlplane.servers import ControlPlaneError
from tools.programs.build import BuildError
from tools.programs.golang import GoNotFoundError

ENDINGS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


def main() -> None:
    """Start it, print how to use it, and wait to be told to stop."""
    begun = time.monotonic()
    with ControlPlane.start() as plane:
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
        print(f"export KUBECONFIG={plane.kubeconfig}", flush=True)
        print(f"# kubectl is {plane.programs['kubectl']}")
        print(f"# ready after {time.monotonic() - begun:.1f} s; logs are in {plane.folder}; Ctrl-C ends it", flush=True)
        while signal.sigtimedwait(ENDINGS, 1) is None:
            plane.must_run()


if __name__ == "__main__":
    try:
        with contextlib.suppress(KeyboardInterrupt):
            main()
    except (BuildError, GoNotFoundError, ControlPlaneError) as failure:
        sys.exit(str(failure))
