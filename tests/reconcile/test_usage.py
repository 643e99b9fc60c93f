"""Who uses whom, and how far that is known."""

from dataclasses import replace

from azure_batch_operator.core.accounts import Account, AccountRef
from azure_batch_operator.core.images import PoolUse
from azure_batch_operator.core.names import DefinitionName, VersionName
from azure_batch_operator.core.plan.image_steps import PatchVersion
from azure_batch_operator.core.plan.images import next_step
from azure_batch_operator.reconcile.beliefs import Beliefs, CompleteList, pool_key
from azure_batch_operator.reconcile.desired import BadSpec
from azure_batch_operator.reconcile.keys import ImageKey, PoolKey
from azure_batch_operator.reconcile.usage import Usage
from azure_batch_operator.reconcile.versions import take_note
from tests.support.images import DEFINITION, GALLERY, HOME, VERSION, WANTED, a_version, a_view
from tests.support.usage import CONTOSO, HOST, IMAGE, NORTH, POOL, a_pool, seen_pool

NEXT = VersionName(definition=DEFINITION, version="2.0.0")


def weights(uses: tuple[PoolUse, ...]) -> dict[tuple[str, str | None], int]:
    """Nodes by version number and pool name (or url)."""
    return {(use.version_id.rsplit("/", 1)[1], use.name or use.url): use.nodes for use in uses}


def test_a_pool_that_names_an_image_uses_it_in_both_directions(usage: Usage) -> None:
    usage.pool_seen(POOL, a_pool())
    assert usage.pools_of(IMAGE) == {POOL}
    assert usage.image_of(POOL) == IMAGE
    usage.pool_gone(POOL)
    assert usage.pools_of(IMAGE) == frozenset()


def test_a_literal_id_inside_a_definition_of_ours_is_the_same_as_a_reference(usage: Usage) -> None:
    usage.pool_seen(POOL, a_pool(literal=VERSION.id.upper().replace("/SUBSCRIPTIONS/", "/subscriptions/")))
    assert usage.image_of(POOL) == IMAGE
    assert usage.pools_of(IMAGE) == {POOL}


def test_a_literal_id_from_another_namespace_does_not_count_until_its_pool_is_there(
    usage: Usage, beliefs: Beliefs
) -> None:
    other = PoolKey("elsewhere", "frames")
    usage.pool_seen(other, a_pool(namespace="elsewhere", literal=VERSION.id, nodes=3000))
    assert usage.image_of(other) is None
    assert usage.uses(IMAGE) == ()
    seen_pool(beliefs, nodes=7)
    assert weights(usage.uses(IMAGE)) == {("1.0.0", f"https://{HOST}/pools/frames"): 7}


def test_a_reference_is_known_before_the_image_is(beliefs: Beliefs) -> None:
    usage = Usage(beliefs=beliefs)
    usage.pool_seen(POOL, a_pool())
    assert usage.pools_of(IMAGE) == {POOL}
    assert usage.uses(IMAGE) == ()


def test_a_pool_counts_with_its_region_before_it_exists(usage: Usage) -> None:
    usage.pool_seen(POOL, a_pool(nodes=3000))
    (use,) = usage.uses(IMAGE)
    assert (use.version_id, use.region, use.wanted, use.in_azure) == (VERSION.id, HOME, 3000, 0)


def test_a_pool_of_an_account_that_was_not_read_has_the_region_of_its_spec_or_none(usage: Usage) -> None:
    usage.pool_seen(POOL, a_pool(account=NORTH))
    usage.pool_seen(PoolKey("rendering", "more"), a_pool(name="more", account=replace(NORTH, location=None)))
    assert [use.region for use in usage.uses(IMAGE)] == ["northeurope", None]


def test_a_pool_in_rollout_counts_for_the_version_it_runs_and_for_the_one_it_will_run(
    usage: Usage, beliefs: Beliefs
) -> None:
    usage.pool_seen(POOL, a_pool(nodes=10))
    seen_pool(beliefs, nodes=20)
    usage.image_seen(IMAGE, replace(WANTED, name=NEXT))
    assert weights(usage.uses(IMAGE)) == {("2.0.0", "frames"): 20, ("1.0.0", "frames"): 20}


def test_a_pinned_version_is_the_one_that_counts(usage: Usage) -> None:
    usage.pool_seen(POOL, a_pool(version="0.9.0"))
    assert weights(usage.uses(IMAGE)) == {("0.9.0", "frames"): 2}


def test_a_pool_that_is_deleted_wants_nothing_but_counts_until_azure_has_it_no_more(
    usage: Usage, beliefs: Beliefs
) -> None:
    usage.pool_seen(POOL, a_pool(nodes=3000, deleting=True))
    seen_pool(beliefs, nodes=7)
    assert weights(usage.uses(IMAGE)) == {("1.0.0", "frames"): 7}
    beliefs.pools.see(pool_key(HOST, "frames"), None, sent_at=beliefs.monotonic())
    assert usage.uses(IMAGE) == ()


