"""Which pool belongs below which image and region."""

from azure_batch_operator.core.overview import (
    KnownPool,
    Overview,
    SeenImage,
    SeenPool,
    SeenRegion,
    State,
    User,
    Verdict,
    names_in,
    overview,
    selected,
)

READY = Verdict(state=State.READY, reason="Succeeded")
IMAGE = ("rendering", "render-node")


def image(*, regions: tuple[str, ...] = ("westeurope",), users: tuple[User, ...] = (), count: int = 0) -> SeenImage:
    seen = tuple(SeenRegion(name=name) for name in regions)
    return SeenImage(
        namespace="rendering", name="render-node", verdict=READY, regions=seen, users=users, user_count=count
    )


def pool(name: str, *, of: tuple[str, str] | None = IMAGE, region: str | None = None) -> SeenPool:
    return SeenPool(namespace="rendering", name=name, verdict=READY, account="contoso", image=of, region=region)


def user(name: str | None, region: str) -> User:
    named = ("rendering", name) if name else None
    return User(name=named, url=None if name else "https://host/pools/theirs", region=region, nodes=2, version="1.0.0")


def names(whole: Overview) -> list[list[str]]:
    """The pools in each region of the only image, and those elsewhere."""
    (branch,) = whole.images
    found = [each.pools for each in branch.regions] + [branch.elsewhere]
    return [[each.name if isinstance(each, SeenPool) else each.title for each in pools] for pools in found]


def test_a_pool_is_in_the_region_of_its_account() -> None:
    whole = overview([image(regions=("westeurope", "japaneast"))], [pool("b", region="JapanEast"), pool("a")])

    assert names(whole) == [[], ["b"], ["a"]]


def test_an_image_knows_the_region_of_a_pool_whose_spec_leaves_it_out() -> None:
    whole = overview([image(users=(user("frames", "westeurope"),), count=1)], [pool("frames")])

    assert names(whole) == [["frames"], []]


def test_a_pool_that_no_batchpool_describes_is_below_its_image_all_the_same() -> None:
    whole = overview([image(users=(user(None, "westeurope"),), count=1)], [])

    assert names(whole) == [["https://host/pools/theirs"], []]
    assert isinstance(whole.images[0].regions[0].pools[0], KnownPool)


def test_pools_that_a_status_has_no_room_for_are_counted() -> None:
    assert overview([image(users=(user(None, "westeurope"),), count=140)], []).images[0].unlisted == 139


def test_pools_of_an_image_that_is_not_there_are_together() -> None:
    whole = overview([], [pool("b", of=("images", "gone")), pool("a", of=("images", "gone"))])

    assert [(each.name, [one.name for one in each.pools]) for each in whole.absent] == [
        (("images", "gone"), ["a", "b"])
    ]


def test_pools_that_name_an_image_by_its_id_are_by_themselves() -> None:
    assert [each.name for each in overview([image()], [pool("frames", of=None)]).loose] == ["frames"]


def test_a_chosen_image_keeps_all_its_pools() -> None:
    whole = overview([image()], [pool("a"), pool("b"), pool("c", of=None)])

    assert names(selected(whole, ["render-node"])) == [[], ["a", "b"]]
    assert selected(whole, ["render-node"]).loose == ()


def test_a_chosen_pool_is_alone_below_its_image_and_region() -> None:
    whole = overview([image(regions=("westeurope", "japaneast"))], [pool("a", region="japaneast"), pool("b")])

    chosen = selected(whole, ["a"])

    assert [each.region.name for each in chosen.images[0].regions] == ["japaneast"]
    assert names(chosen) == [["a"], []]


def test_every_name_can_be_chosen() -> None:
    whole = overview([image()], [pool("a"), pool("b", of=None), pool("c", of=("images", "gone"))])

    assert names_in(whole) == {"render-node", "a", "b", "c"}
    assert all(not selected(whole, [name]).empty for name in names_in(whole))
    assert selected(whole, ["nobody"]).empty
