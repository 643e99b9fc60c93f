"""The operator's settings, as its environment gives them."""

from pathlib import Path

import pytest
from azure.core import AzureClouds
from azure.identity import AzureAuthorityHosts
from azure.mgmt.core.tools import get_arm_endpoints

from azure_batch_operator.core.accounts import AccountRef
from azure_batch_operator.core.clouds import CLOUDS
from azure_batch_operator.settings import BadSettingsError, Settings, read_settings

PRINCIPAL = {"AZURE_TENANT_ID": "tenant", "AZURE_CLIENT_ID": "client", "AZURE_CLIENT_SECRET": "hunter2"}


def settings(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    """The settings of an environment that has only these variables of ours."""
    return environment(monkeypatch, **(PRINCIPAL | variables))


@pytest.fixture(autouse=True)
def _without_the_callers_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"AZURE_BATCH_OPERATOR_{name.upper()}", raising=False)
        monkeypatch.delenv(str(Settings.model_fields[name].validation_alias), raising=False)


def environment(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    """The settings of an environment that has these variables and no others."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return read_settings()


def refused(monkeypatch: pytest.MonkeyPatch, **variables: str) -> list[str]:
    """What is wrong with an environment, line by line."""
    with pytest.raises(BadSettingsError) as refusal:
        environment(monkeypatch, **variables)
    return str(refusal.value).splitlines()


def test_who_signs_in_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings(monkeypatch)
    assert (found.tenant_id, found.client_id, found.client_secret.get_secret_value()) == ("tenant", "client", "hunter2")
    assert found.authority == "https://login.microsoftonline.com"
    assert found.token_hosts == ("batch.azure.com",)
    assert (found.workers, found.resync_interval, found.nodes_per_replica) == (16, 600, 600)
    assert found.namespaces == ()
    assert found.operator_id is None


def test_everything_that_is_missing_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(monkeypatch, AZURE_CLIENT_SECRET="hunter2", AZURE_BATCH_OPERATOR_WORKERS="0") == [
        "AZURE_TENANT_ID: is not set, and ClientSecret needs it",
        "AZURE_CLIENT_ID: is not set, and ClientSecret needs it",
        "AZURE_BATCH_OPERATOR_WORKERS: Input should be greater than or equal to 1",
    ]


# --- who signs in


def test_without_anything_to_sign_in_with_all_ways_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    (said,) = refused(monkeypatch)
    assert said == (
        "AZURE_BATCH_OPERATOR_SIGN_IN: is not set, and none of AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH, "
        "AZURE_FEDERATED_TOKEN_FILE is: set one of them, or this to ManagedIdentity"
    )


@pytest.mark.parametrize(
    ("variables", "way"),
    [
        ({"AZURE_CLIENT_SECRET": "s"}, "ClientSecret"),
        ({"AZURE_CLIENT_CERTIFICATE_PATH": "/it.pem"}, "ClientCertificate"),
        ({"AZURE_FEDERATED_TOKEN_FILE": "/token"}, "WorkloadIdentity"),
        ({"AZURE_CLIENT_SECRET": "s", "AZURE_FEDERATED_TOKEN_FILE": "/token"}, "ClientSecret"),
        ({"AZURE_CLIENT_SECRET": "", "AZURE_FEDERATED_TOKEN_FILE": "/token"}, "WorkloadIdentity"),
        (
            {
                "AZURE_CLIENT_SECRET": "s",
                "AZURE_FEDERATED_TOKEN_FILE": "/token",
                "AZURE_BATCH_OPERATOR_SIGN_IN": "WorkloadIdentity",
            },
            "WorkloadIdentity",
        ),
    ],
)
def test_the_way_to_sign_in_is_the_one_that_is_named_or_the_first_that_is_prepared(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], way: str
) -> None:
    assert environment(monkeypatch, AZURE_TENANT_ID="t", AZURE_CLIENT_ID="c", **variables).sign_in == way


def test_a_managed_identity_needs_nothing_and_may_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    found = environment(monkeypatch, AZURE_BATCH_OPERATOR_SIGN_IN="ManagedIdentity")
    assert (found.sign_in, found.tenant_id, found.client_id) == ("ManagedIdentity", "", "")
    assert environment(monkeypatch, AZURE_CLIENT_ID="c").client_id == "c"


@pytest.mark.parametrize(
    ("way", "lacks"),
    [
        ("ClientSecret", "AZURE_CLIENT_SECRET"),
        ("ClientCertificate", "AZURE_CLIENT_CERTIFICATE_PATH"),
        ("WorkloadIdentity", "AZURE_FEDERATED_TOKEN_FILE"),
    ],
)
def test_a_way_without_its_proof_is_refused(monkeypatch: pytest.MonkeyPatch, way: str, lacks: str) -> None:
    said = refused(monkeypatch, AZURE_BATCH_OPERATOR_SIGN_IN=way)
    assert said == [f"AZURE_BATCH_OPERATOR_SIGN_IN: {way} needs {lacks}, which is not set"]


def test_a_way_that_there_is_not_is_refused_with_those_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    (said,) = refused(monkeypatch, AZURE_BATCH_OPERATOR_SIGN_IN="SharedKey", AZURE_CLIENT_SECRET="s")
    assert "'WorkloadIdentity', 'ManagedIdentity', 'ClientSecret' or 'ClientCertificate'" in said


def test_the_password_of_a_certificate_is_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings(monkeypatch, AZURE_CLIENT_CERTIFICATE_PASSWORD="hunter3")
    assert found.client_certificate_password.get_secret_value() == "hunter3"
    assert "hunter3" not in repr(found) + str(found.model_dump())


# --- where Azure is


@pytest.mark.parametrize(
    ("cloud", "host", "entra"),
    [
        ("AzureCloud", AzureClouds.AZURE_PUBLIC_CLOUD, AzureAuthorityHosts.AZURE_PUBLIC_CLOUD),
        ("AzureChinaCloud", AzureClouds.AZURE_CHINA_CLOUD, AzureAuthorityHosts.AZURE_CHINA),
        ("AzureUSGovernment", AzureClouds.AZURE_US_GOVERNMENT, AzureAuthorityHosts.AZURE_GOVERNMENT),
    ],
)
def test_a_cloud_is_where_azures_own_libraries_have_it(
    monkeypatch: pytest.MonkeyPatch, cloud: str, host: AzureClouds, entra: str
) -> None:
    found, theirs = settings(monkeypatch, AZURE_BATCH_OPERATOR_CLOUD=cloud), get_arm_endpoints(host)
    assert found.authority == f"https://{entra}"
    assert f"{found.resource_manager_endpoint}/" == theirs["resource_manager"]
    assert [f"{found.resource_manager_audience}/.default"] == theirs["credential_scopes"]


def test_each_cloud_has_an_audience_and_hosts_of_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [settings(monkeypatch, AZURE_BATCH_OPERATOR_CLOUD=cloud) for cloud in CLOUDS]
    assert [(each.batch_audience, each.token_hosts) for each in found] == [
        ("https://batch.core.windows.net/", ("batch.azure.com",)),
        ("https://batch.chinacloudapi.cn/", ("batch.chinacloudapi.cn",)),
        ("https://batch.core.usgovcloudapi.net/", ("batch.usgovcloudapi.net",)),
    ]


def test_a_single_address_of_a_cloud_may_be_another(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings(
        monkeypatch,
        AZURE_BATCH_OPERATOR_CLOUD="AzureChinaCloud",
        AZURE_AUTHORITY_HOST="https://login.partner.microsoftonline.cn/",
        AZURE_BATCH_OPERATOR_TOKEN_HOSTS="batch.dc.example",
    )
    assert found.authority == "https://login.partner.microsoftonline.cn"
    assert found.token_hosts == ("batch.dc.example",)
    assert found.resource_manager_endpoint == "https://management.chinacloudapi.cn"


def test_an_unknown_cloud_is_the_only_thing_that_is_complained_of(monkeypatch: pytest.MonkeyPatch) -> None:
    said = refused(monkeypatch, **PRINCIPAL, AZURE_BATCH_OPERATOR_CLOUD="AzureGermanCloud")
    assert said == [
        "AZURE_BATCH_OPERATOR_CLOUD: Input should be 'AzureCloud', 'AzureChinaCloud' or 'AzureUSGovernment'"
    ]


def test_the_secret_is_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings(monkeypatch)
    assert "hunter2" not in repr(found)
    assert "hunter2" not in str(found.model_dump())
    assert "hunter2" not in str(refused(monkeypatch, AZURE_BATCH_OPERATOR_WORKERS="none"))


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings(
        monkeypatch,
        AZURE_BATCH_OPERATOR_NAMESPACES="rendering, simulation",
        AZURE_BATCH_OPERATOR_TOKEN_HOSTS="localhost:40002,batch.azure.com",
        AZURE_BATCH_OPERATOR_FORMER_OPERATOR_IDS="one",
    )
    assert found.namespaces == ("rendering", "simulation")
    assert found.token_hosts == ("localhost:40002", "batch.azure.com")
    assert found.former_operator_ids == ("one",)


def test_watched_accounts_are_ids_or_endpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    account = "/subscriptions/s/resourceGroups/batch/providers/Microsoft.Batch/batchAccounts/contoso"
    found = settings(
        monkeypatch, AZURE_BATCH_OPERATOR_WATCH_ACCOUNTS=f"{account},https://other.westeurope.batch.azure.com"
    )
    assert found.watch_accounts == (
        AccountRef(subscription_id="s", resource_group="batch", name="contoso"),
        AccountRef(endpoint="https://other.westeurope.batch.azure.com"),
    )


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("AZURE_BATCH_OPERATOR_WORKERS", "0", "greater than or equal to 1"),
        ("AZURE_BATCH_OPERATOR_REQUEST_TIMEOUT", "31", "less than or equal to 30"),
        ("AZURE_BATCH_OPERATOR_NODES_PER_REPLICA", "0", "greater than or equal to 1"),
        ("AZURE_BATCH_OPERATOR_HTTP_PORT", "65536", "less than or equal to 65535"),
        ("AZURE_BATCH_OPERATOR_OPERATOR_ID", "x" * 41, "at most 40 characters"),
        ("AZURE_BATCH_OPERATOR_TOKEN_HOSTS", "https://batch.azure.com", "without scheme"),
        ("AZURE_BATCH_OPERATOR_TOKEN_HOSTS", "*.batch.azure.com", "without scheme or *"),
        ("AZURE_BATCH_OPERATOR_CA_FILE", "/nowhere/ca.pem", "name a PEM file"),
        ("AZURE_BATCH_OPERATOR_LEADER_ELECTION", "perhaps", "valid boolean"),
        ("AZURE_BATCH_OPERATOR_LEASE", "azure-batch-operator", "write namespace/name"),
        ("AZURE_BATCH_OPERATOR_LEASE_DURATION", "7.5", "valid integer"),
        ("AZURE_BATCH_OPERATOR_LEASE_RENEW_DEADLINE", "14", "beside AZURE_BATCH_OPERATOR_LEASE_DURATION, 15 s"),
        ("AZURE_BATCH_OPERATOR_LEASE_RETRY_PERIOD", "9", "beside AZURE_BATCH_OPERATOR_LEASE_RENEW_DEADLINE, 10 s"),
        ("AZURE_BATCH_OPERATOR_WATCH_ACCOUNTS", "/subscriptions/s/contoso", "names no Batch account"),
        ("AZURE_BATCH_OPERATOR_RESOURCE_MANAGER_ENDPOINT", "http://management.azure.com", "write https://host"),
        ("AZURE_AUTHORITY_HOST", "http://login.example", "write https://host"),
    ],
)
def test_a_wrong_value_is_refused_with_its_variable_and_what_to_write(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str
) -> None:
    with pytest.raises(BadSettingsError) as refused:
        settings(monkeypatch, **{variable: value})
    assert str(refused.value).startswith(f"{variable}: ")
    assert says in str(refused.value)


def test_durations_of_the_lease_are_also_compared_with_those_that_are_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadSettingsError) as refused:
        settings(monkeypatch, AZURE_BATCH_OPERATOR_LEASE_DURATION="6")
    assert str(refused.value) == (
        "AZURE_BATCH_OPERATOR_LEASE_RENEW_DEADLINE: 10 s is too long beside AZURE_BATCH_OPERATOR_LEASE_DURATION, 6 s, "
        "which must be at least 1.25 times as long"
    )


def test_the_lease_may_be_short_if_all_of_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    short = {"DURATION": "5", "RENEW_DEADLINE": "4", "RETRY_PERIOD": "0.5"}
    found = settings(monkeypatch, **{f"AZURE_BATCH_OPERATOR_LEASE_{name}": value for name, value in short.items()})
    assert (found.lease_duration, found.lease_renew_deadline, found.lease_retry_period) == (5, 4, 0.5)


def test_an_authority_may_be_a_bare_host(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings(monkeypatch, AZURE_AUTHORITY_HOST="login.example/").authority == "https://login.example"


def test_a_file_of_authorities_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("")
    assert settings(monkeypatch, AZURE_BATCH_OPERATOR_CA_FILE=str(file)).ca_file == file


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings(monkeypatch, AZURE_BATCH_OPERATOR_OPERATOR_ID="").operator_id is None


def test_settings_never_change(monkeypatch: pytest.MonkeyPatch) -> None:
    found, name = settings(monkeypatch), "workers"
    with pytest.raises(ValueError, match="frozen"):
        setattr(found, name, 1)
