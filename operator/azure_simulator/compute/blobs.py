"""Blobs with VHDs in storage accounts: found by URI, opened by the account's key or by a token in the URI."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from azure_simulator.arm_ids import ResourceId
from azure_simulator.compute import gallery_scenario as seeds
from azure_simulator.compute.volumes import VolumeData
from azure_simulator.resources.locations import normalised


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """A VHD in a storage account: `uri` has no token, `sas` is the token that opens it, if there is one."""

    uri: str
    account_id: ResourceId
    location: str
    data: VolumeData
    sas: str | None = None
    needs_sas: bool = False

    def opens_with(self, token: str, now: datetime) -> bool:
        """Whether a URI with this query (none: the account's key) may be read now."""
        if not token:
            return not self.needs_sas
        return self.sas is not None and parse_qs(token) == parse_qs(self.sas) and not _has_expired(token, now)


class Blobs:
    """Every blob of every storage account."""

    def __init__(self, accounts: Iterable[seeds.StorageAccount]) -> None:
        self._blobs = {_key(blob.uri): blob for account in accounts for blob in _blobs_of(account)}

    def find(self, uri: str) -> Blob | None:
        """The blob at a URI, with or without a token; the host's letter case does not matter."""
        return self._blobs.get(_key(uri))

    def delete(self, uri: str) -> Blob | None:
        """Remove the blob at a URI; answers which, or None if there was none."""
        return self._blobs.pop(_key(uri), None)


def without_token(uri: str) -> str:
    """The URI of a blob without the token, which is a secret."""
    return uri.split("?", 1)[0]


def token_of(uri: str) -> str:
    """The token in a blob's URI; empty if there is none."""
    return urlsplit(uri).query


def _key(uri: str) -> tuple[str, str]:
    address = urlsplit(uri)
    return address.netloc.casefold(), address.path


def _blobs_of(account: seeds.StorageAccount) -> Iterable[Blob]:
    account_id = ResourceId(
        subscription=account.subscription_id,
        group=account.resource_group,
        namespace="Microsoft.Storage",
        path=(("storageAccounts", account.name),),
    )
    for seed in account.blobs:
        yield Blob(
            uri=f"https://{account.name}.blob.core.windows.net/{seed.container}/{seed.name}",
            account_id=account_id,
            location=normalised(account.location),
            data=_data(seed),
            sas=seed.sas,
            needs_sas=seed.needs_sas,
        )


def _data(seed: seeds.Blob) -> VolumeData:
    boots = seed.os_type is not None
    return VolumeData(
        size_gb=seed.size_gb,
        os_type=seed.os_type,
        os_was_generalized=seed.os_was_generalized,
        hyper_v_generation=seed.hyper_v_generation if boots else None,
        architecture=seed.architecture if boots else None,
    )


def _has_expired(token: str, now: datetime) -> bool:
    """Whether the token's expiry (`se`, "Create a service SAS" on learn.microsoft.com) has passed."""
    ends = parse_qs(token).get("se", [])
    moments = [datetime.fromisoformat(end) for end in ends]
    return any((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) <= now for moment in moments)
