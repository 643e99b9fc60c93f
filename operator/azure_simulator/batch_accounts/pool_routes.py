"""Pools through Resource Manager: the same pools that the Batch service of the account shows."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from aiohttp import web

from azure_simulator.access import caller_of
from azure_simulator.answers import ArmError, BatchError, ErrorDetail, operation, operation_of, retry_after
from azure_simulator.api_versions import BATCH_ACCOUNTS
from azure_simulator.arm_bodies import read_body
from azure_simulator.arm_ids import ResourceId
from azure_simulator.arm_paths import arm
from azure_simulator.batch.conditions import check_write
from azure_simulator.batch.doors import stamp_of
from azure_simulator.batch.errors import condition_not_met, invalid_property
from azure_simulator.batch.filters import parse_filter
from azure_simulator.batch.lists import next_link, window_of
from azure_simulator.batch.pools import AssignedIdentity, Pool
from azure_simulator.batch.registry import PoolRegistry
from azure_simulator.batch.service import BatchService
from azure_simulator.batch.states import PoolState
from azure_simulator.batch_accounts.addressing import ACCOUNT, account_of
from azure_simulator.batch_accounts.models import BatchAccount
from azure_simulator.batch_accounts.pool_bodies import Identity, PoolBody
from azure_simulator.batch_accounts.pool_documents import POOL_FILTERS, etag_of, filterable_pool, pool_document
from azure_simulator.batch_accounts.pool_scaling import rescaling
from azure_simulator.compute.linked_scopes import require_linked
from azure_simulator.resources.admission import existing_group, resource_id_of
from azure_simulator.resources.tags import check_tags
from azure_simulator.world import WORLD

_POOLS = f"{ACCOUNT}/pools"
_POOL = f"{_POOLS}/{{pool}}"
_LARGEST_PAGE = 1000
_IDENTITY_TYPE = "Microsoft.ManagedIdentity/userAssignedIdentities"


def routes() -> list[web.RouteDef]:
    """The routes of pools."""
    return [
        web.get(arm(_POOLS), list_pools),
        web.get(arm(_POOL), get_pool),
        web.put(arm(_POOL), put_pool),
        web.patch(arm(_POOL), patch_pool),
        web.delete(arm(_POOL), delete_pool),
        web.post(arm(f"{_POOL}/disableAutoScale"), disable_autoscale),
        web.post(arm(f"{_POOL}/stopResize"), stop_resize),
        web.get(arm(f"{ACCOUNT}/poolOperationResults/{{operation}}"), get_operation_result),
    ]


@operation("Pool_ListByBatchAccount", versions=BATCH_ACCOUNTS)
async def list_pools(request: web.Request) -> web.Response:
    """The pools of an account in the order of their names."""
    place = _Place.of(request)
    with _in_managers_words():
        window = window_of(request.query, largest=_LARGEST_PAGE)
        pools = _filtered(place.pools.after(window.after), request.query.get("$filter"))
        shown, position = window.cut((pool.id, pool) for pool in pools)
        url = str(request.url.with_query(None))
        link = {} if position is None else {"nextLink": next_link(url, request.query, position)}
    return web.json_response({"value": [pool_document(pool) for pool in shown], **link})


@operation("Pool_Get", versions=BATCH_ACCOUNTS)
async def get_pool(request: web.Request) -> web.Response:
    """One pool."""
    with _in_managers_words():
        return _answer(_Place.of(request).pool())


@operation("Pool_Create", versions=BATCH_ACCOUNTS)
async def put_pool(request: web.Request) -> web.Response:
    """Make a pool, or replace everything about one."""
    body, place = await read_body(request, PoolBody, "parameters"), _Place.of(request)
    check_tags(body.tags or {})
    with _in_managers_words():
        known = place.known()
        _check_conditions(request.headers, known)
        pool = place.made(body) if known is None else place.overwritten(known, body)
    pool.tags = dict(body.tags or {})
    return _answer(pool)


@operation("Pool_Update", versions=BATCH_ACCOUNTS)
async def patch_pool(request: web.Request) -> web.Response:
    """Change what the body gives."""
    body, place = await read_body(request, PoolBody, "parameters"), _Place.of(request)
    check_tags(body.tags or {})
    with _in_managers_words():
        pool = place.pool()
        check_write(request.headers, stamp_of(pool))
        place.change(pool, body)
    if body.tags is not None:
        pool.tags = dict(body.tags)
    return _answer(pool)


@operation("Pool_Delete", versions=BATCH_ACCOUNTS)
async def delete_pool(request: web.Request) -> web.Response:
    """Begin to delete a pool: 202, or 204 when there is none."""
    place = _Place.of(request)
    pool = place.known()
    if pool is None:
        return web.Response(status=204)
    with _in_managers_words():
        place.service.delete(pool)
    begun = request.app[WORLD].resources.operations.open(pool.id)
    return web.Response(status=202, headers=_polling(request, begun.name))


@operation("Pool_DisableAutoScale", versions=BATCH_ACCOUNTS)
async def disable_autoscale(request: web.Request) -> web.Response:
    """Disable automatic scaling."""
    place = _Place.of(request)
    with _in_managers_words():
        pool = place.pool()
        place.service.sizing.disable_autoscale(pool)
    return _answer(pool)


@operation("Pool_StopResize", versions=BATCH_ACCOUNTS)
async def stop_resize(request: web.Request) -> web.Response:
    """Begin to stop a resize."""
    place = _Place.of(request)
    with _in_managers_words():
        pool = place.pool()
        place.service.sizing.stop(pool)
    return _answer(pool)


@operation("Pool_GetOperationResult", versions=BATCH_ACCOUNTS)
async def get_operation_result(request: web.Request) -> web.Response:
    """202 while a pool is being deleted, then 204."""
    name = request.match_info["operation"]
    begun = request.app[WORLD].resources.operations.get(name)
    if begun is None:
        raise ArmError(404, "OperationNotFound", f"The operation '{name}' was not found.")
    pools = request.app[WORLD].batch.pools(account_of(request))
    if begun.target in pools and pools.get(begun.target).state is PoolState.DELETING:
        return web.Response(status=202, headers=_polling(request, begun.name))
    return web.Response(status=204)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where the path of a request leads: an account, and perhaps a pool in it."""

    request: web.Request
    account: BatchAccount
    service: BatchService

    @classmethod
    def of(cls, request: web.Request) -> "_Place":
        """The place; raises ArmError 404 without its group or account."""
        existing_group(request)
        return cls(request=request, account=account_of(request), service=request.app[WORLD].batch)

    @property
    def pools(self) -> PoolRegistry:
        """The pools of the account."""
        return self.service.pools(self.account)

    @property
    def name(self) -> str:
        """The pool's name in the path."""
        return self.request.match_info["pool"]

    @property
    def version(self) -> str:
        """The api-version."""
        return self.request.query["api-version"].casefold()

    @property
    def operation(self) -> str:
        """The name of the operation."""
        return operation_of(self.request).name

    def pool(self) -> Pool:
        """The pool; raises BatchError 404."""
        return self.pools.get(self.name)

    def known(self) -> Pool | None:
        """The pool, if there is one."""
        return self.pool() if self.name in self.pools else None

    def allows(self, action: str, scope: str) -> bool:
        """Whether the caller may do `action` at `scope`."""
        return self.request.app[WORLD].rights.allows(caller_of(self.request), action, scope)

    def made(self, body: PoolBody) -> Pool:
        """A new pool."""
        identities = () if body.identity is None else self._identities(body.identity)
        creation = body.creation(self.name, self.version)
        pool = self.service.create(self.account, creation, allows=self.allows, operation=self.operation)
        pool.identities = identities
        return pool

    def overwritten(self, pool: Pool, body: PoolBody) -> Pool:
        """The pool with everything as the body has it; what it leaves out is as on a new pool."""
        identities = () if body.identity is None else self._identities(body.identity)
        creation = body.creation(self.name, self.version)
        rescale = rescaling(pool, body.scale().or_none(), self.service.sizing, self.operation)
        self.service.overwrite(pool, creation, allows=self.allows)
        self._assign(pool, identities)
        rescale()
        return pool

    def change(self, pool: Pool, body: PoolBody) -> None:
        """Change what the body gives and leave the rest."""
        identities = pool.identities if body.identity is None else self._identities(body.identity)
        changes = body.changes(self.version)
        rescale = rescaling(pool, body.scale(), self.service.sizing, self.operation)
        self.service.patch(pool, changes, allows=self.allows, with_nodes="PropertyCannotBeUpdated")
        self._assign(pool, identities)
        rescale()

    def _assign(self, pool: Pool, identities: tuple[AssignedIdentity, ...]) -> None:
        if identities != pool.identities:
            pool.assign(identities, self.service.fabric.clock.now())

    def _identities(self, identity: Identity) -> tuple[AssignedIdentity, ...]:
        return tuple(self._identity(text) for text in identity.ids())

    def _identity(self, text: str) -> AssignedIdentity:
        parsed = ResourceId.parse(text)
        if parsed is None or not parsed.is_a(_IDENTITY_TYPE):
            raise invalid_property("userAssignedIdentities", "The id is not that of a user-assigned identity.", text)
        require_linked(self.request, resource_id_of(self.request), parsed, "assign/action")
        found = self.request.app[WORLD].identities.find(text)
        if found is None:
            raise _identity_not_found(parsed)
        return AssignedIdentity(resource_id=text, client_id=found.client_id, principal_id=found.principal_id)


