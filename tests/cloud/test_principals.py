"""Several principals in one process: whose token goes where, shared or renewed, and what a refused one is told as."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from azure_batch_operator.cloud.principals import Principals
from azure_batch_operator.core.credentials import BadCredentials, Credentials, SecretRef, credentials_from
from azure_batch_operator.core.failures import AzureFailure, FailureKind
from azure_batch_operator.core.names import DefinitionName, GalleryName
from azure_simulator.scenario import Application
from tests.support.applications import application, issuer, with_applications
from tests.support.azure_session import Journal, journal_from_now, operator_settings
from tests.support.certificates import certificate
from tests.support.simulator import SimulatedAzure, StartSimulator

IMAGES = application("images", 4, secrets=["old secret", "new secret"])
STILLS = application(
    "stills", 5, certificates=[certificate().public_pem.decode()], federated_credentials=[issuer().trusted()]
)
SECRET = SecretRef(namespace="rendering", name="azure-rendering")
OTHER = SecretRef(namespace="stills", name="azure-stills")


@pytest.fixture
def azure(start_simulator: StartSimulator) -> SimulatedAzure:
    return start_simulator(**with_applications(IMAGES, STILLS))


@pytest.fixture
def journal(azure: SimulatedAzure) -> Journal:
    return journal_from_now(azure)


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    return tmp_path / "azure-identity-token"


@pytest.fixture
async def principals(azure: SimulatedAzure, token_file: Path) -> AsyncIterator[Principals]:
    async with Principals(operator_settings(azure, federated_token_file=token_file)) as opened:
        yield opened


@pytest.fixture
def gallery(azure: SimulatedAzure) -> GalleryName:
    return GalleryName(subscription_id=azure.subscription, resource_group="images", gallery="sharedImages")


def held(azure: SimulatedAzure, who: Application, proof: Mapping[str, bytes]) -> Credentials:
    """The credentials in a Secret of the application with this proof."""
    ids = {"AZURE_TENANT_ID": azure.ready.tenant_id.encode(), "AZURE_CLIENT_ID": who.client_id.encode()}
    found = credentials_from(SECRET, {**ids, **proof}, federated=True)
    assert not isinstance(found, BadCredentials)
    return found


def secret(azure: SimulatedAzure, text: str = "old secret") -> Credentials:
    return held(azure, IMAGES, {"AZURE_CLIENT_SECRET": text.encode()})


def put(file: Path, token: str) -> None:
    """As the kubelet puts a token into a pod."""
    file.write_text(token)


def callers(journal: Journal) -> list[str | None]:
    return [entry.caller for entry in journal.requests("compute")]


@pytest.mark.parametrize("form", ["pem", "pkcs12"])
@pytest.mark.parametrize("password", [None, b"open sesame"])
async def test_a_certificate_signs_in(
    principals: Principals,
    azure: SimulatedAzure,
    gallery: GalleryName,
    journal: Journal,
    form: str,
    password: bytes | None,
) -> None:
    proof = {"AZURE_CLIENT_CERTIFICATE": getattr(certificate(), form)(password)}
    proof |= {"AZURE_CLIENT_CERTIFICATE_PASSWORD": password} if password else {}
    assert await principals.named(held(azure, STILLS, proof), OTHER).images.get_gallery(gallery) is None
    assert callers(journal) == [STILLS.client_id]


async def test_a_federated_identity_signs_in_with_the_operators_own_token(
    principals: Principals, azure: SimulatedAzure, gallery: GalleryName, journal: Journal, token_file: Path
) -> None:
    put(token_file, issuer().token())
    assert await principals.named(held(azure, STILLS, {}), OTHER).images.get_gallery(gallery) is None
    assert callers(journal) == [STILLS.client_id]


async def test_a_token_file_that_is_not_there_yet_is_tried_again(
    principals: Principals, azure: SimulatedAzure, gallery: GalleryName, token_file: Path
) -> None:
    stills = principals.named(held(azure, STILLS, {}), OTHER)
    with pytest.raises(AzureFailure) as failed:
        await stills.images.get_gallery(gallery)
    assert failed.value.kind is FailureKind.UNAVAILABLE
    put(token_file, issuer().token())
    assert await stills.images.get_gallery(gallery) is None


async def test_an_application_that_does_not_trust_the_operator_says_so(
    principals: Principals, azure: SimulatedAzure, gallery: GalleryName, token_file: Path
) -> None:
    put(token_file, issuer().token("system:serviceaccount:elsewhere:operator"))
    with pytest.raises(AzureFailure, match="presented assertion subject") as refused:
        await principals.named(held(azure, STILLS, {}), OTHER).images.get_gallery(gallery)
    assert (refused.value.kind, refused.value.code) == (FailureKind.UNAUTHENTICATED, "AADSTS700213")


async def test_no_call_of_one_principal_carries_the_token_of_another(
    principals: Principals, azure: SimulatedAzure, gallery: GalleryName, journal: Journal
) -> None:
    proof = {"AZURE_CLIENT_CERTIFICATE": certificate().pem()}
    everybody = {
        azure.ready.client_id: principals.own,
        IMAGES.client_id: principals.named(secret(azure), SECRET),
        STILLS.client_id: principals.named(held(azure, STILLS, proof), OTHER),
    }
    calls = [
        each.images.get_definition(DefinitionName(gallery=gallery, definition=f"{who}-{number}"))
        for who, each in everybody.items()
        for number in range(20)
    ]
    await asyncio.gather(*calls)
    asked = journal.requests("compute")
    assert len(asked) == 60
    assert all(entry.caller is not None and f"/images/{entry.caller}-" in entry.path for entry in asked)


async def test_equal_credentials_share_one_token_whatever_secrets_hold_them(
    principals: Principals, azure: SimulatedAzure, gallery: GalleryName, journal: Journal
) -> None:
    for name in (SECRET, OTHER, SECRET):
        await principals.named(secret(azure), name).images.get_gallery(gallery)
    assert callers(journal) == [IMAGES.client_id] * 3
    assert len(journal.requests("identity")) == 1


async def test_credentials_that_equal_the_operators_own_share_its_token(
    principals: Principals, azure: SimulatedAzure, gallery: GalleryName, journal: Journal
) -> None:
    operator = next(each for each in azure.scenario.tenants[0].applications if each.name == "operator")
    same = held(azure, operator, {"AZURE_CLIENT_SECRET": operator.secrets[0].encode()})
    for each in (principals.own, principals.named(same, SECRET)):
        await each.images.get_gallery(gallery)
    assert len(journal.requests("identity")) == 1


async def test_a_rotated_secret_gets_a_token_of_its_own(
    principals: Principals, azure: SimulatedAzure, gallery: GalleryName, journal: Journal
) -> None:
    for text in ("old secret", "new secret"):
        await principals.named(secret(azure, text), SECRET).images.get_gallery(gallery)
    assert [entry.status for entry in journal.requests("identity")] == [200, 200]


async def test_credentials_that_were_revoked_are_refused_once_their_token_is_and_heal_with_new_ones(
    principals: Principals, azure: SimulatedAzure, gallery: GalleryName
) -> None:
    images = principals.named(secret(azure), SECRET).images
    await images.get_gallery(gallery)
    azure.control.change_proofs("images", {"secrets": ["new secret"]})
    assert await images.get_gallery(gallery) is None
    azure.control.order_fault({"match": {"service": "compute"}, "times": 1, "tokenExpired": True})
    codes = []
    for _ in range(2):
        with pytest.raises(AzureFailure) as refused:
            await images.get_gallery(gallery)
        assert refused.value.kind is FailureKind.UNAUTHENTICATED
        codes.append(refused.value.code)
    assert codes == ["ExpiredAuthenticationToken", "AADSTS7000215"]
    assert await principals.named(secret(azure, "new secret"), SECRET).images.get_gallery(gallery) is None


async def test_the_tokens_of_credentials_that_nobody_uses_are_forgotten_and_the_operators_own_are_not(
    principals: Principals, azure: SimulatedAzure, gallery: GalleryName, journal: Journal
) -> None:
    for _ in range(2):
        await principals.own.images.get_gallery(gallery)
        await principals.named(secret(azure), SECRET).images.get_gallery(gallery)
        principals.keep_only(())
    assert len(journal.requests("identity")) == 3


async def test_a_call_under_way_ends_well_though_its_credentials_are_forgotten(
    principals: Principals, azure: SimulatedAzure, gallery: GalleryName
) -> None:
    images = principals.named(secret(azure), SECRET).images
    principals.keep_only(())
    assert await images.get_gallery(gallery) is None


async def test_a_throttled_principal_holds_back_no_other(
    principals: Principals, azure: SimulatedAzure, gallery: GalleryName
) -> None:
    answer = {"status": 429, "code": "TooManyRequests", "headers": {"Retry-After": "60"}}
    azure.control.order_fault({"match": {"service": "compute"}, "times": 1, "answer": answer})
    images = principals.named(secret(azure), SECRET).images
    for _ in range(2):
        with pytest.raises(AzureFailure) as throttled:
            await images.get_gallery(gallery)
        assert throttled.value.kind is FailureKind.THROTTLED
    assert await principals.own.images.get_gallery(gallery) is None


async def test_a_refused_sign_in_names_the_application_and_the_secret_and_shows_no_content(
    principals: Principals, azure: SimulatedAzure, gallery: GalleryName, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(AzureFailure) as refused:
        await principals.named(secret(azure, "hunter2"), SECRET).images.get_gallery(gallery)
    failure = refused.value
    assert (failure.kind, failure.code) == (FailureKind.UNAUTHENTICATED, "AADSTS7000215")
    who = f"application {IMAGES.client_id} of tenant {azure.ready.tenant_id}, from Secret rendering/azure-rendering"
    assert failure.message.startswith(f"No token for {who}: ")
    assert "hunter2" not in repr(failure) + str(failure) + caplog.text
    assert failure.__cause__ is None


async def test_the_same_refusal_names_to_each_only_its_own_secret(
    principals: Principals, azure: SimulatedAzure, gallery: GalleryName
) -> None:
    for name, other in ((SECRET, OTHER), (OTHER, SECRET)):
        with pytest.raises(AzureFailure) as refused:
            await principals.named(secret(azure, "hunter2"), name).images.get_gallery(gallery)
        assert str(name) in refused.value.message
        assert str(other) not in refused.value.message


async def test_a_missing_right_names_the_application_and_the_secret_to_grant_it_to(
    start_simulator: StartSimulator,
) -> None:
    azure = start_simulator(**with_applications(IMAGES, roles=()))
    name = GalleryName(subscription_id=azure.subscription, resource_group="images", gallery="sharedImages")
    async with Principals(operator_settings(azure)) as principals:
        with pytest.raises(AzureFailure, match=f"granted to application {IMAGES.client_id} .*, from {SECRET}"):
            await principals.named(secret(azure), SECRET).images.get_gallery(name)
