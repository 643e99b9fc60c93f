"""The index of who uses whom remembers much, and still always tells what one made this moment would tell."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from azure_batch_operator.core.accounts import Account
from azure_batch_operator.core.images import WantedImage
from azure_batch_operator.core.names import OWNER_TAG
from azure_batch_operator.core.pools import WantedPool
from azure_batch_operator.reconcile.beliefs import Beliefs, CompleteList, pool_key
from azure_batch_operator.reconcile.keys import ImageKey, PoolKey
from azure_batch_operator.reconcile.usage import Usage
from azure_batch_operator.reconcile.versions import take_note
from tests.support.images import DEFINITION, GALLERY, HOME, OUR_DEFINITION, OWNER, VERSION, WANTED, a_version
from tests.support.usage import CONTOSO, HOST, IMAGE, NORTH, Ticking, a_pool, seen_pool

RIVAL = ImageKey("elsewhere", "again")
NAMES = ("frames", "stills")
NEXT_ID = VERSION.id.replace("1.0.0", "2.0.0")
POOLS = tuple(
    pool
    for name in NAMES
    for pool in (
        a_pool(name=name),
        a_pool(name=name, nodes=3000, version="2.0.0"),
        a_pool(name=name, account=NORTH),
        a_pool(name=name, literal=VERSION.id),
        a_pool(name=name, literal=DEFINITION.id),
        a_pool(name=name, deleting=True),
    )
)
IMAGES = (
    WANTED,
    replace(WANTED, allowed_namespaces=frozenset({"elsewhere"})),
    replace(WANTED, name=replace(VERSION, version="2.0.0"), watch_accounts=(NORTH,)),
)


@dataclass(slots=True)
class World:
    """Beliefs, what the API server shows, and an index that lives through all of it."""

    beliefs: Beliefs = field(default_factory=lambda: Beliefs(monotonic=Ticking()))
    pools: dict[PoolKey, WantedPool] = field(default_factory=dict)
    images: dict[ImageKey, WantedImage] = field(default_factory=dict)
    usage: Usage = field(init=False)

    def __post_init__(self) -> None:
        self.usage = Usage(beliefs=self.beliefs)

    def pool(self, namespace: str, wanted: WantedPool) -> None:
        key = PoolKey(namespace, wanted.pool_id)
        self.pools[key] = wanted
        self.usage.pool_seen(key, wanted)

    def no_pool(self, namespace: str, name: str) -> None:
        self.pools.pop(PoolKey(namespace, name), None)
        self.usage.pool_gone(PoolKey(namespace, name))

    def image(self, key: ImageKey, wanted: WantedImage) -> None:
        self.images[key] = replace(wanted, owner=replace(OWNER, namespace=key.namespace, name=key.name))
        self.usage.image_seen(key, self.images[key])

    def no_image(self, key: ImageKey) -> None:
        self.images.pop(key, None)
        self.usage.image_gone(key)

    def account(self, there: bool) -> None:
        account = Account(ref=CONTOSO, endpoint=f"https://{HOST}", region=HOME) if there else None
        self.beliefs.accounts.see(CONTOSO.key, account, sent_at=self.beliefs.monotonic())

    def in_azure(self, name: str, nodes: int | None, image_id: str) -> None:
        if nodes is not None:
            seen_pool(self.beliefs, name=name, nodes=nodes, image_id=image_id)
        else:
            self.beliefs.pools.see(pool_key(HOST, name), None, sent_at=self.beliefs.monotonic())

    def written(self, name: str) -> None:
        self.beliefs.pools.wrote(pool_key(HOST, name), answered_at=self.beliefs.monotonic())

    def doubted(self, name: str) -> None:
        self.beliefs.pools.doubt(pool_key(HOST, name))

    def version(self, number: str, state: str) -> None:
        take_note(self.beliefs, a_version(version=number, state=state), sent_at=self.beliefs.monotonic())

    def listed(self, numbers: frozenset[str]) -> None:
        keys = frozenset(f"{DEFINITION.id}/versions/{number}".casefold() for number in numbers)
        lists = self.beliefs.version_lists
        lists[DEFINITION.id.casefold()] = CompleteList(sent_at=self.beliefs.monotonic(), keys=keys)

    def tagged(self, key: ImageKey) -> None:
        tags = {OWNER_TAG: replace(OWNER, namespace=key.namespace, name=key.name).tag()}
        seen = replace(OUR_DEFINITION, tags=tags)
        self.beliefs.definitions.see(DEFINITION.id, seen, sent_at=self.beliefs.monotonic())

    def fresh(self) -> Usage:
        """An index that was told the same just now."""
        made = Usage(beliefs=self.beliefs)
        for image, wanted in self.images.items():
            made.image_seen(image, wanted)
        for pool, asked in self.pools.items():
            made.pool_seen(pool, asked)
        return made


NAMESPACES, KEYS = st.sampled_from(["rendering", "elsewhere"]), st.sampled_from([IMAGE, RIVAL])
AZURES, NUMBERS = st.sampled_from([*NAMES, "theirs"]), st.sampled_from(["1.0.0", "2.0.0"])
IDS = st.sampled_from([VERSION.id, NEXT_ID, DEFINITION.id, f"{GALLERY.id}/images/other/versions/1.0.0"])
EVENTS: st.SearchStrategy[tuple[Callable[..., None], tuple[object, ...]]] = st.one_of(
    st.tuples(st.just(World.pool), st.tuples(NAMESPACES, st.sampled_from(POOLS))),
    st.tuples(st.just(World.no_pool), st.tuples(NAMESPACES, st.sampled_from(NAMES))),
    st.tuples(st.just(World.image), st.tuples(KEYS, st.sampled_from(IMAGES))),
    st.tuples(st.just(World.no_image), st.tuples(KEYS)),
    st.tuples(st.just(World.account), st.tuples(st.booleans())),
    st.tuples(st.just(World.in_azure), st.tuples(AZURES, st.sampled_from([None, 0, 7]), IDS)),
    st.tuples(st.just(World.written), st.tuples(AZURES)),
    st.tuples(st.just(World.doubted), st.tuples(AZURES)),
    st.tuples(st.just(World.version), st.tuples(NUMBERS, st.sampled_from(["Creating", "Succeeded"]))),
    st.tuples(st.just(World.listed), st.tuples(st.frozensets(NUMBERS))),
    st.tuples(st.just(World.tagged), st.tuples(KEYS)),
)


@settings(max_examples=60, deadline=None)
@given(events=st.lists(EVENTS, max_size=40))
def test_what_is_remembered_is_what_would_be_found_anew(
    events: list[tuple[Callable[..., None], tuple[object, ...]]],
) -> None:
    world = World()
    world.account(there=True)
    for happen, details in events:
        happen(world, *details)
        anew = world.fresh()
        for image in (IMAGE, RIVAL):
            assert world.usage.uses(image) == anew.uses(image)
            assert world.usage.pools_of(image) == anew.pools_of(image)
        assert {ref.key for ref in world.usage.accounts()} == {ref.key for ref in anew.accounts()}
        assert world.usage.images_in(GALLERY) == anew.images_in(GALLERY)
        for pool in world.pools:
            assert world.usage.is_refused(pool) == anew.is_refused(pool)
