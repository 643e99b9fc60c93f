"""Whether a version can be made from VHDs: their URIs are all that can be seen, and may hold a secret."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from azure_batch_operator.core.confidential import Confidential
from azure_batch_operator.core.json import Json
from azure_batch_operator.core.sources import (
    Objection,
    SecretKey,
    SourceAnswer,
    SourceAwaited,
    SourceReady,
    SourceRefused,
    Vhd,
    VhdSource,
)

Secrets = Mapping[str, Mapping[str, bytes] | None]
"""The Secrets that the source names, by name; None: there is none."""


def judged_vhds(source: VhdSource, secrets: Secrets, *, location: str | None) -> SourceAnswer:
    """VHDs are taken on their word: Azure looks at them when the version is made, in the gallery's region."""
    disks = (source.os_disk, *(disk.vhd for disk in source.data_disks))
    if missing := tuple(_missing(disks, secrets)):
        return SourceAwaited(reason="SecretMissing", message=" ".join(missing))
    if objections := tuple(dict.fromkeys(_objections(disks, secrets))):
        return SourceRefused(told="the VHDs of spec.source.vhd", objections=objections)
    if location is None:
        return SourceAwaited(
            reason="SourceNotFound",
            message="A version is made from a VHD in the gallery's region, which is not known: write gallery.location.",
        )
    return SourceReady(
        location=location,
        storage_profile={
            "osDiskImage": {"source": _source(source.os_disk, secrets)},
            "dataDiskImages": [{"lun": disk.lun, "source": _source(disk.vhd, secrets)} for disk in source.data_disks],
        },
        told=_told(source.os_disk, secrets),
    )


def _missing(disks: tuple[Vhd, ...], secrets: Secrets) -> Iterator[str]:
    for disk in disks:
        match disk.where:
            case SecretKey(name=name) if secrets.get(name) is None:
                yield f"There is no Secret {name} in this namespace: make it, with the SAS URI of the VHD."
            case SecretKey(name=name, key=key) if key not in (secrets[name] or {}):
                yield f"Secret {name} has no key {key}: write the SAS URI of the VHD there."
            case _:
                pass


def _objections(disks: tuple[Vhd, ...], secrets: Secrets) -> Iterator[Objection]:
    for disk in disks:
        parts = urlsplit(_uri(disk, secrets))
        if parts.scheme != "https" or not parts.hostname or parts.path in ("", "/"):
            yield Objection(
                reason="SourceMalformed", message=f"{_place(disk)} is no https URI of a blob: write that of the VHD."
            )


def _source(disk: Vhd, secrets: Secrets) -> dict[str, Json]:
    return {"uri": Confidential(_uri(disk, secrets)), "storageAccountId": disk.storage_account_id}


def _uri(disk: Vhd, secrets: Secrets) -> str:
    match disk.where:
        case SecretKey(name=name, key=key):
            return ((secrets[name] or {})[key]).decode(errors="replace").strip()
        case uri:
            return uri


def _told(disk: Vhd, secrets: Secrets) -> str:
    """The blob without its query, which is where a signature is."""
    parts = urlsplit(_uri(disk, secrets))
    return f"{parts.scheme}://{parts.hostname}{parts.path}"


def _place(disk: Vhd) -> str:
    match disk.where:
        case SecretKey(name=name, key=key):
            return f"What Secret {name} holds as {key}"
        case _:
            return "A uri of source.vhd"
