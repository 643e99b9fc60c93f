"""Which of Azure's clouds the simulator is: whom tokens are for there."""

from typing import Any

from pydantic import Field, model_validator

from azure_simulator.sections import Section

_CLOUDS: dict[str, dict[str, Any]] = {
    "AzureCloud": {
        "resourceManagerAudiences": ["https://management.core.windows.net/", "https://management.azure.com/"],
        "batchAudience": "https://batch.core.windows.net/",
        "graphAudience": "https://graph.microsoft.com/",
    },
    "AzureChinaCloud": {
        "resourceManagerAudiences": [
            "https://management.core.chinacloudapi.cn/",
            "https://management.chinacloudapi.cn/",
        ],
        "batchAudience": "https://batch.chinacloudapi.cn/",
        "graphAudience": "https://microsoftgraph.chinacloudapi.cn/",
    },
    "AzureUSGovernment": {
        "resourceManagerAudiences": [
            "https://management.core.usgovcloudapi.net/",
            "https://management.usgovcloudapi.net/",
        ],
        "batchAudience": "https://batch.core.usgovcloudapi.net/",
        "graphAudience": "https://graph.microsoft.us/",
    },
}
"""Microsoft's clouds by the names that the Azure CLI gives them (`az cloud list`)."""


class Cloud(Section):
    """Whom the tokens of a cloud's services are for; in YAML the name of one of Microsoft's stands for all of it."""

    resource_manager_audiences: tuple[str, ...] = Field(min_length=1)
    batch_audience: str
    graph_audience: str

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if value not in _CLOUDS:
            raise ValueError(f"there is no cloud {value}: write {', '.join(_CLOUDS)}, or the audiences of one")
        return _CLOUDS[value]

    def serves(self, audience: str) -> bool:
        """Whether some service of the cloud takes tokens for `audience`."""
        return plain(audience) in {
            *self.resource_manager_tokens,
            plain(self.batch_audience),
            plain(self.graph_audience),
        }

    @property
    def resource_manager_tokens(self) -> tuple[str, ...]:
        """Whom the tokens may be for that Resource Manager takes, comparable."""
        return tuple(plain(audience) for audience in self.resource_manager_audiences)


def cloud_named(name: str) -> Cloud:
    """One of Microsoft's clouds."""
    return Cloud.model_validate(name)


def plain(audience: str) -> str:
    """An audience as it is compared: with a slash at its end or without, letter case aside."""
    return audience.rstrip("/").casefold()
