"""The wiring: who is told of a change, which scopes of Azure are looked at, and who takes which turn."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from azure_batch_operator.reconcile.keys import AccountKey, DefinitionKey, GalleryKey, ImageKey, Key, PoolKey
from azure_batch_operator.settings import Settings
from azure_batch_operator.wiring import Wired, wired
from tests.support.custom_resources import quickstart
from tests.support.secrets import Cabinet
from tools.stage.clockwork import a_key

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
GALLERY = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/images/providers/microsoft.compute/galleries/sharedimages"
ACCOUNT = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/batch/providers/microsoft.batch/batchaccounts/contoso"
SCOPES_OF_IMAGE: set[Key] = {DefinitionKey(f"{GALLERY}/images/render-node"), GalleryKey(GALLERY)}
IMAGE, POOL = ImageKey("rendering", "render-node"), PoolKey("rendering", "frames")


@pytest.fixture
async def operator() -> AsyncIterator[Wired]:
    settings = Settings(
        tenant_id="t",
        client_id="c",
        client_secret="s",
        subscription_id=SUBSCRIPTION,
        authority="https://127.0.0.1:1",
        resource_manager_endpoint="https://127.0.0.1:1",
        watch_accounts="other.westeurope.batch.azure.com",
    )
    async with wired(
        settings, operator_id="here", read_secret=Cabinet(), read_key=a_key, before_write=lambda: None
    ) as operator:
        yield operator


def body(file: str, key: ImageKey | PoolKey, **spec: Any) -> dict[str, Any]:
    manifest = quickstart(file, namespace=key.namespace, name=key.name, uid=key.name, resourceVersion="1")
    return {**manifest, "spec": {**manifest["spec"], **spec}}


def show_image(operator: Wired, **spec: Any) -> set[Key]:
    operator.images.put(IMAGE, body("galleryimage.yaml", IMAGE, **spec))
    return set(operator.changed(IMAGE))


def show_pool(operator: Wired, key: PoolKey = POOL, **spec: Any) -> set[Key]:
    operator.pools.put(key, body("batchpool.yaml", key, **spec))
    return set(operator.changed(key))


async def test_a_new_image_has_its_definition_and_its_gallery_looked_at(operator: Wired) -> None:
    assert show_image(operator) == SCOPES_OF_IMAGE


async def test_a_new_pool_has_its_account_looked_at_and_wakes_its_image(operator: Wired) -> None:
    assert show_pool(operator) == {AccountKey(ACCOUNT), IMAGE}


async def test_a_scope_that_is_looked_at_already_is_not_asked_for_again(operator: Wired) -> None:
    show_pool(operator)
    assert show_pool(operator, PoolKey("rendering", "stills")) == {IMAGE}


async def test_an_image_that_changes_wakes_the_pools_that_boot_from_it(operator: Wired) -> None:
    show_image(operator)
    show_pool(operator)
    assert show_image(operator, version="2.0.0") == {POOL}


async def test_an_image_that_shows_nothing_new_wakes_nobody(operator: Wired) -> None:
    show_image(operator)
    show_pool(operator)
    assert show_image(operator) == set()


async def test_an_image_that_is_gone_wakes_the_pools_that_boot_from_it(operator: Wired) -> None:
    show_image(operator)
    show_pool(operator)
    operator.images.drop(IMAGE)
    assert set(operator.changed(IMAGE)) == {POOL}


async def test_a_pool_that_changes_its_image_wakes_both(operator: Wired) -> None:
    show_pool(operator)
    assert show_pool(operator, galleryImageRef={"name": "other"}) == {IMAGE, ImageKey("rendering", "other")}


async def test_a_pool_that_is_gone_wakes_its_image(operator: Wired) -> None:
    show_pool(operator)
    operator.pools.drop(POOL)
    assert set(operator.changed(POOL)) == {IMAGE}


async def test_a_scope_that_nobody_refers_to_is_let_go_and_looked_at_again_when_somebody_does(operator: Wired) -> None:
    show_pool(operator)
    operator.pools.drop(POOL)
    operator.changed(POOL)
    assert (await operator.turn(AccountKey(ACCOUNT))).again is None
    assert AccountKey(ACCOUNT) in show_pool(operator)


async def test_an_azure_that_does_not_answer_is_tried_again_and_not_let_go(operator: Wired) -> None:
    show_image(operator)
    show_pool(operator)
    scopes: set[Key] = {AccountKey(ACCOUNT), *SCOPES_OF_IMAGE}
    for scope in scopes:
        assert (await operator.turn(scope)).failed
    assert show_pool(operator, PoolKey("rendering", "stills")) == {IMAGE}


async def test_turns_of_missing_objects_do_nothing(operator: Wired) -> None:
    for key in (IMAGE, POOL):
        outcome = await operator.turn(key)
        assert (outcome.status, outcome.finalizer, outcome.again, outcome.failed) == (None, None, None, False)


async def test_accounts_of_the_settings_are_looked_at_though_no_pool_names_them(operator: Wired) -> None:
    assert list(operator.standing()) == [AccountKey("other.westeurope.batch.azure.com")]


async def test_pools_share_the_scope_of_their_account(operator: Wired) -> None:
    show_pool(operator)
    assert operator.scope_of(POOL) == operator.scope_of(AccountKey(ACCOUNT)) == ACCOUNT
    assert operator.scope_of(IMAGE) is None
    assert operator.scope_of(PoolKey("rendering", "never-was")) is None
