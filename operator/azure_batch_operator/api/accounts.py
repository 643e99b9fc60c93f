"""How a spec names a Batch account."""

from typing import Annotated, ClassVar

from pydantic import Field

from azure_batch_operator.api.model import Model, Rule, fixed

SubscriptionId = Annotated[
    str,
    Field(max_length=36),
    Rule(
        "self.matches('^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$')",
        "write the subscription's id, like 00000000-0000-0000-0000-000000000000, not its name",
    ),
]
ResourceGroup = Annotated[
    str,
    Field(min_length=1, max_length=90),
    Rule(
        "self.matches('^[-a-zA-Z0-9_.()]*[-a-zA-Z0-9_()]$')",
        "write the resource group's name: letters, digits, - _ . ( ), not ending with a dot",
    ),
]
Region = Annotated[
    str,
    Field(min_length=1, max_length=48),
    Rule(
        "self.matches('^[a-zA-Z0-9]+( [a-zA-Z0-9]+)*$')",
        "write an Azure region by its name, like westeurope (or West Europe)",
    ),
]

_MOVED = "a pool cannot move to another Batch account; make another BatchPool"


class AccountReference(Model):
    """A Batch account, by its Resource Manager name (resourceGroup and name) or by its endpoint."""

    subscription_id: Annotated[
        SubscriptionId | None,
        Field(description="Subscription of the account; the operator's own setting when left out."),
    ] = None
    resource_group: Annotated[
        ResourceGroup | None, Field(description="Resource group of the account, together with name.")
    ] = None
    name: Annotated[
        str | None,
        Field(max_length=24, description="Name of the account: 3 to 24 lower-case letters and digits."),
        Rule("self.matches('^[a-z0-9]{3,24}$')", "write the account's name: 3 to 24 lower-case letters and digits"),
    ] = None
    endpoint: Annotated[
        str | None,
        Field(
            max_length=255,
            description="The account's endpoint instead of resourceGroup and name: a host, with port where it is "
            "not 443, like contoso.westeurope.batch.azure.com; https:// before it may be written.",
        ),
        Rule(
            "self.matches('^(https://)?[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?([.][a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)*"
            "(:[0-9]{1,5})?$')",
            "write only the host (and port) of the endpoint, like contoso.westeurope.batch.azure.com: "
            "https, without a path",
        ),
    ] = None
    location: Annotated[
        Region | None,
        Field(
            description="Region of the account, for when the operator may not read the account and the endpoint does "
            "not tell it."
        ),
    ] = None

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "has(self.name) != has(self.endpoint)",
            "name the Batch account in one way: write resourceGroup and name (or endpoint alone)",
        ),
        Rule(
            "has(self.name) == has(self.resourceGroup)",
            "write resourceGroup and name together: an account's name is read within its resource group",
        ),
        Rule(
            "!has(self.subscriptionId) || has(self.name)",
            "subscriptionId goes with resourceGroup and name: remove it beside endpoint",
            ".subscriptionId",
        ),
    )


class PoolAccount(AccountReference):
    """The Batch account that a pool lives in."""

    rules: ClassVar[tuple[Rule, ...]] = (
        *AccountReference.rules,
        fixed("subscriptionId", _MOVED),
        fixed("resourceGroup", _MOVED),
        fixed("name", _MOVED),
        fixed("endpoint", _MOVED),
    )
