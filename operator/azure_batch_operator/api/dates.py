"""A point in time as a spec writes it: RFC 3339, always with its zone."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, WithJsonSchema

from azure_batch_operator.api.model import Rule


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Moment = Annotated[
    AwareDatetime,
    AfterValidator(_in_utc),
    WithJsonSchema({"type": "string", "maxLength": 40}),
    Rule(
        "self.matches('^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3])(:[0-5][0-9]){2}"
        "([.][0-9]{1,7})?(Z|[+-][0-9]{2}:[0-9]{2})$')",
        "write a date and time with its zone, like 2027-06-30T00:00:00Z",
    ),
]
