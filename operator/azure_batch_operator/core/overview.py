"""All images and pools at one look: which pool belongs below which image and region, and how each of them is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TypeAlias

from azure_batch_operator.core.names import same

Name: TypeAlias = tuple[str, str]
"""Namespace and name of a resource."""


class State(Enum):
    """How a resource is, in one word."""

    READY = "ready"
    MOVING = "moving"
    """Something is under way, or waited for."""
    RETRYING = "retrying"
    """Something failed, and is tried again."""
    STALLED = "stalled"
    """Somebody has to do something first."""
    SUSPENDED = "suspended"
    DELETING = "deleting"
    UNSEEN = "unseen"
    """The operator has said nothing of it yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a resource is, why, and what should be known beside that."""

    state: State
    reason: str
    """One word, as the condition Ready has it."""
    message: str = ""
    advice: str = ""
    """Warnings: what works, but should be known."""
    outdated: bool = False
    """Whether the spec is newer than what was said of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What is there of what is wanted."""

    had: int = 0
    wanted: int = 0

    def __str__(self) -> str:
        return f"{self.had:,}/{self.wanted:,}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPool:
    """A BatchPool."""

    namespace: str
    name: str
    verdict: Verdict
    account: str
    image: Name | None
    """The GalleryImage that it names; None for one that names an image by its id."""
    image_id: str | None = None
    version: str | None = None
    region: str | None = None
    """Where its account is, as far as spec or image tell."""
    dedicated: Share | None = None
    """None where nothing was made yet."""
    spot: Share | None = None
    nodes: Mapping[str, int] = field(default_factory=dict)
    """Nodes by Azure's names of their states, without those that there are none of."""
    resizing: bool = False
    pending: tuple[str, ...] = ()
    """Changes that wait: the field, and what for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPool:
    """A pool that only an image tells of: one that no BatchPool describes, or that cannot be read from here."""

    title: str
    region: str | None
    nodes: int | None
    version: str | None
    ours: bool
    """Whether a BatchPool describes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRegion:
    """One target region of an image."""

    name: str
    state: str | None = None
    progress: int | None = None
    required: int | None = None
    replicas: int | None = None
    ready: int | None = None
    nodes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A pool that boots from an image, as the image's status lists it."""

    name: Name | None
    """The BatchPool; None for a pool that none describes."""
    url: str | None
    region: str | None
    nodes: int | None
    version: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenImage:
    """A GalleryImage."""

    namespace: str
    name: str
    verdict: Verdict
    version: str | None = None
    definition_id: str | None = None
    regions: tuple[SeenRegion, ...] = ()
    users: tuple[User, ...] = ()
    user_count: int = 0
    """How many pools boot from it, of which `users` may be only the first."""
    nodes: int | None = None


Pool: TypeAlias = SeenPool | KnownPool


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionBranch:
    """A region with the pools in it."""

    region: SeenRegion
    pools: tuple[Pool, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageBranch:
    """An image with its regions, and the pools whose region is not known or not among them."""

    image: SeenImage
    regions: tuple[RegionBranch, ...] = ()
    elsewhere: tuple[Pool, ...] = ()
    unlisted: int = 0
    """Pools that boot from it and that nothing here tells of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsentImage:
    """A GalleryImage that pools name and that is not there, or not to be seen from here."""

    name: Name
    pools: tuple[SeenPool, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Everything."""

    images: tuple[ImageBranch, ...] = ()
    absent: tuple[AbsentImage, ...] = ()
    loose: tuple[SeenPool, ...] = ()
    """Pools that name an image by its id."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.images or self.absent or self.loose)


def overview(images: Iterable[SeenImage], pools: Iterable[SeenPool]) -> Overview:
    """Each pool below its image and region, all in the order of their names."""
    by_name = {(image.namespace, image.name): image for image in images}
    by_image: dict[Name | None, list[SeenPool]] = {}
    for pool in sorted(pools, key=lambda pool: (pool.namespace, pool.name)):
        by_image.setdefault(pool.image, []).append(pool)
    return Overview(
        images=tuple(_branch(by_name[name], by_image.get(name, ())) for name in sorted(by_name)),
        absent=tuple(
            AbsentImage(name=name, pools=tuple(found))
            for name, found in sorted((name, found) for name, found in by_image.items() if name is not None)
            if name not in by_name
        ),
        loose=tuple(by_image.get(None, ())),
    )


def selected(whole: Overview, names: Sequence[str]) -> Overview:
    """Images and pools of these names: an image with all its pools, a pool with its image and region alone."""
    if not names:
        return whole
    chosen = [branch for each in whole.images if (branch := _selected_branch(each, names))]
    absent = [replace(each, pools=found) for each in whole.absent if (found := _named(each.pools, names))]
    return Overview(images=tuple(chosen), absent=tuple(absent), loose=_named(whole.loose, names))


def names_in(whole: Overview) -> frozenset[str]:
    """The names of all images and pools."""
    pools = [*whole.loose, *(pool for each in whole.absent for pool in each.pools)]
    for branch in whole.images:
        pools += [pool for pool in _pools_of(branch) if isinstance(pool, SeenPool)]
    return frozenset([*(branch.image.name for branch in whole.images), *(pool.name for pool in pools)])


def _branch(image: SeenImage, pools: Sequence[SeenPool]) -> ImageBranch:
    users = {user.name: user for user in image.users if user.name}
    seen = {(pool.namespace, pool.name) for pool in pools}
    known = [_known(user) for user in image.users if user.name not in seen]
    leaves: list[Pool] = [*(_placed(pool, users) for pool in pools), *known]
    regions = tuple(RegionBranch(region=each, pools=_in_region(leaves, each.name)) for each in image.regions)
    placed = {id(pool) for branch in regions for pool in branch.pools}
    return ImageBranch(
        image=image,
        regions=regions,
        elsewhere=tuple(pool for pool in leaves if id(pool) not in placed),
        unlisted=max(0, image.user_count - len(image.users)),
    )


def _placed(pool: SeenPool, users: Mapping[Name, User]) -> SeenPool:
    """The pool with its region: an image knows from Azure what a spec may leave out."""
    user = users.get((pool.namespace, pool.name))
    return replace(pool, region=user.region) if user and user.region else pool


def _known(user: User) -> KnownPool:
    title = "/".join(user.name) if user.name else user.url or "a pool"
    return KnownPool(
        title=title, region=user.region, nodes=user.nodes, version=user.version, ours=user.name is not None
    )


def _in_region(pools: Iterable[Pool], region: str) -> tuple[Pool, ...]:
    return tuple(pool for pool in pools if pool.region and same(pool.region, region))


def _pools_of(branch: ImageBranch) -> list[Pool]:
    return [*(pool for each in branch.regions for pool in each.pools), *branch.elsewhere]


def _selected_branch(branch: ImageBranch, names: Sequence[str]) -> ImageBranch | None:
    if branch.image.name in names:
        return branch
    regions = [replace(each, pools=found) for each in branch.regions if (found := _named(each.pools, names))]
    elsewhere = _named(branch.elsewhere, names)
    if not regions and not elsewhere:
        return None
    return replace(branch, regions=tuple(regions), elsewhere=elsewhere, unlisted=0)


def _named(pools: Iterable[Pool], names: Sequence[str]) -> tuple[SeenPool, ...]:
    return tuple(pool for pool in pools if isinstance(pool, SeenPool) and pool.name in names)
