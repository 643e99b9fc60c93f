"""Signing in without a secret: with a certificate, and with the token of somebody who is trusted."""

import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
    CertificateCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    WorkloadIdentityCredential,
)
from cryptography.hazmat.primitives import hashes
from pydantic import ValidationError

from azure_simulator.client import ControlError
from azure_simulator.scenario import Application
from tests.support.applications import application, issuer, with_applications
from tests.support.arm import ARM_SCOPE, Answer, call, post_form
from tests.support.certificates import ClientCertificate, certificate
from tests.support.simulator import SimulatedAzure, StartSimulator

IMAGES = application(
    "images", certificates=[certificate().public_pem.decode()], federated_credentials=[issuer().trusted()]
)
SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture
def azure(start_simulator: StartSimulator) -> SimulatedAzure:
    return start_simulator(**with_applications(IMAGES))


def options(azure: SimulatedAzure) -> dict[str, Any]:
    return {
        "authority": azure.ready.authority,
        "disable_instance_discovery": True,
        "connection_verify": azure.verify,
    }


def with_certificate(azure: SimulatedAzure, content: bytes, **more: Any) -> str:
    credential = CertificateCredential(
        azure.ready.tenant_id, IMAGES.client_id, certificate_data=content, **more, **options(azure)
    )
    return credential.get_token(ARM_SCOPE).token


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


@pytest.mark.parametrize("chain", [False, True])
def test_a_registered_certificate_signs_in(azure: SimulatedAzure, chain: bool) -> None:
    claims = claims_of(with_certificate(azure, certificate().pem(), send_certificate_chain=chain))
    assert (claims["appid"], claims["appidacr"]) == (IMAGES.client_id, "2")


def test_a_certificate_that_is_not_registered_is_refused(azure: SimulatedAzure) -> None:
    with pytest.raises(ClientAuthenticationError, match=r"AADSTS700027.*not registered on application"):
        with_certificate(azure, certificate(2).pem())


def test_a_managed_identity_is_signed_in_as_by_whom_it_trusts_and_by_no_secret(
    start_simulator: StartSimulator, tmp_path: Path
) -> None:
    identity: dict[str, Any] = {
        "subscription_id": "00000000-0000-0000-0000-000000000000",
        "resource_group": "batch",
        "name": "operator-identity",
        "location": "westeurope",
        "client_id": "77777777-7777-4777-8777-777777777777",
        "federated_credentials": [issuer().trusted()],
    }
    role = {"application": "operator-identity", "role": "Reader", "scope": f"/subscriptions/{SUBSCRIPTION}"}
    azure = start_simulator(
        identities=[identity], role_assignments=[role], instance_metadata={"user_assigned": [], "system_assigned": None}
    )
    (file := tmp_path / "token").write_text(issuer().token())
    ids = (azure.ready.tenant_id, identity["client_id"])
    credential = WorkloadIdentityCredential(
        tenant_id=ids[0], client_id=ids[1], token_file_path=str(file), **options(azure)
    )
    token = credential.get_token(ARM_SCOPE).token
    assert call(azure, "GET", f"/subscriptions/{SUBSCRIPTION}?api-version=2022-12-01", token=token).status == 200
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
        ClientSecretCredential(*ids, "any", **options(azure)).get_token(ARM_SCOPE)


