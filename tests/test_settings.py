"""The operator's settings, as its environment gives them."""

from pathlib import Path

import pytest

from azure_batch_operator.core.accounts import AccountRef
from azure_batch_operator.settings import BadSettingsError, Settings, read_settings

PRINCIPAL = {"AZURE_TENANT_ID": "tenant", "AZURE_CLIENT_ID": "client", "AZURE_CLIENT_SECRET": "hunter2"}


def settings(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    """The settings of an environment that has only these variables of ours."""
    for name, value in (PRINCIPAL | variables).items():
        monkeypatch.setenv(name, value)
    return read_settings()


@pytest.fixture(autouse=True)
def _without_the_callers_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"AZURE_BATCH_OPERATOR_{name.upper()}", raising=False)
    for name in (*PRINCIPAL, "AZURE_AUTHORITY_HOST", "AZURE_SUBSCRIPTION_ID"):
        monkeypatch.delenv(name, raising=False)


def test_who_signs_in_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings(monkeypatch)
    assert (found.tenant_id, found.client_id, found.client_secret.get_secret_value()) == ("tenant", "client", "hunter2")
    assert found.authority == "https://login.microsoftonline.com"
    assert found.token_hosts == ("batch.azure.com",)
    assert (found.workers, found.resync_interval, found.nodes_per_replica) == (16, 600, 600)
    assert found.namespaces == ()
    assert found.operator_id is None


def test_everything_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(BadSettingsError) as refused:
        read_settings()
    assert str(refused.value).splitlines() == [
        "AZURE_TENANT_ID: is not set and has no default",
        "AZURE_CLIENT_ID: is not set and has no default",
        "AZURE_CLIENT_SECRET: is not set and has no default",
    ]


def test_the_secret_is_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings(monkeypatch)
    assert "hunter2" not in repr(found)
    assert "hunter2" not in str(found.model_dump())
    with pytest.raises(BadSettingsError) as refused:
        settings(monkeypatch, AZURE_BATCH_OPERATOR_WORKERS="none")
    assert "hunter2" not in str(refused.value)


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
