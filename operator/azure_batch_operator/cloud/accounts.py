"""Batch accounts, as Resource Manager or their own address tells of them."""

from azure_batch_operator.cloud.operations import ACCOUNT_GET
from azure_batch_operator.cloud.resource_manager import ResourceManager
from azure_batch_operator.cloud.session import AzureSession
from azure_batch_operator.cloud.wire import child, children, number, optional_number, optional_text, text, text_or
from azure_batch_operator.core.accounts import Account, AccountRef, account_key
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.names import region, same


class Accounts:
    """Finds the account that a spec names."""

    def __init__(self, session: AzureSession) -> None:
        self._session = session
        self._arm = ResourceManager(session)

    async def get(self, ref: AccountRef) -> Account | None:
        """The account, or None when Azure has none of that name; a name that is an endpoint costs no request."""
        account = _by_endpoint(ref) if ref.name is None else await self._read(ref)
        if account is not None:
            self._session.check_endpoint(account.endpoint)
        return account

    async def _read(self, ref: AccountRef) -> Account | None:
        accounts = self._arm.clients.batch_management(str(ref.subscription_id)).batch_account
        return await self._arm.find(
            ACCOUNT_GET,
            ref.arm_id,
            lambda request_id: accounts.get(str(ref.resource_group), str(ref.name), request_id=request_id),
            lambda body: account_from(ref, body),
        )


def account_from(ref: AccountRef, body: JsonObject) -> Account:
    """The account that a Resource Manager answer shows."""
    properties = child(body, "properties")
    return Account(
        ref=ref,
        endpoint=f"https://{account_key(text(properties, 'accountEndpoint'))}",
        region=region(optional_text(body, "location") or ref.location or "") or None,
        dedicated_core_quota=optional_number(properties, "dedicatedCoreQuota"),
        low_priority_core_quota=optional_number(properties, "lowPriorityCoreQuota"),
        family_core_quotas=_family_quotas(properties),
        pool_quota=optional_number(properties, "poolQuota"),
        user_subscription=same(text_or(properties, "poolAllocationMode", ""), "UserSubscription"),
        authentication_modes=_authentication_modes(properties),
    )


def _family_quotas(properties: JsonObject) -> tuple[tuple[str, int], ...] | None:
    """Azure lists them also where they do not count."""
    if properties.get("dedicatedCoreQuotaPerVMFamilyEnforced") is not True:
        return None
    quotas = children(properties, "dedicatedCoreQuotaPerVMFamily")
    return tuple((text_or(each, "name", ""), number(each, "coreQuota")) for each in quotas)


def _authentication_modes(properties: JsonObject) -> tuple[str, ...] | None:
    modes = properties.get("allowedAuthenticationModes")
    return tuple(str(mode) for mode in modes) if isinstance(modes, list) else None


def _by_endpoint(ref: AccountRef) -> Account:
    host = account_key(ref.endpoint or "")
    return Account(ref=ref, endpoint=f"https://{host}", region=region(ref.location or _region_in(host)) or None)


def _region_in(host: str) -> str:
    """The region that an endpoint of the form `name.region.batch.azure.com` tells, else nothing."""
    match host.split("."):
        case [_, name, "batch", *_]:
            return name
        case _:
            return ""
