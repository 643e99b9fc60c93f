"""Role definitions and role assignments (Microsoft.Authorization), which are enforced everywhere."""

import re
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from pydantic import JsonValue

from azure_simulator.answers import ArmError, operation
from azure_simulator.api_versions import AUTHORIZATION
from azure_simulator.arm_bodies import Body, missing, read_body
from azure_simulator.arm_lists import comparisons, page
from azure_simulator.resources.rights import Assignment, Rights
from azure_simulator.resources.roles import Role
from azure_simulator.world import WORLD

_AND = re.compile(r"\s+and\s+", re.IGNORECASE)
_ASSIGNMENT_TERM = re.compile(
    r"atScope\(\)|(?:principalId\s+eq\s+|assignedTo\(\s*)'(?P<principal>[\w-]+)'\s*\)?", re.IGNORECASE
)
_DEFINITIONS = "/providers/Microsoft.Authorization/roleDefinitions"


class AssignmentProperties(Body):
    """Who gets which role."""

    role_definition_id: str | None = None
    principal_id: str | None = None
    principal_type: str | None = None
    can_delegate: bool | None = None
    description: str | None = None
    condition: JsonValue = None
    condition_version: JsonValue = None
    scope: JsonValue = None


class AssignmentBody(Body):
    """PUT of a role assignment."""

    id: JsonValue = None
    name: JsonValue = None
    type: JsonValue = None
    properties: AssignmentProperties = AssignmentProperties()


class Permission(Body):
    """What a role contains."""

    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()


class DefinitionProperties(Body):
    """A custom role."""

    role_name: str
    description: str = ""
    type: JsonValue = None
    permissions: tuple[Permission, ...] = ()
    assignable_scopes: tuple[str, ...] = ()


class DefinitionBody(Body):
    """PUT of a custom role."""

    id: JsonValue = None
    name: JsonValue = None
    type: JsonValue = None
    properties: DefinitionProperties


@operation("RoleDefinitions_List", versions=AUTHORIZATION)
async def list_definitions(request: web.Request) -> web.Response:
    """The role definitions, narrowed by `$filter=roleName eq '…'` or `type eq 'CustomRole'` if it asks so."""
    wanted, scope = comparisons(request), _scope(request)
    name, kind = wanted.get("rolename"), wanted.get("type")
    roles = [role for role in _rights(request).roles if name in {None, role.name} and kind in {None, role.kind}]
    return page(request, roles, key=lambda role: role.id, render=lambda role: _role(role, scope))


@operation("RoleDefinitions_Get", versions=AUTHORIZATION)
async def get_definition(request: web.Request) -> web.Response:
    """One role definition."""
    role = _rights(request).role(request.match_info["role"])
    if role is None:
        raise _no_such_role(request.match_info["role"])
    return web.json_response(_role(role, _scope(request)))


@operation("RoleDefinitions_CreateOrUpdate", versions=AUTHORIZATION)
async def put_definition(request: web.Request) -> web.Response:
    """Add or replace a custom role."""
    body = await read_body(request, DefinitionBody, "roleDefinition")
    permission = body.properties.permissions[0] if body.properties.permissions else Permission()
    role = Role(
        id=request.match_info["role"].casefold(),
        name=body.properties.role_name,
        description=body.properties.description,
        actions=permission.actions,
        not_actions=permission.not_actions,
        data_actions=permission.data_actions,
        not_data_actions=permission.not_data_actions,
        built_in=False,
    )
    _rights(request).define(role)
    return web.json_response(_role(role, _scope(request)), status=201)


@operation("RoleAssignments_List", versions=AUTHORIZATION)
async def list_assignments(request: web.Request) -> web.Response:
    """The assignments at a scope, above and below it; `$filter` narrows them to a principal or to above."""
    scope, asked = _scope(request), _assignment_filter(request)
    found = [
        assignment
        for assignment in _rights(request).at(scope)
        if asked.principal in {None, assignment.principal_id} and (not asked.at_scope or assignment.covers(scope))
    ]
    return page(request, found, key=lambda assignment: assignment.id.casefold(), render=_assignment)


@dataclass(frozen=True, slots=True, kw_only=True)
class _AssignmentFilter:
    principal: str | None = None
    at_scope: bool = False


