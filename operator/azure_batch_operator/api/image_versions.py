"""Numbers of image versions."""

from typing import Annotated

from pydantic import Field

from azure_batch_operator.api.model import Rule

ImageVersion = Annotated[
    str,
    Field(max_length=32),
    Rule(
        "self.matches('^(0|[1-9][0-9]{0,9})[.](0|[1-9][0-9]{0,9})[.](0|[1-9][0-9]{0,9})$')"
        " && self.split('.').all(part, int(part) <= 2147483647)",
        "write a version as three numbers, Major.Minor.Patch, each up to 2147483647, like 1.0.0",
    ),
]
