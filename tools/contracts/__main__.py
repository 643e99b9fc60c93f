"""Derive the contracts and say where they are; or hold a file of `azure-simulator serve --record` to them."""

import argparse
import sys
from pathlib import Path

from azure_simulator.recording import read_recording
from tools.contracts.check import Checker
from tools.contracts.sources import contract, derived_files


def main() -> int:
    """The command line; the exit status is 1 when something in the file disagrees."""
    parser = argparse.ArgumentParser(prog="python -m tools.contracts", description=__doc__)
    parser.add_argument("record", type=Path, nargs="?", help="a file of exchanges to check")
    record: Path | None = parser.parse_args().record
    if record is None:
        print(*derived_files(), sep="\n")
        return 0
    return _check(record)


def _check(record: Path) -> int:
    checker, exchanges = Checker(contract()), list(read_recording(record))
    found = dict.fromkeys(str(mismatch) for exchange in exchanges for mismatch in checker.mismatches(exchange))
    for mismatch in found:
        print(mismatch)
    print(f"{len(exchanges)} exchanges, {len(found)} mismatches")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
