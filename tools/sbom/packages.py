"""Which packages the image holds, by the lock."""

import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")
EXPORT = ("export", "--frozen", "--no-dev", "--no-emit-project", "--prune", "kubernetes")
"""How the Dockerfile asks uv for what it installs."""


def requirements() -> str:
    """Every locked package of the image with its hashes, as pip reads them."""
    exported = subprocess.run([UV, *EXPORT, "--quiet"], cwd=ROOT, capture_output=True, text=True, check=True)
    return exported.stdout


def packages() -> dict[str, str]:
    """The version of every package of the image, ours among them."""
    lines = [line.removesuffix("\\") for line in requirements().splitlines() if line[:1].isalpha()]
    wanted = [found for found in map(Requirement, lines) if found.marker is None or found.marker.evaluate()]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    locked = {canonicalize_name(found.name): str(found.specifier).removeprefix("==") for found in wanted}
    return {**locked, project["name"]: project["version"]}
