"""`python -m tools.sbom [FILE]`: the bill of materials as JSON, into dist/ unless a file is named."""

import subprocess
import sys
from pathlib import Path

from tools.processes import fleeting_folder
from tools.sbom.packages import ROOT, UV, requirements

USUAL = ROOT / "dist" / "azure-batch-operator.cdx.json"


def main(arguments: list[str]) -> None:
    """Install what the image holds into an environment of its own, and list that with licences."""
    target = Path(*arguments) if arguments else USUAL
    target.parent.mkdir(parents=True, exist_ok=True)
    with fleeting_folder("sbom-") as folder:
        python = _installed(folder)
        options = ["--pyproject", str(ROOT / "pyproject.toml"), "--output-reproducible", "--output-file", str(target)]
        _run(UV.with_name("cyclonedx-py"), "environment", *options, str(python))
    print(target)


def _installed(folder: Path) -> Path:
    locked, python = folder / "locked.txt", folder / "environment" / "bin" / "python"
    locked.write_text(requirements())
    _run(UV, "venv", "--quiet", "--python", sys.executable, str(folder / "environment"))
    _run(UV, "pip", "sync", "--quiet", "--require-hashes", "--python", str(python), str(locked))
    return python


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
