"""The commands that are about resources, as a plug-in of kubectl: `kubectl batchpool status`."""

import click

from azure_batch_operator.cli import Commands

PROGRAM = "kubectl batchpool"
IN_KUBECTL = ("status", "validate")


class PluginCommands(Commands):
    """Those of all commands that the plug-in has."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return [name for name in super().list_commands(ctx) if name in IN_KUBECTL]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, from its module."""
        return super().get_command(ctx, cmd_name) if cmd_name in IN_KUBECTL else None


@click.group(cls=PluginCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="azure-batch-operator", prog_name=PROGRAM)
def plugin() -> None:
    """See Azure Batch pools and their images in a cluster, and check files of them."""


def main() -> None:
    """Run the plug-in; kubectl calls it by the name of its file."""
    plugin(prog_name=PROGRAM)
