"""`python -m tools.generate` writes all generated files; with `--check` it only says which are not up to date."""

import sys
from collections.abc import Mapping
from pathlib import Path

from tools.generate import argocd, bodies, overlay


def main(arguments: list[str]) -> int:
    """The exit status: 1 when `--check` finds a difference, else 0."""
    check = arguments == ["--check"]
    stale = _brought_up_to_date(bodies.modules(overlay.load()), write=not check)
    from tools.generate import charts, crds  # only now: they read the models that were just written

    stale += _brought_up_to_date(crds.manifests(), write=not check)
    stale += _brought_up_to_date(charts.crd_templates(crds.manifests()), write=not check)
    stale += _brought_up_to_date(charts.values_page(), write=not check)
    stale += _brought_up_to_date(charts.plain_manifests(), write=not check)
    stale += _brought_up_to_date(argocd.manifests(), write=not check)
    for path in stale:
        print(f"{path}: not up to date; run `make generate`" if check else f"{path}: written")
    return 1 if check and stale else 0


def _brought_up_to_date(files: Mapping[Path, str], *, write: bool) -> list[Path]:
    """The files that differ from what they should be, written when asked to."""
    stale = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    if write:
        for path in stale:
            path.parent.mkdir(exist_ok=True)
            path.write_text(files[path])
    return stale


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
