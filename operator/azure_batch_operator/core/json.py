"""The JSON values that travel between the rooms: bodies of Azure's calls in their wire form."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from azure_batch_operator.core.confidential import Confidential, InSecret

Json: TypeAlias = "str | int | float | bool | Confidential[str] | InSecret | Sequence[Json] | Mapping[str, Json] | None"
JsonObject: TypeAlias = Mapping[str, "Json"]
