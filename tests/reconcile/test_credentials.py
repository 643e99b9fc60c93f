"""Whole turns of GalleryImages that sign in as applications of their own, with Secrets that come, change and go."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from azure_batch_operator.core.credentials import SecretRef
from azure_batch_operator.reconcile.desired import RECONCILE_ANNOTATION
from azure_batch_operator.reconcile.keys import ImageKey
from azure_simulator.scenario import Application
from tests.support.applications import application, issuer, with_applications
from tests.support.azure_session import Journal, journal_from_now
from tests.support.certificates import certificate
from tests.support.clockwork import Clockwork, clockwork
from tests.support.custom_resources import Manifest, merged
from tests.support.image_sources import from_machine
from tests.support.image_turns import IMAGE, MINUTE, RESYNC, a_pool, an_image
from tests.support.simulator import SimulatedAzure, StartSimulator

IMAGES = application("images", 4, secrets=["images' secret"])
STILLS = application(
    "stills", 5, certificates=[certificate().public_pem.decode()], federated_credentials=[issuer().trusted()]
)
OTHER = ImageKey("stills", "still-node")
NAME = "azure"


@pytest.fixture
def azure(start_simulator: StartSimulator) -> SimulatedAzure:
    return start_simulator(**with_applications(IMAGES, STILLS))


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    file = tmp_path / "azure-identity-token"
    file.write_text(issuer().token())
    return file


@pytest.fixture
async def operator(azure: SimulatedAzure, token_file: Path) -> AsyncIterator[Clockwork]:
    async with clockwork(azure, federated_token_file=token_file) as turning:
        yield turning


@pytest.fixture
async def ready(operator: Clockwork) -> Clockwork:
    """An operator with an image that is Ready by the credentials of a Secret."""
    put(operator, IMAGES, AZURE_CLIENT_SECRET="images' secret")
    await operator.apply(signing_in())
    await operator.until(lambda: operator.is_ready(IMAGE), step=5 * MINUTE)
    return operator


def signing_in(**spec: Any) -> Manifest:
    """The quickstart's image with the Secret of these tests."""
    return an_image(credentialsSecretRef={"name": NAME}, **spec)


def of_stills(**spec: Any) -> Manifest:
    """Another image, in a gallery and a namespace of its own."""
    spec |= {"gallery": {"name": "stillImages"}, "definition": {"name": OTHER.name}}
    manifest: Manifest = merged(signing_in(**spec), {"metadata": {"namespace": OTHER.namespace, "name": OTHER.name}})
    return manifest


def put(operator: Clockwork, who: Application, namespace: str = IMAGE.namespace, **proof: str | bytes) -> None:
    """Make or replace the Secret of a namespace."""
    ids = {"AZURE_TENANT_ID": operator.azure.ready.tenant_id, "AZURE_CLIENT_ID": who.client_id}
    operator.secrets.put(namespace, NAME, **ids, **proof)


def callers(journal: Journal, *services: str) -> set[str | None]:
    return {entry.caller for entry in journal.requests(*(services or ("compute", "batch_accounts", "batch")))}


# --- who signs in


async def test_everything_that_an_image_asks_of_azure_is_asked_by_its_own_application(
    operator: Clockwork, azure: SimulatedAzure
) -> None:
    journal = journal_from_now(azure)
    put(operator, IMAGES, AZURE_CLIENT_SECRET="images' secret")
    await operator.apply(signing_in())
    await operator.until(lambda: operator.is_ready(IMAGE), step=5 * MINUTE)
    await operator.run(2 * RESYNC)
    asked = {entry.operation for entry in journal.requests("compute")}
    assert {"GalleryImages_ListByGallery", "GalleryImageVersions_ListByGalleryImage", "Images_Get"} <= asked
    assert callers(journal) == {IMAGES.client_id}
    assert len(journal.requests("identity")) == 1


async def test_images_with_different_secrets_never_use_each_others_tokens(
    operator: Clockwork, azure: SimulatedAzure
) -> None:
    journal = journal_from_now(azure)
    put(operator, IMAGES, AZURE_CLIENT_SECRET="images' secret")
    put(operator, STILLS, OTHER.namespace, AZURE_CLIENT_CERTIFICATE=certificate().pem())
    for manifest in (signing_in(), of_stills(), an_image("own", gallery={"name": "ownImages"})):
        await operator.apply(manifest)
    keys = (IMAGE, OTHER, ImageKey("rendering", "own"))
    await operator.until(lambda: all(operator.is_ready(key) for key in keys), step=5 * MINUTE)
    owners = {"sharedImages": IMAGES.client_id, "stillImages": STILLS.client_id, "ownImages": azure.ready.client_id}
    for gallery, owner in owners.items():
        asked = {entry.caller for entry in journal.requests("compute") if f"/galleries/{gallery}" in entry.path}
        assert asked == {owner}


