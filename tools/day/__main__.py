"""`python -m tools.day [--hours 24 --pools 20]`: exit status 1 when replicas flapped."""

import argparse
import asyncio
import sys
from collections import Counter

from rich.console import Console
from rich.table import Table

import tools.day
from tools.day.flapping import Flap, flaps
from tools.day.run import Day, Hour, a_day
from tools.day.world import REGIONS, SCALE_DOWN_DELAY
from tools.processes import fleeting_folder

WIDTH = 110
"""Columns of the table where there is no terminal to ask."""


def main() -> int:
    """Let the day pass, and print what it was like."""
    parser = argparse.ArgumentParser(prog="python -m tools.day", description=tools.day.__doc__)
    parser.add_argument("--hours", type=int, default=24, help="how many hours pass")
    parser.add_argument("--pools", type=int, default=20, help="how many pools change their size every hour")
    arguments = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    console.print(f"{arguments.hours} hours, {arguments.pools} pools in {len(REGIONS)} regions …")
    with fleeting_folder("day-") as folder:
        day = asyncio.run(a_day(folder, hours=arguments.hours, pools=arguments.pools))
    found = flaps(day.changes, SCALE_DOWN_DELAY)
    console.print(_by_hour(day.hours))
    _account_for(console, day, found)
    return 1 if found else 0


def _by_hour(hours: tuple[Hour, ...]) -> Table:
    table = Table("hour", *(f"{region}: nodes, replicas" for region in REGIONS), box=None)
    for number, hour in enumerate(hours):
        cells = (f"{hour.nodes[region]:,}, {hour.replicas.get(region, 0)}" for region in REGIONS)
        table.add_row(f"{number:02}:00", *cells)
    return table


def _account_for(console: Console, day: Day, found: list[Flap]) -> None:
    for version, count in Counter(change.version for change in day.changes if change.at >= day.began).items():
        console.print(f"version {version}: {count} PATCHes in {len(day.hours)} hours, for {day.resizes} resizes")
    console.print(f"regions that shrank and grew again within {SCALE_DOWN_DELAY}: {len(found)}")
    for flap in found:
        console.print(f"  {flap.region} of {flap.version}: fewer at {flap.shrunk:%H:%M}, more at {flap.grown:%H:%M}")


if __name__ == "__main__":
    sys.exit(main())
