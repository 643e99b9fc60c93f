"""The judgement of all objects that are given together."""

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches

from azure_batch_operator.api.model import API_VERSION
from azure_batch_operator.manifests.crds import schemas
from azure_batch_operator.manifests.documents import Document
from azure_batch_operator.manifests.findings import Complaint, Finding, Level, field_name
from azure_batch_operator.manifests.meaning import Wanted, understood
from azure_batch_operator.manifests.metadata import metadata_complaints
from azure_batch_operator.manifests.secrecy import plain_secrets
from azure_batch_operator.manifests.structure import complaints
from azure_batch_operator.manifests.together import together


def findings(documents: Sequence[Document]) -> Iterator[Finding]:
    """Everything that is to be said of objects, one after the other."""
    judged = [_Judged(document) for document in documents]
    all_together = together([each.wanted for each in judged if each.wanted])
    for each in judged:
        others = all_together.complaints(each.wanted) if each.wanted else ()
        yield from _placed(each.document, (*each.complaints, *others))


class _Judged:
    """One object by itself: what is wrong with it, or how it is understood."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.wanted: Wanted | None = None
        self.complaints = list(_of_definition(document))
        if any(each.level is Level.ERROR for each in self.complaints):
            return
        self.complaints += plain_secrets(document.body)
        match understood(document.body):
            case Complaint() as complaint:
                self.complaints.append(complaint)
            case wanted:
                self.wanted = wanted


def _of_definition(document: Document) -> Iterator[Complaint]:
    """What the API server would say."""
    if document.kind not in schemas() or document.body.get("apiVersion") != API_VERSION:
        yield _no_such_kind(document)
        return
    yield from metadata_complaints(document.body)
    yield from complaints(schemas()[document.kind], document.body)


def _no_such_kind(document: Document) -> Complaint:
    near = get_close_matches(document.kind, schemas(), n=1, cutoff=0.0)[0]
    message = f'no matches for kind "{document.kind}" in version "{document.body.get("apiVersion")}"'
    return Complaint(path=("kind",), message=message, hint=f"write apiVersion: {API_VERSION} and kind: {near}")


def _placed(document: Document, said: Iterable[Complaint]) -> Iterator[Finding]:
    for each in said:
        yield Finding(
            place=document.place(each.path),
            level=each.level,
            message=each.message,
            about=document.about,
            field=field_name(each.path),
            hint=each.hint,
        )
