"""Application packages through Resource Manager: applications of an account and their versions."""

from datetime import timedelta
from typing import Any

from aiohttp import web
from pydantic import JsonValue

from azure_simulator.answers import ArmError, batch_time, operation
from azure_simulator.api_versions import BATCH_ACCOUNTS
from azure_simulator.arm_bodies import Body, given, read_body
from azure_simulator.arm_lists import page
from azure_simulator.arm_paths import arm
from azure_simulator.batch.stamps import Stamps
from azure_simulator.batch_accounts.addressing import ACCOUNT, account_of
from azure_simulator.batch_accounts.applications import (
    MOST_APPLICATIONS,
    MOST_PACKAGES,
    Application,
    Applications,
    Package,
)
from azure_simulator.resources.admission import existing_group, not_found, resource_id_of
from azure_simulator.world import WORLD

_APPLICATIONS = f"{ACCOUNT}/applications"
_APPLICATION = f"{_APPLICATIONS}/{{application}}"
_VERSIONS = f"{_APPLICATION}/versions"
_VERSION = f"{_VERSIONS}/{{version}}"
_UPLOAD_TIME = timedelta(hours=4)


class ApplicationProperties(Body):
    """What an application is."""

    display_name: str | None = None
    allow_updates: bool | None = None
    default_version: str | None = None


class ApplicationBody(Body):
    """PUT or PATCH of an application; members that Azure only answers are accepted and ignored."""

    id: JsonValue = None
    name: JsonValue = None
    type: JsonValue = None
    etag: JsonValue = None
    system_data: JsonValue = None
    tags: JsonValue = None
    properties: ApplicationProperties = ApplicationProperties()


class Activation(Body):
    """How an uploaded package is packed."""

    format: str


def routes() -> list[web.RouteDef]:
    """The routes of applications and packages."""
    return [
        web.get(arm(_APPLICATIONS), list_applications),
        web.get(arm(_APPLICATION), get_application),
        web.put(arm(_APPLICATION), put_application),
        web.patch(arm(_APPLICATION), patch_application),
        web.delete(arm(_APPLICATION), delete_application),
        web.get(arm(_VERSIONS), list_packages),
        web.get(arm(_VERSION), get_package),
        web.put(arm(_VERSION), put_package),
        web.delete(arm(_VERSION), delete_package),
        web.post(arm(f"{_VERSION}/activate"), activate_package),
    ]


@operation("Application_List", versions=BATCH_ACCOUNTS)
async def list_applications(request: web.Request) -> web.Response:
    """The applications of an account."""
    return page(
        request, _applications(request), key=lambda one: one.name, render=lambda one: _application(request, one)
    )


@operation("Application_Get", versions=BATCH_ACCOUNTS)
async def get_application(request: web.Request) -> web.Response:
    """One application."""
    return web.json_response(_application(request, _found(request)))


@operation("Application_Create", versions=BATCH_ACCOUNTS)
async def put_application(request: web.Request) -> web.Response:
    """Make an application, or change one."""
    body, applications = await read_body(request, ApplicationBody, "parameters"), _applications(request)
    name = request.match_info["application"]
    application = applications.find(name)
    if application is None:
        _refuse_more("applications", len(applications), MOST_APPLICATIONS)
        application = Application(name=name, stamps=Stamps(request.app[WORLD].clock.now()))
        applications.add(application)
    return _changed(request, application, body)


@operation("Application_Update", versions=BATCH_ACCOUNTS)
async def patch_application(request: web.Request) -> web.Response:
    """Change what the body gives."""
    body = await read_body(request, ApplicationBody, "parameters")
    return _changed(request, _found(request), body)


@operation("Application_Delete", versions=BATCH_ACCOUNTS)
async def delete_application(request: web.Request) -> web.Response:
    """Delete an application without packages: 200, or 204 when there is none."""
    applications = _applications(request)
    application = applications.find(request.match_info["application"])
    if application is None:
        return web.Response(status=204)
    if application.packages:
        raise ArmError(
            409,
            "ApplicationContainsPackages",
            f"The application '{application.name}' still has packages. Delete these first.",
        )
    applications.discard(application)
    return web.Response()


@operation("ApplicationPackage_List", versions=BATCH_ACCOUNTS)
async def list_packages(request: web.Request) -> web.Response:
    """The versions of an application."""
    application = _found(request)
    return page(
        request,
        application.packages.values(),
        key=lambda package: package.version,
        render=lambda package: _package(request, application, package),
    )