def _identity_not_found(identity: ResourceId) -> ArmError:
    return ArmError(
        400,
        "FailedIdentityOperation",
        f"Identity operation for the resource failed with error 'Failed to perform resource identity operation. "
        f"Status: 'BadRequest'. Response: the resource '{identity.text}' was not found.'.",
    )


@contextmanager
def _in_managers_words() -> Iterator[None]:
    """Tell the Batch service's refusals in the envelope of Resource Manager."""
    try:
        yield
    except BatchError as error:
        details = [ErrorDetail(code=name, message=value) for name, value in error.values.items()]
        raise ArmError(error.status, error.code, error.message, details=details) from error


def _check_conditions(headers: Mapping[str, str], known: Pool | None) -> None:
    if known is not None:
        check_write(headers, stamp_of(known))
    elif "If-Match" in headers:
        raise condition_not_met()


def _filtered(pools: list[Pool], clause: str | None) -> list[Pool]:
    if not clause:
        return pools
    admits = parse_filter(clause, POOL_FILTERS)
    return [pool for pool in pools if admits(filterable_pool(pool))]


def _answer(pool: Pool) -> web.Response:
    return web.json_response(pool_document(pool), headers={"ETag": etag_of(pool)})


def _polling(request: web.Request, operation_name: str) -> dict[str, str]:
    world, version = request.app[WORLD], request.query["api-version"]
    url = f"{world.origin}{account_of(request).id}/poolOperationResults/{operation_name}?api-version={version}"
    return {"Location": url, **retry_after(world.clock, world.resources.pace.poll_interval)}
