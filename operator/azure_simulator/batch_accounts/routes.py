"""Batch accounts in Resource Manager: operations and paths."""

import re

from aiohttp import web

from azure_simulator.answers import ArmError, operation, retry_after
from azure_simulator.api_versions import BATCH_ACCOUNTS
from azure_simulator.arm_bodies import given, read_body
from azure_simulator.arm_lists import page
from azure_simulator.arm_paths import arm
from azure_simulator.batch_accounts import application_routes, locations, pool_routes
from azure_simulator.batch_accounts.addressing import ACCOUNT, GROUP, account_of, id_of
from azure_simulator.batch_accounts.bodies import AccountBody, AccountProperties, RegenerateKey
from azure_simulator.batch_accounts.documents import account_document
from azure_simulator.batch_accounts.models import (
    ALL_MODES,
    NEW_ACCOUNT_QUOTAS,
    BatchAccount,
    BatchAccounts,
)
from azure_simulator.compute.asynchronous import ordered_failure
from azure_simulator.resources.admission import admit_creation, existing_group
from azure_simulator.resources.operations import AsyncOperation
from azure_simulator.resources.tags import check_tags
from azure_simulator.world import WORLD

_NAME = re.compile(r"[a-z0-9]{3,24}")
_PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.Batch"
_LOCATION = _PROVIDER + "/locations/{location}"


def routes() -> list[web.RouteDef]:
    """The routes of Batch accounts and of Batch's locations."""
    return [
        web.get(arm(ACCOUNT), get_account),
        web.put(arm(ACCOUNT), put_account),
        web.patch(arm(ACCOUNT), patch_account),
        web.delete(arm(ACCOUNT), delete_account),
        web.post(arm(f"{ACCOUNT}/listKeys"), list_keys),
        web.post(arm(f"{ACCOUNT}/regenerateKeys"), regenerate_key),
        web.get(arm(GROUP), list_accounts_of_group),
        web.get(arm(f"{_PROVIDER}/batchAccounts"), list_accounts),
        web.get(arm(f"{_LOCATION}/accountOperationResults/{{operation}}"), get_operation_result),
        web.get(arm(f"{_LOCATION}/quotas"), locations.get_quotas),
        web.get(arm(f"{_LOCATION}/virtualMachineSkus"), locations.list_sizes),
        web.post(arm(f"{_LOCATION}/checkNameAvailability"), locations.check_name),
        *pool_routes.routes(),
        *application_routes.routes(),
    ]


@operation("BatchAccount_Get", versions=BATCH_ACCOUNTS)
async def get_account(request: web.Request) -> web.Response:
    """One account."""
    existing_group(request)
    return web.json_response(account_document(account_of(request)))


@operation("BatchAccount_ListByResourceGroup", versions=BATCH_ACCOUNTS)
async def list_accounts_of_group(request: web.Request) -> web.Response:
    """The accounts of a group."""
    existing_group(request)
    group = request.match_info["resource_group"].casefold()
    shown = [account for account in _of_subscription(request) if account.resource_id.group.casefold() == group]
    return page(request, shown, key=lambda account: account.resource_id.key, render=account_document)


@operation("BatchAccount_List", versions=BATCH_ACCOUNTS)
async def list_accounts(request: web.Request) -> web.Response:
    """The accounts of a subscription."""
    return page(
        request, _of_subscription(request), key=lambda account: account.resource_id.key, render=account_document
    )


@operation("BatchAccount_Create", versions=BATCH_ACCOUNTS)
async def put_account(request: web.Request) -> web.Response:
    """Make an account (202, usable later), or replace the tags and settings of one (200)."""
    body, world = await read_body(request, AccountBody, "parameters"), request.app[WORLD]
    account_id = id_of(request)
    location = admit_creation(world.resources, account_id, body.location, body.tags)
    _refuse_unsimulated(body)
    existing = world.batch_accounts.get(account_id.text)
    if existing is not None:
        _change(existing, body.properties)
        existing.tags = dict(body.tags or {})
        return web.json_response(account_document(existing))
    _check_new(request, account_id.name, location)
    account = BatchAccount(
        name=account_id.name,
        resource_id=account_id,
        location=location,
        tenant_id=world.resources.subscription(account_id.subscription).tenant_id,
        endpoint=world.batch_accounts.open_door(account_id.name, location),
        quotas=NEW_ACCOUNT_QUOTAS,
        keys=world.batch_accounts.new_keys(),
        allowed_authentication_modes=body.properties.allowed_authentication_modes or ALL_MODES,
        public_network_access=body.properties.public_network_access or "Enabled",
        tags=dict(body.tags or {}),
    )
    return _accepted(request, world.batch_accounts.begin_creating(account, ordered_failure(request)), location)


@operation("BatchAccount_Update", versions=BATCH_ACCOUNTS)
async def patch_account(request: web.Request) -> web.Response:
    """Change tags and settings of an account."""
    body, account = await read_body(request, AccountBody, "parameters"), account_of(request)
    _refuse_unsimulated(body)
    if body.tags is not None:
        check_tags(body.tags)
        account.tags = dict(body.tags)
    _change(account, body.properties)
    return web.json_response(account_document(account))


