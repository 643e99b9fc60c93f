"""The operator's own sign-in in each of its ways, with azure-identity's own classes and files that change."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from azure_batch_operator.cloud.azure import Azure
from azure_batch_operator.cloud.principals import Principals
from azure_batch_operator.core.credentials import FederatedIdentity, SecretRef
from azure_batch_operator.core.failures import AzureFailure, FailureKind
from azure_batch_operator.core.names import GalleryName
from tests.support.applications import application, issuer, with_applications
from tests.support.azure_session import Journal, journal_from_now, operator_settings
from tests.support.certificates import certificate
from tests.support.simulator import SimulatedAzure, StartSimulator

CLUSTER = application("cluster", 4, federated_credentials=[issuer().trusted()])
SIGNER = application("signer", 5, certificates=[certificate(1).public_pem.decode()])
SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
GALLERY = GalleryName(subscription_id=SUBSCRIPTION, resource_group="images", gallery="sharedImages")
MACHINE = "66666666-6666-4666-8666-666666666666"
RENDER_NODES = "44444444-4444-4444-8444-444444444444"
UNASSIGNED = "55555555-5555-4555-8555-555555555555"


@pytest.fixture
def azure(start_simulator: StartSimulator) -> SimulatedAzure:
    changes = with_applications(CLUSTER, SIGNER)
    role = {"application": "render-nodes", "role": "Reader", "scope": f"/subscriptions/{SUBSCRIPTION}"}
    return start_simulator(**changes | {"role_assignments": [*changes["role_assignments"], role]})


@pytest.fixture
def journal(azure: SimulatedAzure) -> Journal:
    return journal_from_now(azure)


@pytest.fixture
def on_machine(azure: SimulatedAzure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", azure.ready.managed_identity)


@asynccontextmanager
async def operator(azure: SimulatedAzure, way: str, **settings: Any) -> AsyncIterator[Azure]:
    """Azure as an operator reaches it that signs in by `way`, with nothing of the other ways set."""
    nothing: dict[str, Any] = {"client_secret": "", "client_id": "", "tenant_id": "", "retry_base": 0.001}
    async with Principals(operator_settings(azure, **(nothing | {"sign_in": way} | settings))) as principals:
        yield principals.own


def application_of(azure: SimulatedAzure, client_id: str) -> dict[str, str]:
    return {"tenant_id": azure.ready.tenant_id, "client_id": client_id}


async def look(own: Azure) -> None:
    assert await own.images.get_gallery(GALLERY) is None


async def refused(own: Azure) -> AzureFailure:
    with pytest.raises(AzureFailure) as failure:
        await look(own)
    return failure.value


def callers(journal: Journal) -> list[str | None]:
    return [entry.caller for entry in journal.requests("compute")]


# --- each way


async def test_a_workload_identity_needs_its_ids_and_the_token_of_its_service_account(
    azure: SimulatedAzure, journal: Journal, tmp_path: Path
) -> None:
    (file := tmp_path / "token").write_text(issuer().token())
    ids = application_of(azure, CLUSTER.client_id)
    async with operator(azure, "WorkloadIdentity", federated_token_file=file, **ids) as own:
        await look(own)
        await look(own)
    assert set(callers(journal)) == {CLUSTER.client_id}
    assert len(journal.requests("identity")) == 1


@pytest.mark.parametrize("password", [None, b"sesame"])
@pytest.mark.parametrize("form", ["pem", "pkcs12"])
async def test_a_certificate_signs_in_from_its_file(
    azure: SimulatedAzure, journal: Journal, tmp_path: Path, form: str, password: bytes | None
) -> None:
    (file := tmp_path / "it").write_bytes(getattr(certificate(1), form)(password))
    settings = application_of(azure, SIGNER.client_id) | {"client_certificate_password": (password or b"").decode()}
    async with operator(azure, "ClientCertificate", client_certificate_path=file, **settings) as own:
        await look(own)
    assert callers(journal) == [SIGNER.client_id]


@pytest.mark.usefixtures("on_machine")
@pytest.mark.parametrize(("client_id", "who"), [("", MACHINE), (RENDER_NODES, RENDER_NODES)])
async def test_a_managed_identity_is_the_machines_own_or_the_one_that_is_named(
    azure: SimulatedAzure, journal: Journal, client_id: str, who: str
) -> None:
    async with operator(azure, "ManagedIdentity", client_id=client_id) as own:
        await look(own)
        await look(own)
    assert set(callers(journal)) == {who}
    assert (len(journal.requests("instance_metadata")), len(journal.requests("identity"))) == (1, 0)


@pytest.mark.usefixtures("on_machine")
async def test_a_managed_identity_is_meant_also_where_there_is_a_federated_token_for_secrets(
    azure: SimulatedAzure, journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (file := tmp_path / "token").write_text(issuer().token())
    webhook = {"AZURE_AUTHORITY_HOST": azure.ready.authority, "AZURE_TENANT_ID": azure.ready.tenant_id}
    for name, value in (webhook | {"AZURE_FEDERATED_TOKEN_FILE": str(file)}).items():
        monkeypatch.setenv(name, value)
    async with operator(azure, "ManagedIdentity", federated_token_file=file) as own:
        await look(own)
    assert callers(journal) == [MACHINE]


# --- files that change


async def test_a_certificate_that_replaced_another_is_used_for_the_next_token(
    azure: SimulatedAzure, journal: Journal, tmp_path: Path
) -> None:
    (first := tmp_path / "first").write_bytes(certificate(1).pem())
    (second := tmp_path / "second").write_bytes(certificate(2).pem())
    (file := tmp_path / "current").symlink_to(first)
    settings = application_of(azure, SIGNER.client_id) | {"client_certificate_path": file}
    async with operator(azure, "ClientCertificate", **settings) as own:
        await look(own)
        azure.control.change_proofs("signer", {"certificates": [certificate(2).public_pem.decode()]})
        (turned := tmp_path / "turned").symlink_to(second)
        turned.replace(file)
        azure.control.order_fault({"match": {"service": "compute"}, "times": 1, "tokenExpired": True})
        assert (await refused(own)).code == "ExpiredAuthenticationToken"
        await look(own)
    assert [entry.status for entry in journal.requests("identity")] == [200, 200]


async def test_a_service_accounts_token_that_was_refused_is_read_anew(
    azure: SimulatedAzure, journal: Journal, tmp_path: Path
) -> None:
    (file := tmp_path / "token").write_text(issuer().token(age=7200))
    ids = application_of(azure, CLUSTER.client_id)
    async with operator(azure, "WorkloadIdentity", federated_token_file=file, **ids) as own:
        assert (await refused(own)).code == "AADSTS700024"
        file.write_text(issuer().token())
        await look(own)
    assert [entry.status for entry in journal.requests("identity")] == [401, 200]


# --- refusals


async def test_a_certificate_that_is_not_registered_names_the_application_and_the_file(
    azure: SimulatedAzure, tmp_path: Path
) -> None:
    (file := tmp_path / "it.pem").write_bytes(certificate(2).pem())
    settings = application_of(azure, SIGNER.client_id) | {"client_certificate_path": file}
    async with operator(azure, "ClientCertificate", **settings) as own:
        failure = await refused(own)
    assert (failure.kind, failure.code) == (FailureKind.UNAUTHENTICATED, "AADSTS700027")
    assert failure.message.startswith(f"No token for application {SIGNER.client_id} of tenant {azure.ready.tenant_id}")
    assert failure.message.endswith(f"Correct what is in {file}, or by what the application may sign in.")


@pytest.mark.parametrize(("content", "says"), [(b"garbage", "cannot be read as PEM or PKCS #12"), (b"", "cannot")])
async def test_a_file_that_holds_no_certificate_is_named_and_nothing_that_is_in_it(
    azure: SimulatedAzure, journal: Journal, tmp_path: Path, content: bytes, says: str
) -> None:
    (file := tmp_path / "it.pem").write_bytes(content)
    settings = application_of(azure, SIGNER.client_id) | {"client_certificate_path": file}
    async with operator(azure, "ClientCertificate", **settings) as own:
        failure = await refused(own)
        assert (failure.kind, failure.code) == (FailureKind.UNUSABLE, "CredentialsInvalid")
        assert f"{file} cannot be signed in with: it {says}" in failure.message
        assert "garbage" not in str(failure)
        assert journal.requests("identity") == []
        file.write_bytes(certificate(1).pem())
        await look(own)


@pytest.mark.parametrize(
    ("way", "setting", "who"),
    [
        ("ClientCertificate", "client_certificate_path", SIGNER.client_id),
        ("WorkloadIdentity", "federated_token_file", CLUSTER.client_id),
    ],
)
async def test_a_file_that_is_not_there_is_named_and_heals_when_it_comes(
    azure: SimulatedAzure, journal: Journal, tmp_path: Path, way: str, setting: str, who: str
) -> None:
    file = tmp_path / "late"
    async with operator(azure, way, **application_of(azure, who), **{setting: file}) as own:
        failure = await refused(own)
        assert (failure.kind, failure.code) == (FailureKind.UNAVAILABLE, "CredentialsUnread")
        assert f"{file} cannot be read: No such file or directory." in failure.message
        assert who in failure.message
        file.write_bytes(certificate(1).pem() if way == "ClientCertificate" else issuer().token().encode())
        await look(own)
    assert callers(journal) == [who]


async def test_a_service_account_that_is_not_trusted_is_told_with_what_to_compare(
    azure: SimulatedAzure, tmp_path: Path
) -> None:
    (file := tmp_path / "token").write_text(issuer().token("system:serviceaccount:other:other"))
    ids = application_of(azure, CLUSTER.client_id)
    async with operator(azure, "WorkloadIdentity", federated_token_file=file, **ids) as own:
        failure = await refused(own)
    assert (failure.kind, failure.code) == (FailureKind.UNAUTHENTICATED, "AADSTS700213")
    assert "system:serviceaccount:other:other" in failure.message
    assert f"{file}, AZURE_TENANT_ID or AZURE_CLIENT_ID" in failure.message


@pytest.mark.usefixtures("on_machine")
async def test_an_identity_that_the_machine_has_not_is_named(azure: SimulatedAzure, journal: Journal) -> None:
    async with operator(azure, "ManagedIdentity", client_id=UNASSIGNED) as own:
        failure = await refused(own)
    assert (failure.kind, failure.code, failure.status) == (FailureKind.UNAUTHENTICATED, "SignInRefused", 400)
    assert failure.message == (
        f"No token for managed identity {UNASSIGNED}: Identity not found. Give the machine this identity, correct "
        "AZURE_CLIENT_ID, or choose another way in AZURE_BATCH_OPERATOR_SIGN_IN."
    )
    assert len(journal.requests("instance_metadata")) == 1


async def test_where_there_is_no_metadata_endpoint_the_other_ways_are_pointed_to(
    azure: SimulatedAzure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:9")
    async with operator(azure, "ManagedIdentity") as own:
        failure = await refused(own)
    assert (failure.kind, failure.code) == (FailureKind.UNAVAILABLE, "ConnectionFailed")
    assert failure.message == (
        "No token for the machine's own managed identity: no connection could be made; nothing was sent. Give the "
        "machine one, or choose another way in AZURE_BATCH_OPERATOR_SIGN_IN."
    )


@pytest.mark.usefixtures("on_machine")
@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, FailureKind.THROTTLED), (410, FailureKind.UNAVAILABLE), (500, FailureKind.UNAVAILABLE)],
)
async def test_a_metadata_endpoint_that_is_busy_is_asked_once_and_refuses_nobody(
    azure: SimulatedAzure, journal: Journal, status: int, kind: FailureKind
) -> None:
    azure.control.order_fault({"match": {"service": "instance_metadata"}, "answer": {"status": status, "code": "x"}})
    async with operator(azure, "ManagedIdentity") as own:
        assert (await refused(own)).kind is kind
        assert len(journal.requests("instance_metadata")) == 1
        await look(own)


@pytest.mark.usefixtures("on_machine")
async def test_a_missing_right_names_the_managed_identity_to_grant_it_to(azure: SimulatedAzure) -> None:
    elsewhere = GalleryName(subscription_id=SUBSCRIPTION[:-1] + "1", resource_group="platform", gallery="any")
    async with operator(azure, "ManagedIdentity") as own:
        with pytest.raises(AzureFailure, match="granted to the machine's own managed identity"):
            await own.images.get_gallery(elsewhere)


async def test_nothing_of_a_proof_is_shown(
    azure: SimulatedAzure, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    (file := tmp_path / "it.pem").write_bytes(certificate(2).pem(b"sesame"))
    settings = application_of(azure, SIGNER.client_id) | {"client_certificate_password": "sesame"}
    chosen = operator_settings(azure, **settings, client_secret="", client_certificate_path=file)
    async with Principals(chosen) as principals:
        failure = await refused(principals.own)
        shown = f"{failure} {failure!r} {chosen!r} {principals.session().principal!r} {caplog.text}"
    body = b"".join(certificate(2).key_pem().splitlines()[1:3]).decode()
    assert "sesame" not in shown
    assert body not in shown


async def test_the_same_application_named_by_a_secret_shares_the_operators_token(
    azure: SimulatedAzure, journal: Journal, tmp_path: Path
) -> None:
    (file := tmp_path / "token").write_text(issuer().token())
    ids = application_of(azure, CLUSTER.client_id)
    chosen = operator_settings(azure, client_secret="", federated_token_file=file, **ids)
    async with Principals(chosen) as principals:
        await look(principals.own)
        await look(principals.named(FederatedIdentity(**ids), SecretRef(namespace="rendering", name="azure")))
    assert len(journal.requests("identity")) == 1
