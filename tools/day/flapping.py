"""Whether replicas went only to come back: a region that shrinks, and grows again before the delay has passed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One PATCH of an image version: what each region was to have from then on."""

    at: datetime
    version: str
    replicas: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flap:
    """Replicas that were given up too early."""

    version: str
    region: str
    shrunk: datetime
    grown: datetime


def flaps(changes: Iterable[Change], within: timedelta) -> list[Flap]:
    """Every growth of a region that came within that time after the same region shrank."""
    found: list[Flap] = []
    have: dict[tuple[str, str], int] = {}
    shrunk: dict[tuple[str, str], datetime] = {}
    for change in changes:
        for region in {*change.replicas, *(known for version, known in have if version == change.version)}:
            key, count = (change.version, region), change.replicas.get(region, 0)
            before = have.get(key, count)
            if count > before and key in shrunk and change.at - shrunk[key] < within:
                found.append(Flap(version=change.version, region=region, shrunk=shrunk[key], grown=change.at))
            if count < before:
                shrunk[key] = change.at
            have[key] = count
    return found