@operation("BatchAccount_Delete", versions=BATCH_ACCOUNTS)
async def delete_account(request: web.Request) -> web.Response:
    """Delete an account with all its pools: 202, or 204 when there is none."""
    existing_group(request)
    accounts = _accounts(request)
    account = accounts.get(id_of(request).text)
    if account is None:
        return web.Response(status=204)
    return _accepted(request, accounts.begin_deleting(account, ordered_failure(request)), account.location)


@operation("BatchAccount_GetKeys", versions=BATCH_ACCOUNTS)
async def list_keys(request: web.Request) -> web.Response:
    """The account keys, if shared keys are allowed."""
    return _keys(_with_shared_key(request))


@operation("BatchAccount_RegenerateKey", versions=BATCH_ACCOUNTS)
async def regenerate_key(request: web.Request) -> web.Response:
    """Make one of the keys anew."""
    asked, account = await read_body(request, RegenerateKey, "parameters"), _with_shared_key(request)
    fresh, _ = _accounts(request).new_keys()
    primary, secondary = account.keys
    account.keys = (fresh, secondary) if asked.key_name == "Primary" else (primary, fresh)
    return _keys(account)


@operation("BatchAccount_GetOperationResult", versions=BATCH_ACCOUNTS)
async def get_operation_result(request: web.Request) -> web.Response:
    """202 while an account is made or deleted, then 200 with the account, or 204 when it is gone."""
    name = request.match_info["operation"]
    found = request.app[WORLD].resources.operations.get(name)
    if found is None:
        raise ArmError(404, "OperationNotFound", f"The operation '{name}' was not found.")
    if not found.done:
        return _accepted(request, found, request.match_info["location"])
    if found.error is not None:
        raise found.error
    account = _accounts(request).get(found.target)
    return web.Response(status=204) if account is None else web.json_response(account_document(account))


def _accounts(request: web.Request) -> BatchAccounts:
    return request.app[WORLD].batch_accounts


def _of_subscription(request: web.Request) -> list[BatchAccount]:
    wanted = request.match_info["subscription"].casefold()
    return [account for account in _accounts(request) if account.subscription_id.casefold() == wanted]


def _check_new(request: web.Request, name: str, location: str) -> None:
    if not _NAME.fullmatch(name):
        raise ArmError(
            400,
            "InvalidAccountName",
            f"The account name '{name}' is invalid. Batch account names are 3 to 24 lower-case letters and digits.",
        )
    accounts, subscription_id = _accounts(request), request.match_info["subscription"]
    if accounts.named(name, location) is not None:
        raise ArmError(409, "AccountAlreadyExists", "The specified account already exists.")
    subscription = request.app[WORLD].resources.subscription(subscription_id)
    if len(accounts.in_location(subscription_id, location)) >= subscription.batch_accounts_per_region:
        raise ArmError(
            409,
            "SubscriptionQuotaExceeded",
            "The regional account quota of Batch Accounts for the specified subscription has been reached.",
        )


def _refuse_unsimulated(body: AccountBody) -> None:
    properties, encryption = body.properties, body.properties.encryption
    unsimulated = {
        "autoStorage": properties.auto_storage is not None,
        "user subscription pool allocation": properties.pool_allocation_mode == "UserSubscription",
        "customer-managed keys": encryption is not None and encryption.key_source != "Microsoft.Batch",
        "managed identities": body.identity is not None and body.identity.type != "None",
    }
    for what, asked in unsimulated.items():
        if asked:
            raise ArmError(
                501,
                "NotImplemented",
                f"The Azure simulator does not simulate the operation BatchAccount_Create with {what}.",
            )


def _change(account: BatchAccount, properties: AccountProperties) -> None:
    account.allowed_authentication_modes = given(
        properties.allowed_authentication_modes, account.allowed_authentication_modes
    )
    account.public_network_access = given(properties.public_network_access, account.public_network_access)


def _with_shared_key(request: web.Request) -> BatchAccount:
    account = account_of(request)
    if "SharedKey" not in account.allowed_authentication_modes:
        raise ArmError(
            409,
            "SharedKeyNotAllowed",
            f"The account '{account.name}' does not allow authentication with a shared key.",
        )
    return account


def _keys(account: BatchAccount) -> web.Response:
    primary, secondary = account.keys
    return web.json_response({"accountName": account.name, "primary": primary, "secondary": secondary})


def _accepted(request: web.Request, begun: AsyncOperation, location: str) -> web.Response:
    world = request.app[WORLD]
    subscription, version = request.match_info["subscription"], request.query["api-version"]
    path = f"/subscriptions/{subscription}/providers/Microsoft.Batch/locations/{location}"
    url = f"{world.origin}{path}/accountOperationResults/{begun.name}?api-version={version}"
    return web.Response(
        status=202,
        headers={"Location": url, **retry_after(world.clock, world.resources.pace.poll_interval)},
    )