def test_a_token_of_a_trusted_service_account_signs_in(azure: SimulatedAzure, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(issuer().token())
    credential = WorkloadIdentityCredential(
        tenant_id=azure.ready.tenant_id, client_id=IMAGES.client_id, token_file_path=str(file), **options(azure)
    )
    assert claims_of(credential.get_token(ARM_SCOPE).token)["oid"] == IMAGES.object_id


@pytest.mark.parametrize(
    ("token", "said"),
    [
        (issuer("https://other.example").token(), "AADSTS700211: .*issuer 'https://other.example'"),
        (issuer().token(audience="https://kubernetes.default.svc"), "AADSTS700212: .*audience 'https://kubernetes"),
        (issuer().token("system:serviceaccount:x:y"), "AADSTS700213: .*subject 'system:serviceaccount:x:y'"),
        (issuer().token(age=7200), "AADSTS700024: .*not within its valid time range"),
        (issuer().token(age=-7200), "AADSTS700024: .*not within its valid time range"),
        (issuer().token(key_id="other"), "AADSTS50013: Assertion failed signature validation"),
        ("no token", "AADSTS50027: JWT token is invalid or malformed"),
    ],
)
def test_a_token_that_does_not_fit_says_which_claim_does_not(azure: SimulatedAzure, token: str, said: str) -> None:
    credential = ClientAssertionCredential(azure.ready.tenant_id, IMAGES.client_id, lambda: token, **options(azure))
    with pytest.raises(ClientAuthenticationError, match=said):
        credential.get_token(ARM_SCOPE)


def statement(azure: SimulatedAzure, signer: ClientCertificate, *, header: dict[str, str], **claims: Any) -> str:
    """A statement as an application makes it about itself, with some of it changed."""
    url = f"{azure.ready.authority}/{azure.ready.tenant_id}/oauth2/v2.0/token"
    whole = {"iss": IMAGES.client_id, "sub": IMAGES.client_id, "aud": url, "exp": int(time.time()) + 600} | claims
    return jwt.encode(whole, signer.key, algorithm="PS256", headers=header)


def sent(azure: SimulatedAzure, assertion: str, **form: str) -> Answer:
    whole = {
        "grant_type": "client_credentials",
        "client_id": IMAGES.client_id,
        "client_assertion": assertion,
        "client_assertion_type": TYPE,
        "scope": ARM_SCOPE,
    }
    return post_form(azure, f"/{azure.ready.tenant_id}/oauth2/v2.0/token", whole | form)


@pytest.mark.parametrize(
    ("claims", "number"),
    [
        ({}, None),
        ({"sub": "somebody else"}, 700021),
        ({"aud": "https://login.example/token"}, 700023),
        ({"exp": 1}, 700024),
    ],
)
def test_what_an_application_says_of_itself_is_checked(
    azure: SimulatedAzure, claims: dict[str, Any], number: int | None
) -> None:
    answer = sent(azure, statement(azure, certificate(), header={"kid": thumbprint()}, **claims))
    assert answer.body.get("error_codes") == (None if number is None else [number])


def test_a_statement_that_another_key_signed_is_refused(azure: SimulatedAzure) -> None:
    answer = sent(azure, statement(azure, certificate(2), header={"kid": thumbprint()}))
    assert (answer.status, answer.body["error"], answer.body["error_codes"]) == (401, "invalid_client", [700027])
    assert "use of the key to verify the signature failed" in answer.body["error_description"]


def test_an_assertion_says_what_it_is(azure: SimulatedAzure) -> None:
    answer = sent(azure, issuer().token(), client_assertion_type="urn:other")
    assert (answer.status, answer.body["error_codes"]) == (400, [900144])


def test_proofs_that_are_taken_away_sign_nobody_in_and_tokens_stay_good(azure: SimulatedAzure) -> None:
    token = with_certificate(azure, certificate().pem())
    azure.control.change_proofs("images", {"certificates": [certificate(2).public_pem.decode()]})
    with pytest.raises(ClientAuthenticationError, match="AADSTS700027"):
        with_certificate(azure, certificate().pem())
    assert with_certificate(azure, certificate(2).pem())
    listed = call(azure, "GET", "/subscriptions?api-version=2022-12-01", token=token)
    assert listed.status == 200


def test_an_application_that_is_not_there_has_no_proofs(azure: SimulatedAzure) -> None:
    with pytest.raises(ControlError, match="ApplicationNotFound"):
        azure.control.change_proofs("nobody", {})


def test_the_journal_keeps_no_assertion(azure: SimulatedAzure) -> None:
    token = issuer().token()
    assert sent(azure, token).status == 200
    assert token not in repr(azure.control.requests())


def test_a_certificate_that_cannot_be_read_is_no_scenario() -> None:
    with pytest.raises(ValidationError, match="certificates"):
        Application(name="a", client_id="b", object_id="c", certificates=("garbage",))


def thumbprint() -> str:
    return certificate().certificate.fingerprint(hashes.SHA1()).hex().upper()
