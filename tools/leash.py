"""Becomes the given program, which the kernel then kills when the process that started it ends, however it ends.

Run as a file, `leash.py PARENT_PID PROGRAM [ARGUMENT ...]`, without the project on its path: it starts quickly.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask to die with the parent, then become the program."""
    parent, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):  # it died before the kernel knew that we care
        sys.exit(1)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
