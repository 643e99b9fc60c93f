"""Tags of Azure resources, with the limits of Azure Resource Manager."""

from typing import Annotated

from pydantic import Field

from azure_batch_operator.api.model import Rule

OWN_TAGS = 15
"""How many of the 50 tags of a resource the operator keeps for its own: two, and two lists of several values each."""

MOST_IN_NAMES = 2048
"""Characters of all names together: the operator lists them in tags of its own, 256 characters in each."""

Tags = Annotated[
    dict[str, Annotated[str, Field(max_length=256)]],
    Field(max_length=50 - OWN_TAGS),
    Rule(
        f"self.map(name, name.size()).sum() <= {MOST_IN_NAMES}",
        f"the names of all tags together have more than {MOST_IN_NAMES} characters: shorten them, or write fewer tags",
    ),
    Rule("self.all(name, name.size() > 0 && name.size() <= 512)", "write tag names of 1 to 512 characters"),
    Rule(
        r"self.all(name, !name.matches('[<>%&?/\\\\]'))",
        r"Azure refuses the characters < > % & \ ? / in tag names: write the name without them",
    ),
    Rule(
        "self.all(name, !name.matches('(?i)^(azure|microsoft|windows)'))",
        "Azure reserves tag names that begin with azure, microsoft or windows: choose another name",
    ),
    Rule(
        "self.all(name, !name.matches('(?i)^batch-operator-'))",
        "tag names that begin with batch-operator- are the operator's own: choose another name",
    ),
]
"""Tag names and values (at most 256 characters); see Microsoft's page 'Use tags to organize your Azure resources'."""
