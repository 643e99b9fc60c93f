"""The operator in clouds other than the public one, and in one of one's own."""

from typing import Any, get_args

import pytest

from azure_batch_operator.cloud.principals import Principals
from azure_batch_operator.core.accounts import Account, AccountRef
from azure_batch_operator.core.clouds import CLOUDS, CloudName
from azure_batch_operator.core.failures import AzureFailure, FailureKind
from azure_batch_operator.core.names import GalleryName
from tests.support.azure_session import journal_from_now, operator_settings
from tests.support.simulator import SimulatedAzure, StartSimulator

CUSTOM = {
    "resource_manager_audiences": ["https://management.dc.example/"],
    "batch_audience": "https://batch.dc.example/",
    "graph_audience": "https://graph.dc.example/",
}
OF_CUSTOM = {
    "resource_manager_audience": "https://management.dc.example",
    "batch_audience": "https://batch.dc.example/",
}
ELSEWHERE = {
    "AzureCloud": "https://contoso.westeurope.batch.azure.com",
    "AzureChinaCloud": "https://contoso.chinaeast2.batch.chinacloudapi.cn",
    "AzureUSGovernment": "https://contoso.usgovvirginia.batch.usgovcloudapi.net",
}


def account_of(azure: SimulatedAzure) -> Account:
    endpoint = azure.ready.batch["contoso"]
    return Account(ref=AccountRef(endpoint=endpoint), endpoint=endpoint, region=None)


def gallery_of(azure: SimulatedAzure) -> GalleryName:
    return GalleryName(subscription_id=azure.subscription, resource_group="images", gallery="sharedImages")


@pytest.mark.parametrize(
    ("cloud", "settings"),
    [*((name, {"cloud": name}) for name in get_args(CloudName)), (CUSTOM, OF_CUSTOM)],
    ids=[*get_args(CloudName), "custom"],
)
async def test_the_operator_signs_in_to_both_services_of_its_cloud(
    start_simulator: StartSimulator, cloud: object, settings: dict[str, Any]
) -> None:
    azure = start_simulator(cloud=cloud)
    async with Principals(operator_settings(azure, **settings)) as principals:
        assert await principals.own.images.get_gallery(gallery_of(azure)) is None
        assert await principals.own.pools.list(account_of(azure)) == ()


async def test_in_the_wrong_cloud_no_token_is_issued_and_the_setting_is_named(start_simulator: StartSimulator) -> None:
    azure = start_simulator(cloud="AzureChinaCloud")
    async with Principals(operator_settings(azure)) as principals:
        with pytest.raises(AzureFailure) as refused:
            await principals.own.images.get_gallery(gallery_of(azure))
    assert (refused.value.kind, refused.value.code) == (FailureKind.UNAUTHENTICATED, "AADSTS500011")
    assert refused.value.message.endswith(
        "Choose the cloud in AZURE_BATCH_OPERATOR_CLOUD, or correct the audience that is set for it."
    )


async def test_a_wrong_audience_of_one_service_keeps_nobody_from_the_other(start_simulator: StartSimulator) -> None:
    azure = start_simulator()
    wrong = operator_settings(azure, batch_audience="https://batch.dc.example/")
    async with Principals(wrong) as principals:
        for _ in range(2):
            with pytest.raises(AzureFailure, match="AADSTS500011"):
                await principals.own.pools.list(account_of(azure))
            await principals.own.sign_in()
            assert await principals.own.images.get_gallery(gallery_of(azure)) is None


async def test_a_service_that_takes_no_tokens_of_this_cloud_says_so(start_simulator: StartSimulator) -> None:
    public, government = start_simulator(), start_simulator(cloud="AzureUSGovernment")
    mixed = operator_settings(public, resource_manager_endpoint=government.ready.resource_manager)
    async with Principals(mixed) as principals:
        with pytest.raises(AzureFailure) as refused:
            await principals.own.images.get_gallery(gallery_of(public))
    assert (refused.value.kind, refused.value.status) == (FailureKind.UNAUTHENTICATED, 401)
    assert "wrong audience or resource 'https://management.azure.com'" in refused.value.message


@pytest.mark.parametrize("cloud", get_args(CloudName))
async def test_a_token_goes_only_to_batch_accounts_of_the_cloud(simulator: SimulatedAzure, cloud: CloudName) -> None:
    journal = journal_from_now(simulator)
    settings = operator_settings(simulator, cloud=cloud, token_hosts=CLOUDS[cloud].token_hosts)
    async with Principals(settings) as principals:
        session = principals.session()
        for other, endpoint in ELSEWHERE.items():
            if other == cloud:
                session.check_endpoint(endpoint)
                continue
            with pytest.raises(AzureFailure, match="EndpointNotAllowed"):
                session.check_endpoint(endpoint)
    assert journal.requests("identity") == []