def test_a_pool_in_an_account_that_does_not_exist_is_known_to_have_no_nodes(usage: Usage, beliefs: Beliefs) -> None:
    usage.pool_seen(POOL, a_pool(account=NORTH))
    (use,) = usage.uses(IMAGE)
    assert use.unseen
    beliefs.accounts.see(NORTH.key, None, sent_at=beliefs.monotonic())
    (use,) = usage.uses(IMAGE)
    assert not use.unseen
    usage.pool_seen(POOL, a_pool(account=NORTH, deleting=True))
    assert usage.uses(IMAGE) == ()


def test_a_foreign_pool_counts_as_azure_shows_it(usage: Usage, beliefs: Beliefs) -> None:
    seen_pool(beliefs, name="theirs", nodes=900)
    seen_pool(beliefs, name="unrelated", image_id=f"{GALLERY.id}/images/other/versions/1.0.0")
    assert weights(usage.uses(IMAGE)) == {("1.0.0", f"https://{HOST}/pools/theirs"): 900}
    (use,) = usage.uses(IMAGE)
    assert (use.region, use.wanted) == (HOME, 0)


def test_an_id_without_version_means_the_newest_that_is_not_excluded(usage: Usage, beliefs: Beliefs) -> None:
    for number, excluded in (("9.0.0", False), ("10.0.0", False), ("11.0.0", True)):
        version = a_version(version=number)
        profile = {**version.publishing_profile, "excludeFromLatest": excluded}
        take_note(beliefs, replace(version, publishing_profile=profile), sent_at=beliefs.monotonic())
    seen_pool(beliefs, name="theirs", image_id=DEFINITION.id)
    assert [use.version_id for use in usage.uses(IMAGE)] == [f"{DEFINITION.id}/versions/10.0.0"]


def listed(beliefs: Beliefs, ref: AccountRef) -> None:
    beliefs.pool_lists[ref.key] = CompleteList(sent_at=beliefs.monotonic(), keys=frozenset())


def test_every_account_of_a_pool_is_unread_until_a_complete_list_after_the_last_change(
    usage: Usage, beliefs: Beliefs
) -> None:
    assert usage.unread_accounts(IMAGE) == ()
    usage.pool_seen(POOL, a_pool())
    assert usage.unread_accounts(IMAGE) == (CONTOSO,)
    listed(beliefs, CONTOSO)
    assert usage.unread_accounts(IMAGE) == ()
    usage.pool_seen(PoolKey("rendering", "more"), a_pool(name="more"))
    assert usage.unread_accounts(IMAGE) == (CONTOSO,)


def test_a_new_size_changes_nothing_in_who_uses_whom(usage: Usage, beliefs: Beliefs) -> None:
    usage.pool_seen(POOL, a_pool())
    listed(beliefs, CONTOSO)
    usage.pool_seen(POOL, a_pool(nodes=3000))
    assert usage.unread_accounts(IMAGE) == ()


def test_accounts_to_be_watched_are_read_too(beliefs: Beliefs) -> None:
    usage = Usage(beliefs=beliefs, watched=(CONTOSO,))
    usage.image_seen(IMAGE, replace(WANTED, watch_accounts=(NORTH,)))
    usage.image_seen(ImageKey("rendering", "other"), replace(WANTED, name=_other()))
    assert usage.unread_accounts(IMAGE) == (CONTOSO, NORTH)
    assert usage.unread_accounts(ImageKey("rendering", "other")) == (CONTOSO,)
    assert usage.accounts() == {CONTOSO, NORTH}


def test_a_spec_that_cannot_be_understood_counts_as_it_was_last_understood(usage: Usage) -> None:
    usage.pool_seen(POOL, a_pool(nodes=3000))
    usage.pool_seen(POOL, BadSpec(field="spec", message="unreadable"))
    usage.image_seen(IMAGE, BadSpec(field="spec", message="unreadable"))
    assert weights(usage.uses(IMAGE)) == {("1.0.0", "frames"): 3000}


def test_several_images_may_claim_one_definition(usage: Usage) -> None:
    again = ImageKey("rendering", "again")
    usage.image_seen(again, WANTED)
    assert usage.claims(DEFINITION.id.upper()) == {IMAGE, again}
    usage.image_gone(again)
    assert usage.claims(DEFINITION.id) == {IMAGE}
    assert usage.images_in(GALLERY) == {IMAGE}
    assert usage.gallery(GALLERY.id.upper()) == GALLERY


def _other() -> VersionName:
    return VersionName(definition=DefinitionName(gallery=GALLERY, definition="other"), version="1.0.0")


