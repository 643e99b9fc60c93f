"""Objects that are given together: pools and the images they name, and whether two are after the same thing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from azure_batch_operator.core.images import WantedImage
from azure_batch_operator.core.names import region
from azure_batch_operator.core.pools import WantedPool
from azure_batch_operator.core.sharing import may_refer, unavailable_reference
from azure_batch_operator.manifests.findings import Complaint, Level, Path
from azure_batch_operator.manifests.meaning import Wanted, impossible, region_of

_REFERENCE: Path = ("spec", "galleryImageRef")
Images: TypeAlias = Mapping[tuple[str, str], WantedImage]


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """All objects of one call that could be understood."""

    images: Images
    first_of: Mapping[str, Wanted]
    """Of all that are after one thing in Azure, the first."""

    def complaints(self, wanted: Wanted) -> Iterator[Complaint]:
        """What one object makes wrong for another, or another for it."""
        yield from self._taken(wanted)
        if isinstance(wanted, WantedPool):
            yield from self._pool(wanted)

    def _taken(self, wanted: Wanted) -> Iterator[Complaint]:
        first = self.first_of[_claim(wanted)]
        if first is not wanted:
            yield Complaint(path=("metadata", "name"), level=Level.WARNING, message=_same_thing(wanted, first))

    def _pool(self, pool: WantedPool) -> Iterator[Complaint]:
        named = pool.image
        image = self.images.get((named.namespace, named.name)) if named else None
        yield from impossible(pool, image)
        if named is None:
            return
        if image is None:
            yield Complaint(path=_REFERENCE, level=Level.NOTE, message=_elsewhere(named.namespace, named.name))
        elif not may_refer(image, pool.owner.namespace):
            words = unavailable_reference(f"{named.namespace}/{named.name}", namespace=pool.owner.namespace)
            yield Complaint(path=_REFERENCE, message=words)
        else:
            yield from _reached(pool, image)


def together(understood: Sequence[Wanted]) -> Together:
    """What can be asked about these objects."""
    images = {(each.owner.namespace, each.owner.name): each for each in understood if isinstance(each, WantedImage)}
    return Together(images=images, first_of={_claim(each): each for each in reversed(understood)})


def _reached(pool: WantedPool, image: WantedImage) -> Iterator[Complaint]:
    """Nodes start from replicas of their own region, and some images follow no pool there."""
    place = region_of(pool)
    listed = {region(each.name) for each in image.regions}
    if place is None or place in listed or image.replication.follow_pools:
        return
    words = (
        f"the account is in {place}, which GalleryImage {image.owner.name} neither lists in spec.targetRegions nor "
        "follows its pools to: no node can start there. List the region, or write replication.followPools: true"
    )
    yield Complaint(path=_REFERENCE, message=words, level=Level.WARNING)


def _claim(wanted: Wanted) -> str:
    """Equal for two objects that only one of can have its way."""
    match wanted:
        case WantedImage():
            return wanted.name.definition.id.casefold()
        case WantedPool():
            return f"{wanted.account.key}/{wanted.pool_id}".casefold()


def _same_thing(wanted: Wanted, first: Wanted) -> str:
    if wanted.owner == first.owner:
        return "the same object is described twice: the later description would overwrite the earlier, remove one"
    thing = "image definition" if isinstance(wanted, WantedImage) else "pool of one account"
    return (
        f"{first.owner.namespace}/{first.owner.name} describes the same {thing}: the older of the two owns it, and the "
        "other stalls with OwnedByAnother"
    ).removeprefix("/")


def _elsewhere(namespace: str, name: str) -> str:
    image = f"{namespace}/{name}".removeprefix("/")
    return f"GalleryImage {image} is not in these files: whether it fits could not be checked"
