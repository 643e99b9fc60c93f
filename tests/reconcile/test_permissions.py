"""Whose pools may use an image, as the index of who uses whom sees it."""

from dataclasses import replace

import pytest

from azure_batch_operator.core.names import OWNER_TAG
from azure_batch_operator.core.pools import ImageChoice, WantedPool
from azure_batch_operator.reconcile.beliefs import Beliefs
from azure_batch_operator.reconcile.keys import ImageKey, PoolKey
from azure_batch_operator.reconcile.usage import Usage
from tests.support.images import DEFINITION, OUR_DEFINITION, OWNER, STRANGER, VERSION, WANTED
from tests.support.usage import HOST, IMAGE, POOL, a_pool, seen_pool

GUEST = PoolKey("elsewhere", "frames")
OPEN = replace(WANTED, allowed_namespaces=frozenset({"elsewhere"}))


def a_guest(*, literal: bool, nodes: int = 2) -> WantedPool:
    """A BatchPool of another namespace, by a reference or by a literal id."""
    if literal:
        return a_pool(namespace="elsewhere", literal=VERSION.id, nodes=nodes)
    choice = ImageChoice(namespace="rendering", name="render-node")
    return replace(a_pool(namespace="elsewhere", nodes=nodes), image=choice)


@pytest.mark.parametrize("literal", [True, False])
class TestGuests:
    """By a reference as by a literal id."""

    def test_one_that_may_not_uses_nothing(self, usage: Usage, *, literal: bool) -> None:
        usage.pool_seen(GUEST, a_guest(literal=literal))
        assert (usage.image_of(GUEST), usage.is_refused(GUEST)) == (None, True)
        assert (usage.pools_of(IMAGE), usage.uses(IMAGE)) == (frozenset(), ())

    def test_one_that_may_is_like_the_images_own(self, usage: Usage, *, literal: bool) -> None:
        usage.image_seen(IMAGE, OPEN)
        usage.pool_seen(GUEST, a_guest(literal=literal, nodes=3000))
        assert (usage.image_of(GUEST), usage.is_refused(GUEST)) == (IMAGE, False)
        assert usage.pools_of(IMAGE) == {GUEST}
        (use,) = usage.uses(IMAGE)
        assert (use.namespace, use.name, use.wanted) == ("elsewhere", "frames", 3000)

    def test_a_pool_that_there_is_counts_as_a_foreign_one_as_long_as_it_may_not(
        self, usage: Usage, beliefs: Beliefs, *, literal: bool
    ) -> None:
        usage.pool_seen(GUEST, a_guest(literal=literal, nodes=3000))
        seen_pool(beliefs, nodes=7)
        (use,) = usage.uses(IMAGE)
        assert (use.url, use.name, use.wanted, use.in_azure) == (f"https://{HOST}/pools/frames", None, 0, 7)
        usage.image_seen(IMAGE, OPEN)
        (use,) = usage.uses(IMAGE)
        assert (use.name, use.wanted, use.in_azure) == ("frames", 3000, 7)

    def test_it_hears_of_permissions_given_and_taken_and_of_nothing_else_before_and_after(
        self, usage: Usage, *, literal: bool
    ) -> None:
        usage.pool_seen(POOL, a_pool())
        usage.pool_seen(GUEST, a_guest(literal=literal))
        assert usage.image_seen(IMAGE, replace(WANTED, suspended=True)) == {POOL}
        assert usage.image_seen(IMAGE, OPEN) == {POOL, GUEST}
        assert usage.image_seen(IMAGE, replace(OPEN, suspended=True)) == {POOL, GUEST}
        assert usage.image_seen(IMAGE, WANTED) == {POOL, GUEST}
        assert usage.image_seen(IMAGE, replace(WANTED, suspended=True)) == {POOL}

    def test_a_permission_changes_who_uses_the_image(self, usage: Usage, *, literal: bool) -> None:
        usage.pool_seen(GUEST, a_guest(literal=literal))
        before = usage.changed_at(IMAGE)
        usage.image_seen(IMAGE, replace(WANTED, suspended=True))
        assert usage.changed_at(IMAGE) == before
        usage.image_seen(IMAGE, OPEN)
        assert usage.changed_at(IMAGE) > before


def test_an_image_that_is_not_there_stands_to_another_namespace_like_one_that_it_may_not_use(usage: Usage) -> None:
    usage.pool_seen(GUEST, a_guest(literal=False))
    assert usage.image_gone(IMAGE) == frozenset()
    assert (usage.image_of(GUEST), usage.is_refused(GUEST)) == (None, True)
    assert usage.image_seen(IMAGE, WANTED) == frozenset()


def test_a_literal_id_is_free_again_when_nobody_manages_it_any_more(usage: Usage) -> None:
    usage.pool_seen(GUEST, a_guest(literal=True))
    assert usage.image_gone(IMAGE) == {GUEST}
    assert (usage.image_of(GUEST), usage.is_refused(GUEST)) == (None, False)


def test_of_several_that_claim_a_definition_the_one_that_its_tag_names_manages_it(
    usage: Usage, beliefs: Beliefs
) -> None:
    rival = ImageKey("elsewhere", "again")
    usage.image_seen(rival, replace(WANTED, owner=replace(OWNER, namespace="elsewhere", name="again")))
    assert usage.image_of_definition(DEFINITION.id) == rival
    beliefs.definitions.see(DEFINITION.id, OUR_DEFINITION, sent_at=beliefs.monotonic())
    usage.pool_seen(GUEST, a_guest(literal=True))
    assert usage.image_of_definition(DEFINITION.id) == IMAGE
    assert usage.is_refused(GUEST)


def test_who_claims_what_belongs_to_another_manages_nothing_and_so_can_refuse_nobody(
    usage: Usage, beliefs: Beliefs
) -> None:
    foreign = replace(OUR_DEFINITION, tags={OWNER_TAG: replace(STRANGER, namespace="far").tag()})
    beliefs.definitions.see(DEFINITION.id, foreign, sent_at=beliefs.monotonic())
    usage.pool_seen(GUEST, a_guest(literal=True))
    assert usage.image_of_definition(DEFINITION.id) is None
    assert not usage.is_refused(GUEST)
