"""Resource Manager ids as a spec writes them."""

from azure_batch_operator.api.model import Rule

LONGEST_ID = 420
"""Characters that an id may have: as many as those of an image version at its longest."""


def id_of(what: str, *types: str) -> Rule:
    """The rule that an id is one of a resource of these types, like `Microsoft.Compute/galleries/images`."""
    return Rule(
        f"self.matches('(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/({'|'.join(map(_pattern, types))})$')",
        f"write the id of {what}: {' or '.join(map(_shown, types))}",
    )


def _pattern(type_: str) -> str:
    provider, *kinds = type_.split("/")
    return "/".join([provider.replace(".", "[.]"), *(f"{kind}/[^/]+" for kind in kinds)])


def _shown(type_: str) -> str:
    provider, *kinds = type_.split("/")
    return "/".join(["/subscriptions/…/resourceGroups/…/providers", provider, *(f"{kind}/…" for kind in kinds)])
