"""Application packages of Batch accounts, as far as pools need them to be there."""

import re

from azure_batch_operator.cloud.operations import APPLICATION_GET, PACKAGE_GET
from azure_batch_operator.cloud.resource_manager import ResourceManager
from azure_batch_operator.cloud.session import AzureSession
from azure_batch_operator.cloud.wire import child, optional_text, text_or
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.names import same
from azure_batch_operator.core.preflight_facts import PackageRef, PackageState

_APPLICATION_ID = re.compile(
    r"/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)/providers/Microsoft\.Batch"
    r"/batchAccounts/(?P<account>[^/]+)/applications/(?P<name>[^/]+)",
    re.IGNORECASE,
)


class Applications:
    """Looks for packages; raises AzureFailure and nothing else."""

    def __init__(self, session: AzureSession) -> None:
        self._arm = ResourceManager(session)

    async def state(self, package: PackageRef) -> PackageState:
        """Whether nodes can get the package: by one request for the application, or for its version."""
        named = _APPLICATION_ID.fullmatch(package.application_id)
        if named is None:
            return PackageState.NO_APPLICATION
        if package.version is None:
            return await self._default(package.application_id, named)
        return await self._version(package.application_id, named, package.version)

    async def _default(self, application_id: str, named: re.Match[str]) -> PackageState:
        applications = self._arm.clients.batch_management(named["subscription"]).application
        found = await self._arm.find(
            APPLICATION_GET,
            application_id,
            lambda request_id: applications.get(named["group"], named["account"], named["name"], request_id=request_id),
            application_state,
        )
        return found or PackageState.NO_APPLICATION

    async def _version(self, application_id: str, named: re.Match[str], version: str) -> PackageState:
        packages = self._arm.clients.batch_management(named["subscription"]).application_package
        found = await self._arm.find(
            PACKAGE_GET,
            f"{application_id}/versions/{version}",
            lambda request_id: packages.get(
                named["group"], named["account"], named["name"], version, request_id=request_id
            ),
            package_state,
        )
        return found or PackageState.NO_VERSION


def application_state(body: JsonObject) -> PackageState:
    """What an application's answer means for pools that name no version."""
    default = optional_text(child(body, "properties"), "defaultVersion")
    return PackageState.THERE if default else PackageState.NO_DEFAULT


def package_state(body: JsonObject) -> PackageState:
    """What a version's answer means: until it was uploaded and activated nodes cannot get it."""
    active = same(text_or(child(body, "properties"), "state", ""), "Active")
    return PackageState.THERE if active else PackageState.NO_VERSION
