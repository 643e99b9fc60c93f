"""What is told of the Batch account before Azure is asked for a pool, and of the image's subscription."""

from dataclasses import replace
from typing import Any

import pytest

from azure_batch_operator.core.accounts import AccountRef
from azure_batch_operator.core.conditions import Progressing, Retrying, Stalled
from azure_batch_operator.core.preflight import advice, findings, violations
from azure_batch_operator.core.preflight_facts import Known, PackageRef, PackageState, PoolFacts
from azure_batch_operator.core.sizing import Size
from tests.support.batch_pools import ACCOUNT, REF
from tests.support.preflight import facts

APPLICATION = "/subscriptions/s/resourceGroups/batch/providers/Microsoft.Batch/batchAccounts/contoso/applications/a"


def account(**changes: Any) -> PoolFacts:
    """A pool in an account that differs."""
    return facts(account=replace(ACCOUNT, **changes))


def packages(state: PackageState | None, version: str | None = None) -> PoolFacts:
    """A pool with one application package."""
    plain = facts()
    named = {"applicationId": APPLICATION} | ({"version": version} if version else {})
    known = {} if state is None else {PackageRef(application_id=APPLICATION, version=version): state}
    return replace(plain, body={**plain.body, "applicationPackageReferences": [named]}, packages=known)


def test_an_account_for_shared_keys_only_is_refused() -> None:
    violated = violations(account(authentication_modes=("SharedKey",)))
    assert isinstance(violated, Stalled)
    assert violated.reason == "EntraIdNotAllowed"
    assert "takes only SharedKey: add AAD" in violated.message


def test_modes_are_read_in_any_letter_case_and_unknown_ones_block_nobody() -> None:
    assert violations(account(authentication_modes=("aad",))) is None
    assert violations(account(authentication_modes=None)) is None


def test_a_full_account_is_told_with_its_numbers_and_tried_again() -> None:
    full = replace(account(pool_quota=8), pools=8)
    violated = violations(full)
    assert isinstance(violated, Retrying)
    assert violated.reason == "PoolQuotaReached"
    assert "used up (8 of 8)" in violated.message
    assert violations(replace(full, pools=7)) is None
    assert violations(replace(full, exists=True)) is None


@pytest.mark.parametrize(
    ("state", "version", "message"),
    [
        (PackageState.NO_APPLICATION, None, f"There is no application {APPLICATION}."),
        (PackageState.NO_VERSION, "4.5", f"Application {APPLICATION} has no usable version 4.5."),
        (PackageState.NO_DEFAULT, None, f"Application {APPLICATION} has no default version, and none is named."),
    ],
)
def test_a_package_that_is_not_there_is_waited_for(state: PackageState, version: str | None, message: str) -> None:
    violated = violations(packages(state, version))
    assert isinstance(violated, Progressing)
    assert violated.reason == "DependencyNotReady"
    assert violated.message.startswith(message)


def test_a_package_that_is_there_or_unknown_blocks_nobody() -> None:
    assert violations(packages(PackageState.THERE)) is None
    assert violations(packages(None)) is None
    assert findings(packages(None))["the application packages"] is Known.UNKNOWN


def test_a_body_that_resource_manager_cannot_take_is_refused_only_with_identities() -> None:
    plain = facts()
    odd = replace(plain, body={**plain.body, "newcomer": {"of": "a later API"}})
    assert violations(odd) is None
    violated = violations(replace(odd, identities=("/identities/a",)))
    assert isinstance(violated, Stalled)
    assert violated.reason == "NotInResourceManager"
    assert "does not have newcomer: remove that, or identity" in violated.message


def test_identities_need_an_account_that_resource_manager_knows() -> None:
    by_endpoint = account(ref=AccountRef(endpoint="contoso.westeurope.batch.azure.com"))
    assert violations(by_endpoint) is None
    violated = violations(replace(by_endpoint, identities=("/identities/a",)))
    assert isinstance(violated, Stalled)
    assert violated.reason == "NotInResourceManager"
    assert "knows no account by its endpoint" in violated.message


def test_identities_that_the_body_refers_to_must_be_the_pools_own() -> None:
    plain = facts()
    files: list[Any] = [{"httpUrl": "https://a/b", "identityReference": {"resourceId": "/identities/A"}}]
    referring = replace(plain, body={**plain.body, "startTask": {"commandLine": "true", "resourceFiles": files}})
    violated = violations(referring)
    assert isinstance(violated, Stalled)
    assert violated.reason == "IdentityNotAssigned"
    assert "refers to /identities/A without having it" in violated.message
    assert violations(replace(referring, identities=("/identities/a",))) is None


def test_batch_must_be_registered_where_the_image_is() -> None:
    elsewhere = replace(facts(), account=replace(ACCOUNT, ref=replace(REF, subscription_id="11111111")))
    about = "the registration of Microsoft.Batch"
    assert findings(elsewhere)[about] is Known.UNKNOWN
    assert findings(replace(elsewhere, registered=True))[about] is Known.PASSED
    violated = violations(replace(elsewhere, registered=False))
    assert isinstance(violated, Stalled)
    assert violated.reason == "BatchNotRegistered"
    assert "az provider register --namespace Microsoft.Batch" in violated.message
    assert violations(replace(facts(), registered=False)) is None


@pytest.mark.parametrize(
    ("size", "quotas", "short"),
    [
        (Size(dedicated=50, spot=0), {"dedicated_core_quota": 100}, None),
        (
            Size(dedicated=51, spot=0),
            {"dedicated_core_quota": 100},
            "51 dedicated nodes need 102 cores, the quota is 100",
        ),
        (
            Size(dedicated=0, spot=51),
            {"low_priority_core_quota": 100},
            "51 Spot nodes need 102 cores, the quota is 100",
        ),
        (
            Size(dedicated=51, spot=0),
            {"family_core_quotas": (("STANDARDDV3FAMILY", 100),)},
            "51 dedicated standardDv3Family nodes need 102 cores, the quota is 100",
        ),
        (Size(dedicated=51, spot=0), {"family_core_quotas": (("standardFSFamily", 1),)}, None),
        (Size(dedicated=51, spot=0), {"dedicated_core_quota": 100, "user_subscription": True}, None),
        (Size(dedicated=51, spot=0), {"dedicated_core_quota": None}, None),
    ],
)
def test_targets_that_the_quotas_can_never_hold_are_advice_and_hold_up_nothing(
    size: Size, quotas: dict[str, Any], short: str | None
) -> None:
    seen = replace(account(**quotas), size=size)
    assert violations(seen) is None
    told = advice(seen)
    assert [each.reason for each in told] == (["CoreQuotaTooSmall"] if short else [])
    assert short is None or short in told[0].message