@operation("ApplicationPackage_Get", versions=BATCH_ACCOUNTS)
async def get_package(request: web.Request) -> web.Response:
    """One version."""
    return web.json_response(_package(request, *_found_package(request)))


@operation("ApplicationPackage_Create", versions=BATCH_ACCOUNTS)
async def put_package(request: web.Request) -> web.Response:
    """Make a version, which waits to be uploaded and activated."""
    application, version = _found(request), request.match_info["version"]
    known = application.packages.get(version.lower())
    if known is not None and not application.allow_updates:
        raise ArmError(409, "ApplicationPackageUpdateNotAllowed", "Packages of this application cannot be updated.")
    if known is None:
        _refuse_more("packages", len(application.packages), MOST_PACKAGES)
    package = application.packages[version.lower()] = Package(version=version)
    return web.json_response(_package(request, application, package))


@operation("ApplicationPackage_Delete", versions=BATCH_ACCOUNTS)
async def delete_package(request: web.Request) -> web.Response:
    """Delete a version: 200, or 204 when there is none."""
    application, version = _found(request), request.match_info["version"]
    gone = application.packages.pop(version.lower(), None)
    return web.Response(status=204 if gone is None else 200)


@operation("ApplicationPackage_Activate", versions=BATCH_ACCOUNTS)
async def activate_package(request: web.Request) -> web.Response:
    """Let nodes get a version; whether anything was uploaded is not looked at."""
    body, (application, package) = await read_body(request, Activation, "parameters"), _found_package(request)
    package.format, package.activated = body.format, request.app[WORLD].clock.now()
    return web.json_response(_package(request, application, package))


def _applications(request: web.Request) -> Applications:
    existing_group(request)
    return account_of(request).applications


def _found(request: web.Request) -> Application:
    application = _applications(request).find(request.match_info["application"])
    if application is None:
        raise not_found(resource_id_of(request))
    return application


def _found_package(request: web.Request) -> tuple[Application, Package]:
    application = _found(request)
    package = application.packages.get(request.match_info["version"].lower())
    if package is None:
        raise not_found(resource_id_of(request))
    return application, package


def _refuse_more(what: str, there_are: int, most: int) -> None:
    if there_are >= most:
        raise ArmError(409, "ApplicationQuotaReached", f"No more than {most} {what} are allowed.")


def _changed(request: web.Request, application: Application, body: ApplicationBody) -> web.Response:
    wanted = body.properties
    default = given(wanted.default_version, application.default_version)
    if default and default.lower() not in application.packages:
        raise ArmError(
            404, "ApplicationPackageNotFound", f"The application '{application.name}' has no version '{default}'."
        )
    application.display_name = given(wanted.display_name, application.display_name)
    application.allow_updates = given(wanted.allow_updates, application.allow_updates)
    application.default_version = default
    application.stamps.touch(request.app[WORLD].clock.now())
    return web.json_response(_application(request, application))


def _application(request: web.Request, application: Application) -> dict[str, Any]:
    names = {"displayName": application.display_name, "defaultVersion": application.default_version}
    told = {name: value for name, value in names.items() if value is not None}
    return {
        "id": f"{account_of(request).id}/applications/{application.name}",
        "name": application.name,
        "type": "Microsoft.Batch/batchAccounts/applications",
        "etag": f'W/"{application.stamps.etag}"',
        "properties": {**told, "allowUpdates": application.allow_updates},
    }


def _package(request: web.Request, application: Application, package: Package) -> dict[str, Any]:
    account, state = account_of(request), "Active" if package.is_active else "Pending"
    return {
        "id": f"{account.id}/applications/{application.name}/versions/{package.version}",
        "name": package.version,
        "type": "Microsoft.Batch/batchAccounts/applications/versions",
        "properties": {"state": state, **_storage(request, application, package)},
    }


def _storage(request: web.Request, application: Application, package: Package) -> dict[str, Any]:
    """Where the package would be uploaded to; nothing listens there."""
    account, expiry = account_of(request), request.app[WORLD].clock.now() + _UPLOAD_TIME
    url = f"https://{account.name}.blob.core.windows.net/app-{application.name.lower()}/{package.version}"
    activated = {} if package.activated is None else {"lastActivationTime": batch_time(package.activated)}
    packed = {} if package.format is None else {"format": package.format}
    return {**packed, "storageUrl": url, "storageUrlExpiry": batch_time(expiry), **activated}
