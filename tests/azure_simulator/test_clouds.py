"""The simulator as another of Azure's clouds: whom its tokens are for, and whose it refuses."""

import pytest
from azure.core.exceptions import ClientAuthenticationError

from azure_simulator.scenario import Scenario
from tests.support.arm import call
from tests.support.simulator import SimulatedAzure, StartSimulator, default_scenario

CUSTOM = {
    "resource_manager_audiences": ["https://management.dc.example/"],
    "batch_audience": "https://batch.dc.example/",
    "graph_audience": "https://graph.dc.example/",
}
SUBSCRIPTIONS = "/subscriptions?api-version=2022-12-01"


def token(azure: SimulatedAzure, audience: str) -> str:
    return azure.credential().get_token(f"{audience}/.default").token


def list_pools(azure: SimulatedAzure, audience: str) -> int:
    url = f"{azure.ready.batch['contoso']}/pools?api-version=2025-06-01"
    return call(azure, "GET", url, token=token(azure, audience)).status


@pytest.mark.parametrize(
    ("cloud", "resource_manager", "batch"),
    [
        ("AzureCloud", "https://management.azure.com", "https://batch.core.windows.net/"),
        ("AzureChinaCloud", "https://management.chinacloudapi.cn", "https://batch.chinacloudapi.cn/"),
        ("AzureUSGovernment", "https://management.core.usgovcloudapi.net", "https://batch.core.usgovcloudapi.net/"),
        (CUSTOM, "https://management.dc.example", "https://batch.dc.example/"),
    ],
    ids=["public", "china", "government", "custom"],
)
def test_each_cloud_has_audiences_of_its_own(
    start_simulator: StartSimulator, cloud: object, resource_manager: str, batch: str
) -> None:
    azure = start_simulator(cloud=cloud)
    assert call(azure, "GET", SUBSCRIPTIONS, token=token(azure, resource_manager)).status == 200
    assert list_pools(azure, batch) == 200
    told = call(azure, "GET", "/metadata/endpoints?api-version=2022-09-01", application=None).body
    assert told["batch"] == batch
    assert resource_manager in [audience.rstrip("/") for audience in told["authentication"]["audiences"]]


@pytest.mark.parametrize("audience", ["https://management.azure.com", "https://batch.core.windows.net/"])
def test_entra_id_issues_no_token_for_a_service_of_another_cloud(
    start_simulator: StartSimulator, audience: str
) -> None:
    azure = start_simulator(cloud="AzureChinaCloud")
    with pytest.raises(ClientAuthenticationError, match="AADSTS500011"):
        token(azure, audience)


def test_a_service_refuses_a_token_that_is_meant_for_another_clouds(start_simulator: StartSimulator) -> None:
    public, government = start_simulator(), start_simulator(cloud="AzureUSGovernment")
    foreign = token(public, "https://management.azure.com")
    refused = call(government, "GET", SUBSCRIPTIONS, token=foreign)
    assert (refused.status, refused.code) == (401, "InvalidAuthenticationTokenAudience")
    url = f"{government.ready.batch['contoso']}/pools?api-version=2025-06-01"
    challenged = call(government, "GET", url, token=token(public, "https://batch.core.windows.net/"))
    assert challenged.status == 401
    assert 'resource_id="https://batch.core.usgovcloudapi.net/"' in challenged.headers["www-authenticate"]


def test_a_cloud_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    document = default_scenario().model_dump(mode="json") | {"cloud": "AzureGermanCloud"}
    with pytest.raises(ValueError, match="no cloud AzureGermanCloud: write AzureCloud, AzureChinaCloud, AzureUS"):
        Scenario.model_validate(document)
