"""Rights on what a request refers to, beside those on what it is about: linked scopes in Resource Manager's words."""

from aiohttp import web

from azure_simulator.access import caller_of
from azure_simulator.answers import ArmError
from azure_simulator.arm_ids import ResourceId
from azure_simulator.world import WORLD


def require_linked(request: web.Request, about: ResourceId, linked: ResourceId, verb: str) -> None:
    """Refuse with 403 unless the caller may do `verb` (such as `beginGetAccess/action`) with the linked resource."""
    caller, action = caller_of(request), f"{linked.type}/{verb}"
    if request.app[WORLD].rights.allows(caller, action, linked.text):
        return
    raise ArmError(
        403,
        "LinkedAuthorizationFailed",
        f"The client '{caller.app_id}' with object id '{caller.object_id}' has permission to perform action "
        f"'{about.type}/write' on scope '{about.text}'; however, it does not have permission to perform "
        f"action '{action}' on the linked scope(s) '{linked.text}' or the linked scope(s) are invalid.",
    )
