"""`python -m tools.week [--hours 168 --pools 50]`: exit status 1 when something happened that may not happen."""

import argparse
import asyncio
import sys
from collections import Counter

import tools.week
from tools.processes import fleeting_folder
from tools.week.run import QUIET_HOURS, Week, a_week


def main() -> int:
    """Let the week pass, and print what it was like."""
    parser = argparse.ArgumentParser(prog="python -m tools.week", description=tools.week.__doc__)
    parser.add_argument("--hours", type=int, default=7 * 24, help="how many hours pass before the quiet end")
    parser.add_argument("--pools", type=int, default=50, help="how many pools there are")
    arguments = parser.parse_args()
    print(f"{arguments.hours} hours and {QUIET_HOURS} quiet ones, {arguments.pools} pools …")
    with fleeting_folder("week-") as folder:
        week = asyncio.run(a_week(folder, hours=arguments.hours, pools=arguments.pools))
    _account_for(week)
    return 1 if week.violations() else 0


def _account_for(week: Week) -> None:
    for event, count in sorted(week.events.items()):
        print(f"{event:<14} {count:>6,}")
    for (operation, status), count in sorted(Counter((w.operation, w.status) for w in week.writes).items(), key=str):
        print(f"{operation:<32} {status} {count:>6,}")
    print(f"violations: {len(week.violations())}")
    for violation in week.violations():
        print(f"  {violation}")


if __name__ == "__main__":
    sys.exit(main())
