"""`python -m tools.chart`: the chart as the archive that a registry takes, in dist/."""

from tools.chart.helm import CHART, Helm
from tools.processes import fleeting_folder

DIST = CHART.parents[1] / "dist"


def main() -> None:
    """Package the chart."""
    with fleeting_folder("helm-") as folder:
        print(Helm(folder=folder).must("package", CHART, f"--destination={DIST}").strip())


if __name__ == "__main__":
    main()
