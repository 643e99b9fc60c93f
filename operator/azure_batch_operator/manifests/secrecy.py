"""Values that look like secrets in places that everybody may read who may read the object."""

import re
from collections.abc import Iterator, Mapping

from azure_batch_operator.core.json import Json, JsonObject
from azure_batch_operator.manifests.findings import Complaint, Level, Path

_SECRET = re.compile(
    r"\b(sig|AccountKey|SharedAccessKey|SharedAccessSignature|client_secret|password)=[^&;\s\"'$]+"
    r"|\bBearer [\w.~+/=-]{8}",
    re.IGNORECASE,
)
_NAME_OF_ONE = re.compile(r"(^|_)(PASSWORD|PASSWD|SECRET|TOKEN|(API|ACCOUNT|ACCESS|PRIVATE|SAS)_?KEY)$", re.IGNORECASE)

_ADVICE = "everybody who may read this object can read it: write it into a Secret"


def plain_secrets(body: JsonObject) -> Iterator[Complaint]:
    """Everything in a spec that looks like a secret."""
    return _in(("spec",), body.get("spec"))


def _in(path: Path, value: Json) -> Iterator[Complaint]:
    match value:
        case str() if found := _SECRET.search(value):
            words = f"this looks like a secret ({found[1] or 'Bearer'}), and {_ADVICE}"
            yield Complaint(path=path, message=words, level=Level.WARNING)
        case {"name": str() as name, "value": str() as held} if held and _NAME_OF_ONE.search(name):
            words = f"{name} looks like a secret, and {_ADVICE}, and name that in valueSecretRef"
            yield Complaint(path=(*path, "value"), message=words, level=Level.WARNING)
        case Mapping():
            for name, one in value.items():
                yield from _in((*path, name), one)
        case list():
            for index, one in enumerate(value):
                yield from _in((*path, index), one)
        case _:
            pass
