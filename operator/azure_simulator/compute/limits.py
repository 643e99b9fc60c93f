"""How many galleries, definitions and versions a subscription may have in a region.

The numbers are Azure's ("Azure Compute Gallery", learn.microsoft.com).
"""

from azure_simulator.answers import ArmError
from azure_simulator.compute.galleries import Gallery, ImageDefinition
from azure_simulator.compute.models import Compute

MOST_GALLERIES = 100
MOST_DEFINITIONS = 1_000
MOST_VERSIONS = 10_000


def galleries_in(compute: Compute, subscription: str, location: str) -> list[Gallery]:
    """The galleries that count together."""
    return [
        gallery
        for gallery in compute.galleries
        if gallery.id.subscription.casefold() == subscription.casefold() and gallery.location == location
    ]


def definitions_of(galleries: list[Gallery]) -> list[ImageDefinition]:
    """The definitions in some galleries."""
    return [definition for gallery in galleries for definition in gallery.definitions.values()]


def versions_of(galleries: list[Gallery]) -> int:
    """How many versions there are in some galleries."""
    return sum(len(definition.versions) for definition in definitions_of(galleries))


def check_room_for_gallery(compute: Compute, subscription: str, location: str) -> None:
    """Raise ArmError when the region has no room for another gallery."""
    if len(galleries_in(compute, subscription, location)) >= MOST_GALLERIES:
        raise _quota_exceeded(f"{MOST_GALLERIES} galleries in {location}")


def check_room_for_definition(gallery: Gallery) -> None:
    """Raise ArmError when the gallery's region has no room for another definition."""
    siblings = galleries_in(gallery.compute, gallery.id.subscription, gallery.location)
    if len(definitions_of(siblings)) >= MOST_DEFINITIONS:
        raise _quota_exceeded(f"{MOST_DEFINITIONS} image definitions in {gallery.location}")


def check_room_for_version(gallery: Gallery) -> None:
    """Raise ArmError when the gallery's region has no room for another version."""
    siblings = galleries_in(gallery.compute, gallery.id.subscription, gallery.location)
    if versions_of(siblings) >= MOST_VERSIONS:
        raise _quota_exceeded(f"{MOST_VERSIONS} image versions in {gallery.location}")


def _quota_exceeded(what: str) -> ArmError:
    return ArmError(
        409, "QuotaExceeded", f"Operation could not be completed as it results in exceeding the quota of {what}."
    )
