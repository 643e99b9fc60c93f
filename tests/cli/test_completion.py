"""Completion: what a shell is told that could come next."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from azure_batch_operator.cli import COMMANDS, main

SCRIPTS = Path(sys.executable).parent


def offered(*words: str) -> list[str]:
    """What the plug-in tells kubectl's completion, without what the words are for."""
    told = subprocess.run([SCRIPTS / "kubectl_complete-batchpool", *words], capture_output=True, text=True, check=True)
    return [line.split("\t")[0] for line in told.stdout.splitlines()]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_there_is_a_script_for_each_shell(shell: str) -> None:
    result = CliRunner().invoke(main, ["completion", shell])

    assert result.exit_code == 0
    assert "_AZURE_BATCH_OPERATOR_COMPLETE" in result.output


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_bash_completes_commands_by_the_script() -> None:
    asked = """
        source <(azure-batch-operator completion bash)
        COMP_WORDS=(azure-batch-operator st) COMP_CWORD=1
        _azure_batch_operator_completion azure-batch-operator
        echo "${COMPREPLY[@]}"
    """
    path = f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"
    told = subprocess.run(
        ["bash", "-c", asked], env={**os.environ, "PATH": path}, capture_output=True, text=True, check=True
    )

    assert told.stdout.strip() == "status"


def test_an_unknown_shell_is_refused_with_those_that_there_are() -> None:
    result = CliRunner().invoke(main, ["completion", "csh"])

    assert result.exit_code == 2
    assert "'bash', 'zsh', 'fish'" in result.output


def test_kubectl_is_told_the_commands_of_the_plug_in_and_to_offer_no_files() -> None:
    assert offered("") == ["status", "validate", ":4"]
    assert set(offered("")) - {":4"} < set(COMMANDS)


def test_kubectl_is_told_options_and_their_values() -> None:
    assert "--all-namespaces" in offered("status", "--")
    assert offered("status", "--output", "") == ["tree", "json", "yaml", ":4"]


def test_kubectl_offers_files_where_a_command_takes_some() -> None:
    assert offered("validate", "p") == [":0"]
