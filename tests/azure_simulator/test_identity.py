"""Signing in as Microsoft Entra ID answers it, through azure-identity and by hand."""

import base64

import jwt
import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientSecretCredential

from tests.support.arm import ARM_SCOPE, call, post_form
from tests.support.simulator import SimulatedAzure, StartSimulator


def test_azure_identity_gets_a_token_that_the_published_keys_verify(simulator: SimulatedAzure) -> None:
    token = simulator.credential().get_token(ARM_SCOPE).token
    key_id = jwt.get_unverified_header(token)["kid"]
    keys = call(simulator, "GET", f"/{simulator.ready.tenant_id}/discovery/v2.0/keys").body["keys"]
    key = jwt.PyJWK(next(key for key in keys if key["kid"] == key_id))
    claims = jwt.decode(token, key, algorithms=["RS256"], audience="https://management.azure.com")
    assert claims["appid"] == simulator.ready.client_id
    assert claims["iss"] == f"https://sts.windows.net/{simulator.ready.tenant_id}/"
    assert claims["exp"] - claims["iat"] == 3599


def test_the_scope_with_two_slashes_gives_the_audience_of_batch(simulator: SimulatedAzure) -> None:
    token = simulator.credential().get_token("https://batch.core.windows.net//.default").token
    assert jwt.decode(token, options={"verify_signature": False})["aud"] == "https://batch.core.windows.net/"


def test_a_wrong_secret_is_refused_as_entra_id_refuses_it(simulator: SimulatedAzure) -> None:
    credential = ClientSecretCredential(
        simulator.ready.tenant_id,
        simulator.ready.client_id,
        "wrong",
        authority=simulator.ready.authority,
        disable_instance_discovery=True,
        connection_verify=simulator.verify,
    )
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000215: Invalid client secret"):
        credential.get_token(ARM_SCOPE)


@pytest.mark.parametrize(
    ("tenant", "change", "status", "error", "number"),
    [
        (None, {"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        (None, {"client_id": "0" * 36}, 400, "unauthorized_client", 700016),
        ("nowhere.example", {}, 400, "invalid_request", 90002),
        (None, {"scope": "https://nobody.example/.default"}, 400, "invalid_resource", 500011),
        (None, {"scope": "https://management.azure.com/user_impersonation"}, 400, "invalid_scope", 1002012),
        (None, {"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        (None, {"grant_type": ""}, 400, "invalid_request", 900144),
    ],
)
def test_refusals_carry_the_number_that_entra_id_gives_them(
    simulator: SimulatedAzure,
    tenant: str | None,
    change: dict[str, str],
    status: int,
    error: str,
    number: int,
) -> None:
    form = client_form(simulator) | {"scope": ARM_SCOPE} | change
    path = f"/{tenant or simulator.ready.tenant_id}/oauth2/v2.0/token"
    answer = post_form(simulator, path, form)
    assert (answer.status, answer.body["error"], answer.body["error_codes"]) == (status, error, [number])
    assert answer.body["error_description"].startswith(f"AADSTS{number}: ")


def test_the_first_generation_of_the_token_endpoint_takes_a_resource(simulator: SimulatedAzure) -> None:
    form = client_form(simulator) | {"resource": "https://management.core.windows.net/"}
    issued = post_form(simulator, f"/{simulator.ready.tenant_id}/oauth2/token", form).body
    assert issued["resource"] == "https://management.core.windows.net/"
    assert issued["expires_in"] == "3599"
    listed = call(simulator, "GET", "/subscriptions?api-version=2022-12-01", token=issued["access_token"])
    assert simulator.subscription in [found["subscriptionId"] for found in listed.body["value"]]


def test_a_secret_may_come_by_basic_authentication(simulator: SimulatedAzure) -> None:
    ready = simulator.ready
    basic = base64.b64encode(f"{ready.client_id}:{ready.client_secret}".encode()).decode()
    answer = post_form(
        simulator,
        f"/{ready.tenant_id}/oauth2/v2.0/token",
        {"grant_type": "client_credentials", "scope": ARM_SCOPE},
        authorization=f"Basic {basic}",
    )
    assert (answer.status, answer.body["token_type"]) == (200, "Bearer")


def test_a_tenant_answers_to_its_domain_too(simulator: SimulatedAzure) -> None:
    document = call(simulator, "GET", "/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration").body
    assert document["token_endpoint"].endswith(f"/{simulator.ready.tenant_id}/oauth2/v2.0/token")


def test_metadata_of_an_unknown_tenant_is_refused(simulator: SimulatedAzure) -> None:
    answer = call(simulator, "GET", "/nowhere.example/v2.0/.well-known/openid-configuration")
    assert (answer.status, answer.body["error"]) == (400, "invalid_tenant")


def test_instance_discovery_names_this_authority(simulator: SimulatedAzure) -> None:
    document = call(simulator, "GET", "/common/discovery/instance?api-version=1.1&authorization_endpoint=x").body
    assert simulator.ready.authority.endswith(document["metadata"][0]["preferred_network"])


def test_tokens_live_as_long_as_the_scenario_says(start_simulator: StartSimulator) -> None:
    simulator = start_simulator(token_lifetime=60)
    token = simulator.credential().get_token(ARM_SCOPE).token
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 60


def test_the_journal_keeps_no_secret(simulator: SimulatedAzure) -> None:
    simulator.credential().get_token(ARM_SCOPE)
    issued = simulator.control.requests(operation="Token_IssueV2")
    assert issued[0].body["client_secret"] == "***"
    assert simulator.ready.client_secret not in repr(simulator.control.requests())


def client_form(simulator: SimulatedAzure) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_id": simulator.ready.client_id,
        "client_secret": simulator.ready.client_secret,
    }
