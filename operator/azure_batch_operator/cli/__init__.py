"""The command line: parse, call, print; one module a command, read only when the command is called."""

from importlib import import_module

import click

COMMANDS = {
    "azure-role": "Print the least-privilege role that the operator needs in Azure.",
    "run": "Run the operator until SIGTERM or SIGINT.",
    "status": "Show images, pools and what they wait for.",
    "validate": "Check files without a cluster.",
    "completion": "Print the script that completes words.",
}
"""Every command and what it is for; its module has its name with `_` for `-`, and in it the command has that name."""


class Commands(click.Group):
    """The commands of COMMANDS: to list them reads no module, and to call one reads no other."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's name of it
        """All names, as they are written above."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's name
        """The command of that name, from its module."""
        return _command(cmd_name) if cmd_name in COMMANDS else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands and what they are for."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name]) for name in self.list_commands(ctx)])


def _command(name: str) -> click.Command:
    attribute = name.replace("-", "_")
    command: click.Command = getattr(import_module(f"{__name__}.{attribute}"), attribute)
    return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="azure-batch-operator", prog_name="azure-batch-operator")
def main() -> None:
    """Keep Azure Batch pools, and the gallery images they boot from, as Kubernetes resources describe them."""
