"""`python -m tools.bench [--pools 1 100 1000]`: one line per size."""

import argparse
import sys

from rich.console import Console
from rich.table import Table

import tools.bench
from tools.bench.run import Figures, measure
from tools.controlplane.plane import ControlPlane

COLUMNS = (
    "pools",
    "first write p50",
    "first write p99",
    "all Ready",
    "Azure writes",
    "Azure reads",
    "apiserver calls",
    "memory",
    "CPU at rest",
    "reads at rest",
)

WIDTH = 150
"""Columns of the table where there is no terminal to ask."""


def main() -> int:
    """Measure each size in a fresh world and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=tools.bench.__doc__)
    parser.add_argument("--pools", type=int, nargs="+", default=[1, 100, 1000], help="how many BatchPools")
    sizes = parser.parse_args().pools
    console, table = Console(width=None if sys.stdout.isatty() else WIDTH), Table(*COLUMNS, box=None)
    with ControlPlane.start() as plane:
        for size in sizes:
            console.print(f"{size} BatchPools in 10 accounts …")
            table.add_row(*_row(measure(size, plane)))
    console.print(table)
    return 0


def _row(figures: Figures) -> tuple[str, ...]:
    return (
        f"{figures.pools:,}",
        f"{figures.first_write_p50 * 1000:.0f} ms",
        f"{figures.first_write_p99 * 1000:.0f} ms",
        f"{figures.all_ready:.1f} s",
        f"{figures.azure_writes:,}",
        f"{figures.azure_reads:,}",
        f"{figures.apiserver_calls:,}",
        f"{figures.memory / 2**20:.0f} MiB",
        f"{figures.cpu_at_rest * 100:.1f} %",
        f"{figures.reads_at_rest:,} in {figures.rest:.0f} s",
    )


if __name__ == "__main__":
    sys.exit(main())
