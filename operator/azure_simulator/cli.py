"""The command line: `azure-simulator serve`."""

import asyncio
import signal
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import yaml
from pydantic import ValidationError

from azure_simulator.scenario import Scenario, load_scenario

if TYPE_CHECKING:
    from azure_simulator.server import Simulator

_DEFAULT_DATA_DIR = Path.home() / ".azure-simulator"


@click.group()
@click.version_option(version("azure-batch-operator"), prog_name="azure-simulator")
def main() -> None:
    """A server that behaves like the parts of Azure that image galleries and Batch pools need."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=0, show_default=True, help="Port of Resource Manager; 0 takes a free one.")
@click.option(
    "--advertise", "advertised", help="Host name by which clients reach it, in its addresses and its certificate."
)
@click.option(
    "--account-ports",
    callback=lambda _context, _option, value: _ports(value),
    metavar="FIRST-LAST",
    help="Ports of Batch accounts in the order in which these are made; free ones if not given, and after that.",
)
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=_DEFAULT_DATA_DIR,
    show_default=True,
    help="Where the certificate authority and the signing key are kept; made on first start.",
)
@click.option(
    "--clock-speed",
    type=click.FloatRange(min=0),
    default=1.0,
    show_default=True,
    help="Simulated seconds per real second; 0 stands still until the control API advances the clock.",
)
@click.option(
    "--scenario",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A YAML file that says what exists at the start; a small default one if not given.",
)
@click.option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the ready line as well, once everything listens.",
)
@click.option(
    "--record",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file to append every request and answer to, one JSON document a line, secrets masked.",
)
def serve(
    *,
    scenario: Path | None,
    data_dir: Path,
    clock_speed: float,
    ready_file: Path | None,
    record: Path | None,
    **listening: Any,
) -> None:
    """Serve until SIGTERM or SIGINT; print one JSON line when everything listens."""
    from azure_simulator.recording import Recording
    from azure_simulator.server import Listening, Simulator

    simulator = Simulator(
        _scenario(scenario),
        data_dir,
        listening=Listening(**listening),
        clock_speed=clock_speed,
        observers=() if record is None else (Recording(record),),
    )
    asyncio.run(_serve(simulator, ready_file))


def _ports(value: str | None) -> range:
    if value is None:
        return range(0)
    first, dash, last = value.partition("-")
    if not (dash and first.isdigit() and last.isdigit() and 0 < int(first) <= int(last) < 2**16):
        raise click.BadParameter(f"{value!r} is no range of ports: write the first and the last, as 10001-10008")
    return range(int(first), int(last) + 1)


def _scenario(path: Path | None) -> Scenario:
    try:
        return load_scenario(path)
    except (ValidationError, yaml.YAMLError) as error:
        raise click.ClickException(f"the scenario {path} cannot be used: {error}") from error


async def _serve(simulator: "Simulator", ready_file: Path | None) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    try:
        ready = await simulator.start()
    except (OSError, ValueError) as error:
        raise click.ClickException(f"cannot start: {error}") from error
    if ready_file is not None:
        _write_whole(ready_file, ready.line())
    click.echo(ready.line())
    await stopped.wait()
    await simulator.stop()


def _write_whole(path: Path, text: str) -> None:
    """Write so that somebody who waits for the file never reads half of it."""
    unfinished = path.with_name(path.name + ".tmp")
    unfinished.write_text(text + "\n")
    unfinished.replace(path)
