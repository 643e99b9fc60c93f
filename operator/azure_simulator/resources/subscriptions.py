"""Tenants, subscriptions and their locations."""

from typing import Any

from aiohttp import web

from azure_simulator.access import caller_of
from azure_simulator.answers import operation
from azure_simulator.api_versions import RESOURCES
from azure_simulator.arm_lists import page
from azure_simulator.resources.locations import LOCATIONS
from azure_simulator.resources.models import Subscription
from azure_simulator.world import WORLD


@operation("Tenants_List", versions=RESOURCES)
async def list_tenants(request: web.Request) -> web.Response:
    """The tenants that the caller is known in: its own."""
    tenant = request.app[WORLD].directory.tenant(caller_of(request).tenant_id)
    if tenant is None:
        return web.json_response({"value": []})
    document = {
        "id": f"/tenants/{tenant.id}",
        "tenantId": tenant.id,
        "displayName": tenant.display_name,
        "defaultDomain": tenant.domain,
        "domains": [tenant.domain],
        "tenantCategory": "Home",
        "tenantType": "AAD",
        "countryCode": "NL",
    }
    return web.json_response({"value": [document]})


@operation("Subscriptions_List", versions=RESOURCES)
async def list_subscriptions(request: web.Request) -> web.Response:
    """The subscriptions in which the caller has any role."""
    world, caller = request.app[WORLD], caller_of(request)
    visible = [
        subscription
        for subscription in world.resources.subscriptions
        if subscription.tenant_id == caller.tenant_id
        and world.rights.sees_something_in(caller, f"/subscriptions/{subscription.id}")
    ]
    return page(request, visible, key=lambda found: found.id, render=_document)


@operation("Subscriptions_Get", versions=RESOURCES)
async def get_subscription(request: web.Request) -> web.Response:
    """One subscription."""
    return web.json_response(_document(_subscription(request)))


@operation("Subscriptions_ListLocations", versions=RESOURCES)
async def list_locations(request: web.Request) -> web.Response:
    """Every region, in both spellings."""
    subscription = _subscription(request)
    locations = [
        {
            "id": f"/subscriptions/{subscription.id}/locations/{name}",
            "name": name,
            "type": "Region",
            "displayName": display,
            "regionalDisplayName": display,
            "metadata": {"regionType": "Physical", "regionCategory": "Recommended"},
        }
        for name, display in LOCATIONS.items()
    ]
    return web.json_response({"value": locations})


def _subscription(request: web.Request) -> Subscription:
    return request.app[WORLD].resources.subscription(request.match_info["subscription"])


def _document(subscription: Subscription) -> dict[str, Any]:
    return {
        "id": f"/subscriptions/{subscription.id}",
        "subscriptionId": subscription.id,
        "tenantId": subscription.tenant_id,
        "displayName": subscription.name,
        "state": "Enabled",
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "tags": subscription.tags,
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "PayAsYouGo_2014-09-01",
            "spendingLimit": "Off",
        },
    }
