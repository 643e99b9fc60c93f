"""What shells ask of the command line: which words could come next."""

import sys

import click
from click.shell_completion import ShellComplete, get_completion_class

from azure_batch_operator.cli import main
from azure_batch_operator.cli.plugin import PROGRAM, plugin

_PROGRAM = "azure-batch-operator"
_VARIABLE = "_AZURE_BATCH_OPERATOR_COMPLETE"
"""The variable by which the shell's script asks; click answers wherever it finds it."""
_OFFER_FILES, _OFFER_NO_FILES = 0, 4
"""What kubectl's completion does beside the words that it is told."""


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that completes words.

    It completes commands, options and their values. The plug-in of kubectl needs none: kubectl's own completion asks
    it.

    \b
    Examples:
      source <(azure-batch-operator completion bash)
      azure-batch-operator completion zsh > "${fpath[1]}/_azure-batch-operator"
      azure-batch-operator completion fish > ~/.config/fish/completions/azure-batch-operator.fish
    """  # noqa: D301  # click reads \b: the lines below it stay as they are
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"There is no completion for {shell}.")
    click.echo(kind(main, {}, _PROGRAM, _VARIABLE).source())


def complete_for_kubectl() -> None:
    """Answer kubectl's completion: a word a line with what it is for, and at the end what to do beside them."""
    *before, unfinished = sys.argv[1:] or [""]
    found = ShellComplete(plugin, {}, PROGRAM, "").get_completions(before, unfinished)
    for item in found:
        if item.type == "plain":
            click.echo(f"{item.value}\t{item.help}" if item.help else item.value)
    takes_files = any(item.type != "plain" for item in found)
    click.echo(f":{_OFFER_FILES if takes_files else _OFFER_NO_FILES}")
