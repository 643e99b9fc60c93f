"""The paths of Resource Manager itself."""

from aiohttp import web

from azure_simulator.arm_paths import arm
from azure_simulator.resources import authorization, cloud, groups, registration, subscriptions, tagging, unknown

_SUBSCRIPTION = "/subscriptions/{subscription}"
_GROUP = _SUBSCRIPTION + "/resourceGroups/{resource_group}"
_PROVIDER = _SUBSCRIPTION + "/providers/{namespace}"
_TAGS = "{scope:.+}/providers/Microsoft.Resources/tags/default"
_AUTHORIZATION = "/providers/Microsoft.Authorization"


def routes() -> list[web.RouteDef]:
    """The routes of Resource Manager itself; they come last, since the final one takes whatever is left."""
    return [
        web.get(arm("/metadata/endpoints"), cloud.describe_cloud),
        web.get(arm("/tenants"), subscriptions.list_tenants),
        web.get(arm("/subscriptions"), subscriptions.list_subscriptions),
        web.get(arm(_SUBSCRIPTION), subscriptions.get_subscription),
        web.get(arm(f"{_SUBSCRIPTION}/locations"), subscriptions.list_locations),
        web.get(arm(f"{_SUBSCRIPTION}/resources"), groups.list_resources),
        web.get(arm(f"{_SUBSCRIPTION}/operationresults/{{operation}}"), groups.get_operation_result),
        *_group_routes(),
        web.get(arm(f"{_SUBSCRIPTION}/providers"), registration.list_providers),
        web.get(arm(_PROVIDER), registration.get_provider),
        web.post(arm(f"{_PROVIDER}/register"), registration.register_provider),
        web.post(arm(f"{_PROVIDER}/unregister"), registration.unregister_provider),
        web.get(arm(f"{_SUBSCRIPTION}/tagNames"), tagging.list_names),
        web.get(arm(_TAGS), tagging.get_tags),
        web.put(arm(_TAGS), tagging.put_tags),
        web.patch(arm(_TAGS), tagging.patch_tags),
        web.delete(arm(_TAGS), tagging.delete_tags),
        *_authorization_routes(""),
        *_authorization_routes("{scope:.+}"),
        web.route("*", "/{rest:.*}", unknown.refuse_unknown),
    ]


def _group_routes() -> list[web.RouteDef]:
    return [
        web.get(arm(f"{_SUBSCRIPTION}/resourceGroups"), groups.list_groups),
        web.get(arm(_GROUP), groups.get_group, allow_head=False),
        web.head(arm(_GROUP), groups.check_group),
        web.put(arm(_GROUP), groups.put_group),
        web.patch(arm(_GROUP), groups.patch_group),
        web.delete(arm(_GROUP), groups.delete_group),
        web.get(arm(f"{_GROUP}/resources"), groups.list_resources_of_group),
    ]


def _authorization_routes(scope: str) -> list[web.RouteDef]:
    definitions = f"{scope}{_AUTHORIZATION}/roleDefinitions"
    assignments = f"{scope}{_AUTHORIZATION}/roleAssignments"
    return [
        web.get(arm(definitions), authorization.list_definitions),
        web.get(arm(f"{definitions}/{{role}}"), authorization.get_definition),
        web.put(arm(f"{definitions}/{{role}}"), authorization.put_definition),
        web.get(arm(assignments), authorization.list_assignments),
        web.get(arm(f"{assignments}/{{assignment}}"), authorization.get_assignment),
        web.put(arm(f"{assignments}/{{assignment}}"), authorization.put_assignment),
        web.delete(arm(f"{assignments}/{{assignment}}"), authorization.delete_assignment),
    ]