def _assignment_filter(request: web.Request) -> _AssignmentFilter:
    """The `$filter` of assignments: `atScope()`, `principalId eq`, `assignedTo()`, the last two as good as one here."""
    text = request.query.get("$filter", "").strip()
    matches = [_ASSIGNMENT_TERM.fullmatch(term.strip()) for term in _AND.split(text)] if text else []
    if None in matches:
        raise ArmError(400, "InvalidFilterInQueryString", f"Invalid $filter '{text}' specified in the query string.")
    terms = [match for match in matches if match is not None]
    principals = [match["principal"].casefold() for match in terms if match["principal"]]
    return _AssignmentFilter(principal=principals[0] if principals else None, at_scope=len(principals) < len(terms))


@operation("RoleAssignments_Get", versions=AUTHORIZATION)
async def get_assignment(request: web.Request) -> web.Response:
    """One assignment."""
    found = _rights(request).get(request.path)
    if found is None:
        name = request.match_info["assignment"]
        raise ArmError(404, "RoleAssignmentNotFound", f"The role assignment '{name}' is not found.")
    return web.json_response(_assignment(found))


@operation("RoleAssignments_Create", versions=AUTHORIZATION)
async def put_assignment(request: web.Request) -> web.Response:
    """Grant a role to a principal of the directory."""
    asked = (await read_body(request, AssignmentBody, "roleAssignment")).properties
    assignment = Assignment(
        name=request.match_info["assignment"],
        principal_id=_principal(request, asked.principal_id),
        role=_asked_role(request, asked.role_definition_id),
        scope=_scope(request),
    )
    rights = _rights(request)
    if any(_same_grant(assignment, held) for held in rights.at(assignment.scope)):
        raise ArmError(409, "RoleAssignmentExists", "The role assignment already exists.")
    rights.add(assignment)
    return web.json_response(_assignment(assignment), status=201)


@operation("RoleAssignments_Delete", versions=AUTHORIZATION)
async def delete_assignment(request: web.Request) -> web.Response:
    """Withdraw an assignment."""
    rights = _rights(request)
    found = rights.get(request.path)
    if found is None:
        return web.Response(status=204)
    rights.remove(found)
    return web.json_response(_assignment(found))


def _same_grant(one: Assignment, other: Assignment) -> bool:
    return (one.principal_id, one.role.id, one.scope.casefold()) == (
        other.principal_id,
        other.role.id,
        other.scope.casefold(),
    )


def _principal(request: web.Request, principal_id: str | None) -> str:
    if principal_id is None:
        raise missing("roleAssignment.properties.principalId")
    tenants = request.app[WORLD].directory.tenants
    known = {app.object_id.casefold() for tenant in tenants for app in tenant.applications}
    if principal_id.casefold() not in known:
        raise ArmError(
            400,
            "PrincipalNotFound",
            f"Principal {principal_id} does not exist in the directory {tenants[0].id}. Check that you have the "
            "correct principal ID.",
        )
    return principal_id.casefold()


def _asked_role(request: web.Request, definition_id: str | None) -> Role:
    if definition_id is None:
        raise missing("roleAssignment.properties.roleDefinitionId")
    guid = definition_id.rsplit("/", 1)[-1]
    role = _rights(request).role(guid)
    if role is None:
        raise _no_such_role(guid)
    return role


def _no_such_role(guid: str) -> ArmError:
    return ArmError(
        404,
        "RoleDefinitionDoesNotExist",
        f"The specified role definition with ID '{guid}' does not exist.",
    )


def _rights(request: web.Request) -> Rights:
    return request.app[WORLD].rights


def _scope(request: web.Request) -> str:
    scope = request.match_info.get("scope", "").strip("/")
    return f"/{scope}"


def _assignment(assignment: Assignment) -> dict[str, Any]:
    return {
        "id": assignment.id,
        "name": assignment.name,
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "roleDefinitionId": _definition_id(assignment.role, assignment.scope),
            "principalId": assignment.principal_id,
            "principalType": assignment.principal_type,
            "scope": assignment.scope,
        },
    }


def _definition_id(role: Role, scope: str) -> str:
    """The id of a role as seen from a scope: roles belong to the subscription, whatever below it is looked at."""
    subscription = "/".join(scope.split("/")[:3]) if scope != "/" else ""
    return f"{subscription}{_DEFINITIONS}/{role.id}"


def _role(role: Role, scope: str) -> dict[str, Any]:
    return {
        "id": _definition_id(role, scope),
        "name": role.id,
        "type": "Microsoft.Authorization/roleDefinitions",
        "properties": {
            "roleName": role.name,
            "type": role.kind,
            "description": role.description,
            "assignableScopes": ["/"] if role.built_in else [scope],
            "permissions": [
                {
                    "actions": list(role.actions),
                    "notActions": list(role.not_actions),
                    "dataActions": list(role.data_actions),
                    "notDataActions": list(role.not_data_actions),
                }
            ],
        },
    }
