"""Preflight checks of the Batch account: who may sign in, what it has room for, and what it must hold already."""

from azure_batch_operator.core.conditions import Advice, Progressing, Retrying, Stalled
from azure_batch_operator.core.names import same
from azure_batch_operator.core.pool_arm import untranslatable
from azure_batch_operator.core.preflight_facts import (
    Finding,
    Known,
    PackageRef,
    PackageState,
    PoolFacts,
    identity_references,
    package_refs,
)

ENTRA_ID = "AAD"
"""The authentication mode of Microsoft Entra ID, as Azure names it."""


def account_takes_entra_id(facts: PoolFacts) -> Finding:
    """The operator signs in by Microsoft Entra ID only: pools from gallery images need it."""
    modes = facts.account.authentication_modes if facts.account else None
    if modes is None:
        return Known.UNKNOWN
    if any(same(mode, ENTRA_ID) for mode in modes):
        return Known.PASSED
    return Stalled(
        reason="EntraIdNotAllowed",
        message=f"The Batch account takes only {', '.join(modes)}: add {ENTRA_ID} to its allowedAuthenticationModes. "
        "Batch makes pools from gallery images for nobody who signs in with a shared key.",
    )


def account_has_room(facts: PoolFacts) -> Finding:
    """An account has room for so many pools; when one goes, or the quota grows, the pool is made."""
    quota = facts.account.pool_quota if facts.account else None
    if facts.exists:
        return Known.PASSED
    if quota is None or facts.pools is None:
        return Known.UNKNOWN
    if facts.pools < quota:
        return Known.PASSED
    return Retrying(
        reason="PoolQuotaReached",
        message=f"The quota of pools is used up ({facts.pools} of {quota}): delete one, or ask Azure for a larger "
        "quota of the Batch account. The pool is made when there is room.",
    )


def packages_are_there(facts: PoolFacts) -> Finding:
    """Application packages come from people, so what is not there yet is waited for; all of it is told at once."""
    named = package_refs(facts.body)
    missing = [_missing(each, state) for each in named if (state := facts.packages.get(each)) in _MISSING]
    if not missing:
        return Known.PASSED if all(each in facts.packages for each in named) else Known.UNKNOWN
    return Progressing(
        reason="DependencyNotReady",
        message=f"{'; '.join(missing)}. Upload it, or correct applicationPackageReferences.",
    )


def resource_manager_knows_the_body(facts: PoolFacts) -> Finding:
    """Identities are given through Resource Manager, whose pools must know every property of the body."""
    unknown = untranslatable(facts.body) if facts.identities else ()
    if not unknown:
        return _account_is_named(facts)
    return Stalled(
        reason="NotInResourceManager",
        message="A pool with identities is made through Resource Manager, which does not have "
        f"{', '.join(unknown)}: remove that, or identity.",
    )


def referred_identities_are_assigned(facts: PoolFacts) -> Finding:
    """Nodes can act only as identities that the pool has."""
    assigned = {each.casefold() for each in facts.identities}
    lacking = sorted({each for each in identity_references(facts.body) if each.casefold() not in assigned})
    if not lacking:
        return Known.PASSED
    return Stalled(
        reason="IdentityNotAssigned",
        message=f"The pool refers to {', '.join(lacking)} without having it: list it in "
        "spec.identity.userAssignedIdentities.",
    )


def core_quota_advice(facts: PoolFacts) -> tuple[Advice, ...]:
    """Whether the account's core quotas can ever hold the wanted nodes; the pool is made, and gets what there is."""
    account, size = facts.account, facts.vm_size
    if account is None or account.user_subscription or size is None or size.cores is None:
        return ()
    families = {name.casefold(): cores for name, cores in account.family_core_quotas or ()}
    limits = (
        (facts.size.dedicated, "dedicated", account.dedicated_core_quota),
        (facts.size.dedicated, f"dedicated {size.family}", families.get((size.family or "").casefold())),
        (facts.size.spot, "Spot", account.low_priority_core_quota),
    )
    short = [
        f"{nodes:,} {kind} nodes need {nodes * size.cores:,} cores, the quota is {quota:,}"
        for nodes, kind, quota in limits
        if quota is not None and nodes * size.cores > quota
    ]
    return (_too_small("; ".join(short)),) if short else ()


def _account_is_named(facts: PoolFacts) -> Finding:
    """The schema asks for it; an object that is older than the schema may lack it."""
    if not facts.identities or facts.account is None or facts.account.ref.name is not None:
        return Known.PASSED
    return Stalled(
        reason="NotInResourceManager",
        message="A pool with identities is made through Resource Manager, which knows no account by its endpoint: name "
        "it by resourceGroup and name, or remove identity.",
    )


def _too_small(short: str) -> Advice:
    return Advice(
        reason="CoreQuotaTooSmall",
        message=f"The Batch account cannot hold the pool: {short}. Ask Azure for a larger quota, or lower the targets; "
        "until then the pool gets what there is.",
    )


_MISSING = frozenset({PackageState.NO_APPLICATION, PackageState.NO_VERSION, PackageState.NO_DEFAULT})


def _missing(package: PackageRef, state: PackageState | None) -> str:
    match state:
        case PackageState.NO_VERSION:
            return f"Application {package.application_id} has no usable version {package.version}"
        case PackageState.NO_DEFAULT:
            return f"Application {package.application_id} has no default version, and none is named"
        case _:
            return f"There is no application {package.application_id}"