async def test_a_federated_identity_needs_no_more_than_its_ids(operator: Clockwork, azure: SimulatedAzure) -> None:
    journal = journal_from_now(azure)
    put(operator, STILLS)
    await operator.apply(signing_in())
    await operator.until(lambda: operator.is_ready(IMAGE), step=5 * MINUTE)
    assert callers(journal) == {STILLS.client_id}


async def test_an_account_that_only_images_watch_is_read_by_their_application(
    operator: Clockwork, azure: SimulatedAzure
) -> None:
    put(operator, IMAGES, AZURE_CLIENT_SECRET="images' secret")
    journal = journal_from_now(azure)
    await operator.apply(signing_in(watchAccounts=[{"resourceGroup": "batch", "name": "contoso"}]))
    assert callers(journal, "batch_accounts", "batch") == {IMAGES.client_id}
    journal = journal_from_now(azure)
    await operator.apply(a_pool())
    await operator.run(RESYNC)
    assert callers(journal, "batch") == {azure.ready.client_id}


async def test_machine_snapshots_and_node_agents_are_looked_at_by_the_images_application_too(
    operator: Clockwork, azure: SimulatedAzure
) -> None:
    put(operator, IMAGES, AZURE_CLIENT_SECRET="images' secret")
    journal = journal_from_now(azure)
    own = {"credentialsSecretRef": {"name": NAME}, "watchAccounts": [{"resourceGroup": "batch", "name": "contoso"}]}
    await operator.apply(merged(from_machine(), {"spec": own}))
    await operator.until(lambda: operator.is_ready(IMAGE), step=5 * MINUTE)
    await operator.run(RESYNC)
    asked = {entry.operation for entry in journal.requests()}
    assert {"VirtualMachines_Get", "Snapshots_CreateOrUpdate", "Accounts_ListSupportedImages"} <= asked
    assert {entry.caller for entry in journal.requests()} == {IMAGES.client_id}


async def test_an_image_whose_secret_is_wrong_keeps_no_other_from_being_looked_after(
    ready: Clockwork, azure: SimulatedAzure
) -> None:
    intruder = merged(signing_in(definition={"name": "render-node"}), {"metadata": {"namespace": "a", "name": "a"}})
    await ready.apply(intruder)
    assert ready.conditions(ImageKey("a", "a"))["Ready"] == ("False", "CredentialsMissing")
    put(ready, IMAGES, "a", AZURE_CLIENT_SECRET="wrong")
    journal = journal_from_now(azure)
    await ready.run(RESYNC)
    listed = [entry for entry in journal.requests("compute") if "_List" in entry.operation]
    assert {entry.operation for entry in listed} == {
        "GalleryImages_ListByGallery",
        "GalleryImageVersions_ListByGalleryImage",
    }
    assert {(entry.caller, entry.status) for entry in listed} == {(IMAGES.client_id, 200)}


# --- Secrets that are missing or wrong


async def test_a_secret_that_is_not_there_yet_is_waited_for_and_nothing_is_sent(
    operator: Clockwork, azure: SimulatedAzure
) -> None:
    journal = journal_from_now(azure)
    await operator.apply(signing_in())
    conditions = operator.conditions(IMAGE)
    assert conditions["Ready"] == ("False", "CredentialsMissing")
    assert conditions["Reconciling"] == ("True", "Progressing")
    assert "Stalled" not in conditions
    assert operator.message(IMAGE) == (
        "There is no Secret rendering/azure: make it, or correct spec.credentialsSecretRef."
    )
    assert not operator.has_finalizer(IMAGE)
    assert journal.requests() == []
    put(operator, IMAGES, AZURE_CLIENT_SECRET="images' secret")
    await operator.until(lambda: operator.is_ready(IMAGE))


@pytest.mark.parametrize(
    ("proof", "key"),
    [
        ({"AZURE_CLIENT_ID": ""}, "lacks AZURE_CLIENT_ID"),
        ({"AZURE_CLIENT_CERTIFICATE": "garbage"}, "AZURE_CLIENT_CERTIFICATE cannot be read as PEM"),
    ],
)
async def test_a_secret_that_cannot_be_used_stalls_with_the_name_of_the_key(
    operator: Clockwork, azure: SimulatedAzure, proof: dict[str, str], key: str
) -> None:
    journal = journal_from_now(azure)
    ids = {"AZURE_TENANT_ID": azure.ready.tenant_id, "AZURE_CLIENT_ID": IMAGES.client_id}
    operator.secrets.put(IMAGE.namespace, NAME, **(ids | proof))
    await operator.apply(signing_in())
    assert operator.conditions(IMAGE)["Stalled"] == ("True", "CredentialsInvalid")
    assert f"Secret rendering/azure {key}" in operator.message(IMAGE).replace("cannot be signed in with: ", "")
    assert journal.requests("identity", "compute") == []
    put(operator, IMAGES, AZURE_CLIENT_SECRET="images' secret")
    await operator.until(lambda: operator.is_ready(IMAGE))


