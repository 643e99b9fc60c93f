"""Azure's clouds: where the services of each are, and whom the tokens for them are for."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

CloudName: TypeAlias = Literal["AzureCloud", "AzureChinaCloud", "AzureUSGovernment"]
"""As the Azure CLI calls them: `az cloud list`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """Addresses as azure-identity and azure-mgmt-core have them, those of Batch as the Azure CLI has them."""

    authority: str
    """Where Microsoft Entra ID signs in."""
    resource_manager_endpoint: str
    resource_manager_audience: str
    batch_audience: str
    token_hosts: tuple[str, ...]
    """Where Batch accounts are: a host, or the end of one."""


CLOUDS: Mapping[CloudName, Cloud] = MappingProxyType(
    {
        "AzureCloud": Cloud(
            authority="https://login.microsoftonline.com",
            resource_manager_endpoint="https://management.azure.com",
            resource_manager_audience="https://management.azure.com",
            batch_audience="https://batch.core.windows.net/",
            token_hosts=("batch.azure.com",),
        ),
        "AzureChinaCloud": Cloud(
            authority="https://login.chinacloudapi.cn",
            resource_manager_endpoint="https://management.chinacloudapi.cn",
            resource_manager_audience="https://management.chinacloudapi.cn",
            batch_audience="https://batch.chinacloudapi.cn/",
            token_hosts=("batch.chinacloudapi.cn",),
        ),
        "AzureUSGovernment": Cloud(
            authority="https://login.microsoftonline.us",
            resource_manager_endpoint="https://management.usgovcloudapi.net",
            resource_manager_audience="https://management.core.usgovcloudapi.net",
            batch_audience="https://batch.core.usgovcloudapi.net/",
            token_hosts=("batch.usgovcloudapi.net",),
        ),
    }
)
