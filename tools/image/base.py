"""A stand-in for the base image where no registry is: the same Debian and Python, put together from Debian's packages.

It is made once per machine and recipe (this file), and then kept as one archive next to the other caches.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tools.image.store import Store, answer_of
from tools.processes import fleeting_folder, leashed

NAME = "python:3.11-slim-bookworm"
SUITE = "bookworm"
PACKAGES = ("ca-certificates", "netbase", "python3-venv", "tzdata")
NOT_IN_SLIM_IMAGES = (
    "usr/share/doc",
    "usr/share/info",
    "usr/share/locale",
    "usr/share/man",
    "var/cache/apt",
    "var/lib/apt/lists",
    "var/log",
)


def add_base(store: Store) -> None:
    """Put the stand-in into the store, under the base image's name."""
    container = store.buildah("from", "scratch")
    store.buildah("add", "--quiet", container, str(_archive()), "/")
    store.buildah("commit", "--quiet", "--rm", container, NAME)


def _archive() -> Path:
    archive = cache_folder() / "base.tar"
    with _only_one_makes():
        if not archive.exists():
            _make(archive)
    return archive


def cache_folder() -> Path:
    """The folder of exactly this recipe; every clone of the project on this machine shares it."""
    recipe = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return caches / "azure-batch-operator" / "image" / recipe[:16]


def _make(archive: Path) -> None:
    begun = time.monotonic()
    _say(f"making a stand-in for {NAME} from Debian's packages, once per machine")
    with fleeting_folder("debootstrap-") as folder:
        root, unfinished = folder / "root", archive.with_suffix(".unfinished")
        root.mkdir(mode=0o755)
        answer_of(leashed(["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE, str(root)]))
        _as_python_images_are(root)
        answer_of(["tar", "--create", "--numeric-owner", f"--directory={root}", f"--file={unfinished}", "."])
        unfinished.rename(archive)
    _say(f"ready after {time.monotonic() - begun:.0f} s, kept in {archive.parent}")


def _as_python_images_are(root: Path) -> None:
    """Python and pip in /usr/local, and neither bytecode of the standard library nor what nobody reads."""
    for name in NOT_IN_SLIM_IMAGES:
        shutil.rmtree(root / name, ignore_errors=True)
        (root / name).mkdir(parents=True)
    subprocess.run(["chroot", root, "/usr/bin/python3", "-m", "venv", "/usr/local"], check=True)
    for compiled in list((root / "usr" / "lib").rglob("__pycache__")):
        shutil.rmtree(compiled)


@contextlib.contextmanager
def _only_one_makes() -> Iterator[None]:
    cache_folder().mkdir(parents=True, exist_ok=True)
    with (cache_folder() / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _say(progress: str) -> None:
    print(f"[image] {progress}", file=sys.stderr, flush=True)
