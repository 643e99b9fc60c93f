import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from azure_batch_operator import cli
from azure_batch_operator.cli import COMMANDS, main
from azure_batch_operator.cli.plugin import IN_KUBECTL, plugin

NOT_EVERY_COMMAND = {"kopf", "azure", "aiohttp", "pydantic"}


def test_every_command_is_a_module_that_holds_it_under_its_own_name() -> None:
    modules = {path.stem for path in Path(cli.__file__).parent.iterdir()}
    assert {name.replace("-", "_") for name in COMMANDS} <= modules


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_listed_with_the_first_sentence_of_its_own_help(name: str) -> None:
    said = " ".join(CliRunner().invoke(main, [name, "--help"]).output.split())
    assert COMMANDS[name] in said


def test_to_list_the_commands_reads_none_of_them() -> None:
    listing = (
        "import sys; from azure_batch_operator.cli import main; main(['--help'], standalone_mode=False);"
        "print(sorted({name.split('.')[0] for name in sys.modules}))"
    )
    ended = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    said, modules = ended.stdout.rsplit("\n", 2)[:2]
    assert "run" in said
    assert [name for name in NOT_EVERY_COMMAND if f"'{name}'" in modules] == []


def test_the_operator_itself_reads_nothing_that_only_other_commands_need() -> None:
    listing = "import sys; import azure_batch_operator.cli.run; print(sorted(sys.modules))"
    modules = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True).stdout
    assert [
        name
        for name in ("cel", "jsonschema", "prompt_toolkit", "rich.tree", "azure_batch_operator.manifests")
        if f"'{name}'" in modules
    ] == []


def test_an_unknown_command_is_refused_with_the_status_of_wrong_usage() -> None:
    result = CliRunner().invoke(main, ["rum"])
    assert result.exit_code == 2
    assert "No such command 'rum'" in result.output


def test_the_page_of_the_command_line_has_every_command_and_every_option() -> None:
    page = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text()
    commands = {name: main.get_command(click.Context(main), name) for name in COMMANDS}
    options = {
        word
        for command in commands.values()
        if command
        for option in command.params
        if isinstance(option, click.Option)
        for word in option.opts
    }

    assert [name for name in COMMANDS if f"| `{name}` |" not in page] == []
    assert [word for word in options if f"`{word}`" not in page] == []


def test_the_plug_in_has_commands_about_resources_only_and_calls_itself_by_its_name() -> None:
    result = CliRunner().invoke(plugin, ["--help"], prog_name="kubectl batchpool")

    assert "Usage: kubectl batchpool" in result.output
    assert [name for name in COMMANDS if f"\n  {name} " in result.output] == list(IN_KUBECTL)
    assert CliRunner().invoke(plugin, ["run"]).exit_code == 2