async def test_a_refused_sign_in_is_tried_for_ten_minutes_and_then_stalls_with_application_and_secret(
    operator: Clockwork,
) -> None:
    put(operator, IMAGES, AZURE_CLIENT_SECRET="mistyped")
    await operator.apply(signing_in())
    assert operator.conditions(IMAGE)["Ready"] == ("False", "AADSTS7000215")
    assert f"application {IMAGES.client_id} of tenant" in operator.message(IMAGE)
    assert "from Secret rendering/azure: " in operator.message(IMAGE)
    await operator.until(lambda: "Stalled" in operator.conditions(IMAGE))
    assert operator.conditions(IMAGE)["Stalled"] == ("True", "AccessDenied")
    put(operator, IMAGES, AZURE_CLIENT_SECRET="images' secret")
    await operator.until(lambda: operator.is_ready(IMAGE))


async def test_revoked_credentials_are_told_on_each_image_that_needs_them_and_heal_with_the_secret(
    ready: Clockwork, azure: SimulatedAzure
) -> None:
    azure.control.change_proofs("images", {"secrets": ["renewed"]})
    azure.control.order_fault({"match": {"service": "compute"}, "times": 1, "tokenExpired": True})
    more = ImageKey(IMAGE.namespace, "more")
    another = signing_in(definition={"identifier": {"sku": "more"}})
    await ready.apply(merged(another, {"metadata": {"name": more.name}}))
    await ready.change(IMAGE, {"tags": {"team": "stills"}})
    await ready.run(MINUTE)
    for key in (IMAGE, more):
        assert ready.conditions(key)["Ready"] == ("False", "AADSTS7000215")
        assert "from Secret rendering/azure" in ready.message(key)
    put(ready, IMAGES, AZURE_CLIENT_SECRET="renewed")
    await ready.until(lambda: ready.is_ready(IMAGE) and ready.is_ready(more), step=5 * MINUTE)


async def test_an_api_server_that_does_not_give_the_secret_is_asked_again(operator: Clockwork) -> None:
    put(operator, IMAGES, AZURE_CLIENT_SECRET="images' secret")
    operator.secrets.trouble = "Secret rendering/azure cannot be read: no answer"
    await operator.apply(signing_in())
    assert operator.conditions(IMAGE)["Ready"] == ("False", "CredentialsUnread")
    assert operator.conditions(IMAGE)["Reconciling"] == ("True", "ProgressingWithRetry")
    operator.secrets.trouble = None
    await operator.until(lambda: operator.is_ready(IMAGE))


async def test_credentials_that_are_known_outlast_an_api_server_that_does_not_answer(ready: Clockwork) -> None:
    ready.secrets.trouble = "no answer"
    await ready.run(2 * RESYNC)
    assert ready.is_ready(IMAGE)


async def test_a_suspended_image_needs_no_secret(operator: Clockwork) -> None:
    await operator.apply(signing_in(suspend=True))
    assert "CredentialsMissing" not in str(operator.status(IMAGE))


# --- Secrets that change


async def test_a_changed_secret_is_used_by_the_next_resync_at_the_latest(
    ready: Clockwork, azure: SimulatedAzure
) -> None:
    put(ready, STILLS, AZURE_CLIENT_CERTIFICATE=certificate().pkcs12())
    await ready.run(RESYNC)
    journal = journal_from_now(azure)
    await ready.run(RESYNC)
    assert callers(journal) == {STILLS.client_id}


async def test_a_secret_is_read_anew_at_once_when_somebody_asks_for_a_turn(ready: Clockwork) -> None:
    put(ready, IMAGES, AZURE_CLIENT_SECRET="images' secret", AZURE_CLIENT_CERTIFICATE="both")
    await ready.annotate(IMAGE, {RECONCILE_ANNOTATION: "now"})
    assert ready.conditions(IMAGE)["Stalled"] == ("True", "CredentialsInvalid")
    put(ready, IMAGES, AZURE_CLIENT_SECRET="images' secret")
    await ready.annotate(IMAGE, {RECONCILE_ANNOTATION: "again"})
    assert ready.is_ready(IMAGE)


async def test_an_image_that_names_another_secret_signs_in_with_that_at_once(
    ready: Clockwork, azure: SimulatedAzure
) -> None:
    await ready.change(IMAGE, {"credentialsSecretRef": {"name": "later"}})
    assert ready.conditions(IMAGE)["Ready"] == ("False", "CredentialsMissing")
    journal = journal_from_now(azure)
    await ready.change(IMAGE, {"credentialsSecretRef": None})
    await ready.run(RESYNC)
    assert callers(journal) == {azure.ready.client_id}


