"""The metadata of an object, which no definition describes and the API server checks all the same."""

import re
from collections.abc import Iterator, Mapping

from azure_batch_operator.core.json import Json, JsonObject
from azure_batch_operator.manifests.findings import Complaint
from azure_batch_operator.manifests.wording import as_quoted

_FIELDS = frozenset(
    {
        "annotations",
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "deletionTimestamp",
        "finalizers",
        "generateName",
        "generation",
        "labels",
        "managedFields",
        "name",
        "namespace",
        "ownerReferences",
        "resourceVersion",
        "selfLink",
        "uid",
    }
)
_LONGEST_NAME = 253
_NAME = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_NAMESPACE = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_LABEL_PART = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_LABEL_VALUE = rf"({_LABEL_PART})?"
_LONGEST_LABEL = 63

_NO_NAME = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    f"end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{_NAME}')"
)
_NO_LABEL_NAME = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    f"character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{_LABEL_PART}')"
)
_NO_LABEL_VALUE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    f"'{_LABEL_VALUE}')"
)


def metadata_complaints(body: JsonObject) -> Iterator[Complaint]:
    """Everything that is wrong with an object's metadata."""
    metadata = body.get("metadata")
    if not isinstance(metadata, Mapping):
        yield Complaint(path=("metadata", "name"), message="Required value: name or generateName is required")
        return
    yield from _unknown(metadata)
    yield from _name(metadata)
    yield from _namespace(metadata)
    for field in ("labels", "annotations"):
        yield from _texts(field, metadata.get(field))
    yield from _labels(metadata.get("labels"))


def _unknown(metadata: JsonObject) -> Iterator[Complaint]:
    for name in metadata:
        if name not in _FIELDS:
            yield Complaint(path=("metadata", name), message=f'unknown field "metadata.{name}"')


def _name(metadata: JsonObject) -> Iterator[Complaint]:
    name, path = metadata.get("name"), ("metadata", "name")
    if not name:
        if not metadata.get("generateName"):
            yield Complaint(path=path, message="Required value: name or generateName is required")
    elif not isinstance(name, str):
        yield Complaint(path=path, message=f"Invalid value: {as_quoted(name)}: a name is a text: put it into quotes")
    else:
        if len(name) > _LONGEST_NAME:
            yield _invalid(path, name, f"must be no more than {_LONGEST_NAME} characters")
        if not re.fullmatch(_NAME, name):
            yield _invalid(path, name, _NO_NAME)


def _namespace(metadata: JsonObject) -> Iterator[Complaint]:
    namespace = metadata.get("namespace")
    if namespace is not None and not (isinstance(namespace, str) and re.fullmatch(_NAMESPACE, namespace)):
        words = "a namespace has lower-case letters, digits and dashes, and begins and ends with a letter or digit"
        yield _invalid(("metadata", "namespace"), namespace, words)


def _texts(field: str, values: Json) -> Iterator[Complaint]:
    """Where a number or `true` stands for a text, the API server cannot read the object at all."""
    for name, value in values.items() if isinstance(values, Mapping) else ():
        if value is not None and not isinstance(value, str):
            yield _invalid(("metadata", field, name), value, "the value is a text: put it into quotes")


def _labels(labels: Json) -> Iterator[Complaint]:
    for name, value in labels.items() if isinstance(labels, Mapping) else ():
        if not re.fullmatch(_LABEL_PART, name.rpartition("/")[2]):
            yield _invalid(("metadata", "labels"), name, _NO_LABEL_NAME)
        if isinstance(value, str) and not re.fullmatch(_LABEL_VALUE, value):
            yield _invalid(("metadata", "labels"), value, _NO_LABEL_VALUE)
        if isinstance(value, str) and len(value) > _LONGEST_LABEL:
            yield _invalid(("metadata", "labels"), value, f"must be no more than {_LONGEST_LABEL} bytes")


def _invalid(path: tuple[str, ...], value: Json, words: str) -> Complaint:
    return Complaint(path=path, message=f"Invalid value: {as_quoted(value)}: {words}")
