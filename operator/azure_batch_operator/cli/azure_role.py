"""The role that the operator needs in Azure, printed for those who assign it."""

import json
from collections.abc import Mapping, Sequence
from typing import get_args

import click

from azure_batch_operator.cloud.role import ROLE_NAME, Part, rights, role_definition

_SCOPE = "/subscriptions/"


def _scopes(_context: click.Context, _parameter: click.Parameter, values: Sequence[str]) -> Sequence[str]:
    for value in values:
        if not value.startswith(_SCOPE) or value == _SCOPE:
            raise click.BadParameter(f"{value!r} is no scope: write {_SCOPE}<id>, perhaps with a resource group.")
    return values


@click.command("azure-role")
@click.option("--name", default=ROLE_NAME, show_default=True, help="What the role is called in your tenant.")
@click.option(
    "--scope",
    "scopes",
    metavar="ID",
    multiple=True,
    required=True,
    callback=_scopes,
    help="Where it may be assigned: /subscriptions/<id>, or a resource group of one. May be repeated.",
)
@click.option(
    "--without",
    "parts",
    type=click.Choice(get_args(Part)),
    multiple=True,
    help="Leave out the rights for what you do without. May be repeated.",
)
@click.option(
    "-o",
    "--output",
    type=click.Choice(["json", "text"]),
    default="json",
    show_default=True,
    help="A role definition for the Azure CLI, or each action with the operations that need it.",
)
def azure_role(name: str, scopes: Sequence[str], parts: Sequence[Part], output: str) -> None:
    r"""Print the least-privilege role that the operator needs in Azure.

    The role grants what the operator's calls need, and no more. Parts that --without leaves out:

    \b
      checks      looks at VM sizes, applications and registrations before a pool is made
      deletion    deleting pools, versions, definitions, galleries: not needed where all is retained
      galleries   making and removing galleries: not needed where they exist
      identities  giving pools managed identities
      jobs        telling how many active jobs a deletion takes the nodes from
      machines    virtual machines, disks and snapshots as sources of images
      vhds        VHDs as sources of images

    \b
    Example:
      azure-batch-operator azure-role --scope /subscriptions/<id> > role.json
      az role definition create --role-definition @role.json
    """
    if output == "text":
        click.echo(_listed(rights(parts)))
    else:
        click.echo(json.dumps(role_definition(name, scopes, without=parts), indent=2))


def _listed(needed: Mapping[str, Sequence[str]]) -> str:
    width = max(map(len, needed))
    return "\n".join(f"{action:{width}}  {', '.join(dict.fromkeys(names))}" for action, names in needed.items())