async def test_a_secret_that_many_images_name_is_read_once_for_all_of_them(operator: Clockwork) -> None:
    put(operator, IMAGES, AZURE_CLIENT_SECRET="images' secret")
    for number in range(5):
        await operator.apply(merged(signing_in(), {"metadata": {"name": f"image-{number}"}}))
    assert operator.secrets.reads == [SecretRef(namespace="rendering", name=NAME)]


async def test_credentials_that_the_last_image_stopped_to_name_are_forgotten(ready: Clockwork) -> None:
    assert IMAGES.client_id in repr(ready.wired)
    await ready.change(IMAGE, {"credentialsSecretRef": {"name": "another"}})
    assert IMAGES.client_id not in repr(ready.wired)


async def test_an_image_at_rest_reads_its_secret_seldom(ready: Clockwork) -> None:
    before = len(ready.secrets.reads)
    await ready.run(10 * RESYNC, step=RESYNC)
    assert len(ready.secrets.reads) - before <= 10 * 3


# --- deletion


async def test_a_deletion_goes_on_with_the_credentials_in_memory_when_the_secret_is_gone(
    ready: Clockwork, azure: SimulatedAzure
) -> None:
    journal = journal_from_now(azure)
    ready.secrets.remove(IMAGE.namespace, NAME)
    await ready.delete(IMAGE)
    await ready.until(lambda: not ready.is_there(IMAGE))
    assert "Galleries_Delete" in {entry.operation for entry in journal.requests("compute")}
    assert callers(journal) == {IMAGES.client_id}


async def test_a_secret_that_is_gone_while_the_image_stays_is_not_gone_round(ready: Clockwork) -> None:
    ready.secrets.remove(IMAGE.namespace, NAME)
    await ready.run(2 * RESYNC)
    assert ready.conditions(IMAGE)["Ready"] == ("False", "CredentialsMissing")


async def test_credentials_that_no_image_names_any_more_are_forgotten(ready: Clockwork) -> None:
    await ready.delete(IMAGE)
    await ready.until(lambda: not ready.is_there(IMAGE))
    ready.secrets.remove(IMAGE.namespace, NAME)
    await ready.apply(signing_in())
    assert ready.conditions(IMAGE)["Ready"] == ("False", "CredentialsMissing")
    assert IMAGES.client_id not in repr(ready.wired)


async def test_a_deletion_without_secret_and_memory_stalls_until_the_secret_is_back(
    ready: Clockwork, azure: SimulatedAzure
) -> None:
    async with clockwork(azure) as restarted:
        await restarted.take_over(ready)
        await restarted.delete(IMAGE)
        assert restarted.conditions(IMAGE)["Stalled"] == ("True", "CredentialsMissing")
        assert "set deletionPolicy: Retain to leave all in Azure" in restarted.message(IMAGE)
        put(restarted, IMAGES, AZURE_CLIENT_SECRET="images' secret")
        await restarted.until(lambda: not restarted.is_there(IMAGE))


async def test_what_is_left_in_azure_needs_no_secret_to_be_left(ready: Clockwork, azure: SimulatedAzure) -> None:
    async with clockwork(azure) as restarted:
        await restarted.take_over(ready)
        await restarted.change(IMAGE, {"deletionPolicy": "Retain"})
        await restarted.delete(IMAGE)
        assert not restarted.is_there(IMAGE)


# --- secrecy


async def test_what_is_in_a_secret_is_shown_nowhere(
    operator: Clockwork, azure: SimulatedAzure, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    hidden = {"AZURE_CLIENT_SECRET": "hunter2", "AZURE_CLIENT_CERTIFICATE": "hunter3"}
    put(operator, IMAGES, **hidden)
    await operator.apply(signing_in())
    put(operator, IMAGES, AZURE_CLIENT_SECRET="hunter2")
    await operator.until(lambda: "Stalled" in operator.conditions(IMAGE))
    put(operator, IMAGES, AZURE_CLIENT_CERTIFICATE="hunter3")
    await operator.until(lambda: operator.conditions(IMAGE)["Ready"][1] == "CredentialsInvalid")
    put(operator, IMAGES, AZURE_CLIENT_SECRET="images' secret")
    await operator.until(lambda: operator.is_ready(IMAGE))
    shown = f"{operator.bodies()} {operator.notes} {operator.wired!r} {azure.control.requests()} {caplog.text}"
    assert "rendering/azure" in shown
    for text in ("hunter2", "hunter3", "images' secret"):
        assert text not in shown
