"""What can be known before Azure is asked for a pool. A check is violated, passed or unknown; only the first blocks."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from azure_batch_operator.core import preflight_account as account
from azure_batch_operator.core import preflight_image as image
from azure_batch_operator.core import preflight_machine as machine
from azure_batch_operator.core.conditions import Advice, Progressing, Retrying, Stalled
from azure_batch_operator.core.names import DefinitionName, VersionName
from azure_batch_operator.core.preflight_facts import Blocker, Finding, Known, PoolFacts, foreign_subscription

_Check: TypeAlias = Callable[[PoolFacts], Finding]

_CHECKS: Mapping[_Check, str] = {
    account.account_takes_entra_id: "how the account lets sign in",
    image.region_is_known: "the account's region",
    image.image_is_in_region: "the image's regions",
    image.image_is_generalized: "the image's state",
    image.batch_may_use_the_subscription: "the registration of Microsoft.Batch",
    machine.node_agent_exists: "the node agent",
    machine.node_agent_fits_system: "the node agent's operating system",
    machine.node_agent_fits_marketplace_image: "the node agent of the Marketplace image",
    machine.size_is_offered: "the VM size",
    machine.size_fits_image: "the VM size for the image",
    machine.size_fits_security: "the VM size for the security type",
    machine.image_fits_security: "the image for the security type",
    machine.size_can_what_is_asked: "the abilities of the VM size",
    machine.nodes_may_talk: "inter-node communication",
    account.packages_are_there: "the application packages",
    account.resource_manager_knows_the_body: "the body in Resource Manager",
    account.referred_identities_are_assigned: "the identities that the body refers to",
    account.account_has_room: "the quota of pools",
}
"""Every check, with what it is about, for people."""


def findings(facts: PoolFacts) -> Mapping[str, Finding]:
    """What every check says, by what it is about."""
    return {subject: check(facts) for check, subject in _CHECKS.items()}


def violations(facts: PoolFacts) -> Blocker | None:
    """Every violated check as one verdict with all messages; None when nothing is violated.

    It is stalled where anything must be corrected first; its reason is that of the first such check.
    """
    found = [each for each in findings(facts).values() if not isinstance(each, Known)]
    if not found:
        return None
    worst = next(each for kind in (Stalled, Retrying, Progressing) for each in found if isinstance(each, kind))
    return type(worst)(reason=worst.reason, message=" ".join(each.message for each in found))


def advice(facts: PoolFacts) -> tuple[Advice, ...]:
    """What does not hold up a pool that is about to be made, but should be known."""
    return (*_unchecked(facts), *account.core_quota_advice(facts))


def warnings(named: VersionName | DefinitionName | None, *, account_subscription: str | None) -> tuple[Advice, ...]:
    """What works only under a condition that cannot be seen from here."""
    other = foreign_subscription(named, account_subscription)
    if other is None:
        return ()
    return (
        Advice(
            reason="ImageInOtherSubscription",
            message=f"The image is in subscription {other}, the Batch account in {account_subscription}: both must be "
            f"of one tenant, and resource provider Microsoft.Batch must be registered in {other}.",
        ),
    )


def _unchecked(facts: PoolFacts) -> tuple[Advice, ...]:
    """The list of what could not be checked, and why; nothing where all that matters could be read."""
    if not facts.unread:
        return ()
    subjects = [subject for subject, finding in findings(facts).items() if finding is Known.UNKNOWN]
    message = (
        f"Not checked before the pool is made: {', '.join(subjects) or 'nothing that matters'}. Could not be read: "
        f"{'; '.join(facts.unread)}."
    )
    return (Advice(reason="PreflightUnknown", message=message),)