def test_a_pool_without_nodes_weighs_nothing_for_the_version_that_it_leaves_once_the_next_is_published(
    usage: Usage, beliefs: Beliefs
) -> None:
    usage.pool_seen(POOL, a_pool(nodes=3000))
    seen_pool(beliefs, nodes=0)
    usage.image_seen(IMAGE, replace(WANTED, name=NEXT))
    beliefs.version_lists[DEFINITION.id.casefold()] = CompleteList(sent_at=beliefs.monotonic(), keys=frozenset())
    assert weights(usage.uses(IMAGE)) == {("2.0.0", "frames"): 3000, ("1.0.0", "frames"): 3000}
    take_note(beliefs, a_version(version="2.0.0", state="Creating"), sent_at=beliefs.monotonic())
    assert weights(usage.uses(IMAGE))["1.0.0", "frames"] == 3000
    take_note(beliefs, a_version(version="2.0.0"), sent_at=beliefs.monotonic())
    assert weights(usage.uses(IMAGE)) == {("2.0.0", "frames"): 3000, ("1.0.0", "frames"): 0}


def test_all_uses_of_one_pool_are_told_to_be_of_one_pool(usage: Usage, beliefs: Beliefs) -> None:
    usage.pool_seen(POOL, a_pool())
    seen_pool(beliefs)
    seen_pool(beliefs, name="theirs")
    usage.image_seen(IMAGE, replace(WANTED, name=NEXT))
    uses = usage.uses(IMAGE)
    assert len(uses) == 3
    assert {use.pool for use in uses} == {"rendering/frames", f"https://{HOST}/pools/theirs"}


def test_a_formula_weighs_the_most_nodes_that_it_may_bring_or_more_if_there_are_more(
    usage: Usage, beliefs: Beliefs
) -> None:
    formula = replace(a_pool(), body={"enableAutoScale": True}, dedicated=None)
    usage.pool_seen(POOL, replace(formula, max_nodes=5000))
    assert weights(usage.uses(IMAGE)) == {("1.0.0", "frames"): 5000}
    seen_pool(beliefs, nodes=6000)
    assert weights(usage.uses(IMAGE)) == {("1.0.0", "frames"): 6000}
    usage.pool_seen(POOL, formula)
    seen_pool(beliefs, nodes=40)
    assert weights(usage.uses(IMAGE)) == {("1.0.0", "frames"): 40}


def test_a_thousand_pools_that_wait_together_ask_for_their_replicas_in_one_patch(
    usage: Usage, beliefs: Beliefs
) -> None:
    for number in range(1000):
        name = f"pool-{number}"
        usage.pool_seen(PoolKey("rendering", name), a_pool(name=name, nodes=30))
        beliefs.pools.see(pool_key(HOST, name), None, sent_at=beliefs.monotonic())
    step = next_step(a_view(a_version(), uses=usage.uses(IMAGE)))
    assert isinstance(step, PatchVersion)
    assert [(change.need.key, change.target) for change in step.changes] == [(HOME, 50)]


def test_an_account_is_looked_at_as_those_who_name_it_unless_one_of_them_is_the_operator(usage: Usage) -> None:
    watching = replace(WANTED, watch_accounts=(NORTH,))
    own = replace(a_pool(name="own"), account=NORTH, credentials="azure")
    usage.image_seen(IMAGE, watching)
    usage.pool_seen(PoolKey("rendering", "own"), own)
    assert usage.parties_of(NORTH) == (own, watching)
    usage.pool_seen(PoolKey("rendering", "plain"), replace(a_pool(name="plain"), account=NORTH))
    assert usage.parties_of(NORTH) == ()


def test_the_index_of_galleries_and_watched_accounts_follows_specs_that_change(usage: Usage, beliefs: Beliefs) -> None:
    usage.image_seen(IMAGE, replace(WANTED, watch_accounts=(NORTH,)))
    assert (usage.account(NORTH.key), usage.only_watched_by(NORTH)) == (NORTH, usage.specs_in(GALLERY))
    assert usage.waiting_for(NORTH) == {IMAGE}
    listed(beliefs, NORTH)
    assert usage.waiting_for(NORTH) == frozenset()
    usage.image_seen(IMAGE, WANTED)
    assert usage.account(NORTH.key) is None
    usage.image_gone(IMAGE)
    assert (usage.images_in(GALLERY), usage.gallery(GALLERY.id)) == (frozenset(), None)


def test_a_pool_in_azure_is_described_by_whoever_names_its_account_in_any_way(usage: Usage, beliefs: Beliefs) -> None:
    by_endpoint = AccountRef(endpoint=HOST)
    beliefs.accounts.see(
        by_endpoint.key, Account(ref=by_endpoint, endpoint=f"https://{HOST}", region=HOME), sent_at=beliefs.monotonic()
    )
    other = PoolKey("elsewhere", "frames")
    usage.pool_seen(POOL, a_pool())
    usage.pool_seen(other, a_pool(namespace="elsewhere", account=by_endpoint))
    assert usage.describing(pool_key(HOST, "Frames")) == {POOL, other}
    usage.pool_gone(POOL)
    assert usage.describing(pool_key(HOST, "frames")) == {other}
