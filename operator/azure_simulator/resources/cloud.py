"""The cloud metadata document, from which clients learn where this cloud's services are."""

from typing import Any

from aiohttp import web

from azure_simulator.answers import ArmError, operation
from azure_simulator.clouds import Cloud
from azure_simulator.world import WORLD

_LISTS = ("2018-05-01", "2018-11-01", "2019-05-01", "2019-10-01", "2020-01-01", "2020-06-01")
_OBJECTS = ("2022-09-01", "2023-11-01", "2023-12-01")

# Services of the public cloud that clients insist on finding in the document; none of them is simulated.
_ELSEWHERE = {
    "graph": "https://graph.windows.net/",
    "graphAudience": "https://graph.windows.net/",
    "media": "https://rest.media.azure.net",
    "sqlManagement": "https://management.core.windows.net:8443/",
    "activeDirectoryDataLake": "https://datalake.azure.net/",
    "appInsightsResourceId": "https://api.applicationinsights.io",
    "appInsightsTelemetryChannelResourceId": "https://dc.applicationinsights.azure.com/v2/track",
    "attestationResourceId": "https://attest.azure.net",
    "logAnalyticsResourceId": "https://api.loganalytics.io",
    "ossrDbmsResourceId": "https://ossrdbms-aad.database.windows.net",
    "synapseAnalyticsResourceId": "https://dev.azuresynapse.net",
    "suffixes": {
        "acrLoginServer": "azurecr.io",
        "attestationEndpoint": "attest.azure.net",
        "azureDataLakeAnalyticsCatalogAndJob": "azuredatalakeanalytics.net",
        "azureDataLakeStoreFileSystem": "azuredatalakestore.net",
        "azureFrontDoorEndpointSuffix": "azurefd.net",
        "keyVaultDns": "vault.azure.net",
        "mariadbServerEndpoint": "mariadb.database.azure.com",
        "mhsmDns": "managedhsm.azure.net",
        "mysqlServerEndpoint": "mysql.database.azure.com",
        "postgresqlServerEndpoint": "postgres.database.azure.com",
        "sqlServerHostname": "database.windows.net",
        "storage": "core.windows.net",
        "storageSyncEndpointSuffix": "afs.azure.net",
        "synapseAnalytics": "dev.azuresynapse.net",
    },
}


@operation("Metadata_GetEndpoints", public=True)
async def describe_cloud(request: web.Request) -> web.Response:
    """`/metadata/endpoints`: a short object in 2015-01-01, a list of clouds until 2020-06-01, then one object."""
    version = request.query.get("api-version", "")
    origin, cloud = request.app[WORLD].origin, request.app[WORLD].cloud
    if version == "2015-01-01":
        return web.json_response(_first_generation(origin, cloud))
    if version in _LISTS:
        return web.json_response([_cloud(origin, cloud)])
    if version in _OBJECTS:
        return web.json_response(_cloud(origin, cloud))
    known = ",".join(("2015-01-01", *_LISTS, *_OBJECTS))
    raise ArmError(
        400,
        "InvalidApiVersionParameter",
        f"The api-version '{version}' is invalid. The supported versions are '{known}'.",
    )


def _first_generation(origin: str, cloud: Cloud) -> dict[str, Any]:
    return {
        "galleryEndpoint": f"{origin}/",
        "graphEndpoint": "https://graph.windows.net/",
        "portalEndpoint": f"{origin}/",
        "authentication": {"loginEndpoint": f"{origin}/", "audiences": list(cloud.resource_manager_audiences)},
    }


def _cloud(origin: str, cloud: Cloud) -> dict[str, Any]:
    own = {
        "name": "AzureSimulator",
        "portal": origin,
        "resourceManager": f"{origin}/",
        "authentication": {
            "loginEndpoint": f"{origin}/",
            "audiences": list(cloud.resource_manager_audiences),
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "batch": cloud.batch_audience,
        "microsoftGraphResourceId": f"{origin}/",
        "gallery": f"{origin}/",
        "vmImageAliasDoc": f"{origin}/metadata/aliases.json",
    }
    return own | _ELSEWHERE
