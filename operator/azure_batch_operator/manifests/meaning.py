"""Objects as the operator understands them: what it would call InvalidSpec, and what a pool is checked for."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from azure_batch_operator.core.images import ObservedDefinition, WantedImage
from azure_batch_operator.core.json import Json, JsonObject
from azure_batch_operator.core.names import region
from azure_batch_operator.core.pools import SupportedImage, WantedPool
from azure_batch_operator.core.preflight import findings
from azure_batch_operator.core.preflight_facts import Known, PoolFacts, text
from azure_batch_operator.core.sizing import Size
from azure_batch_operator.manifests.findings import Complaint, Path
from azure_batch_operator.reconcile.desired import BadSpec
from azure_batch_operator.reconcile.wanted.images import ImageParser
from azure_batch_operator.reconcile.wanted.pools import PoolParser

Wanted: TypeAlias = WantedImage | WantedPool

UNSAID = ""
"""The namespace of an object that leaves it to `kubectl --namespace`."""

_OPERATOR = "here"
_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
"""For specs that leave the subscription to the operator's settings, which are not known here."""

_PARSERS: Mapping[str, Callable[[JsonObject], Wanted | BadSpec]] = {
    "GalleryImage": ImageParser(operator_id=_OPERATOR, subscription_id=_SUBSCRIPTION, nodes_per_replica=1),
    "BatchPool": PoolParser(operator_id=_OPERATOR, subscription_id=_SUBSCRIPTION),
}
_AGENTS = "batch.node."
_WINDOWS_AGENT = "batch.node.windows"


def understood(body: JsonObject) -> Wanted | Complaint:
    """What the operator would read from an object that the API server takes, or why it could not."""
    wanted = _PARSERS[str(body["kind"])]({**body, "metadata": _named(body["metadata"]), "status": {}})
    if isinstance(wanted, BadSpec):
        return Complaint(path=tuple(wanted.field.split(".")), message=wanted.message)
    return wanted


def _named(metadata: Json) -> JsonObject:
    """Metadata with what is made up when the object is: a name, and the namespace that kubectl is in."""
    given = metadata if isinstance(metadata, Mapping) else {}
    return {"name": f"{given.get('generateName')}x", "namespace": UNSAID, **given}


def impossible(pool: WantedPool, image: WantedImage | None = None) -> Iterator[Complaint]:
    """Why the operator would never make the pool, as far as that can be told from it and from its image."""
    for subject, finding in findings(_facts(pool, image)).items():
        if not isinstance(finding, Known):
            yield Complaint(path=_PLACES.get(subject, ("spec",)), message=finding.message)


def region_of(pool: WantedPool) -> str | None:
    """The region of the pool's account, where the spec tells it."""
    return region(pool.account.location) if pool.account.location else None


def _facts(pool: WantedPool, image: WantedImage | None) -> PoolFacts:
    return PoolFacts(
        body=pool.body,
        region=region_of(pool) or "",
        image=image.name if image else None,
        managed=True,
        size=Size(dedicated=pool.dedicated or 0, spot=pool.spot or 0),
        identities=pool.identities or (),
        definition=_definition(image) if image else None,
        supported=_supported(pool),
    )


def _definition(image: WantedImage) -> ObservedDefinition:
    return ObservedDefinition(
        name=image.name.definition, location="", provisioning_state="", tags={}, properties=image.definition
    )


def _supported(pool: WantedPool) -> tuple[SupportedImage, ...] | None:
    """Batch's list of node agents as far as it is known here: what the pool's own agent runs on, by its name."""
    machine = pool.body.get("virtualMachineConfiguration")
    agent = text(machine, "nodeAgentSKUId") if isinstance(machine, Mapping) else None
    if agent is None or not agent.startswith(_AGENTS):
        return None
    system = "windows" if agent.startswith(_WINDOWS_AGENT) else "linux"
    return (SupportedImage(node_agent_sku_id=agent, os_type=system, publisher="", offer="", sku="", verified=False),)


_PLACES: Mapping[str, Path] = {
    "the node agent's operating system": ("spec", "virtualMachineConfiguration", "nodeAgentSKUId"),
    "the image for the security type": ("spec", "virtualMachineConfiguration", "securityProfile"),
    "inter-node communication": ("spec", "enableInterNodeCommunication"),
    "the body in Resource Manager": ("spec", "identity"),
    "the identities that the body refers to": ("spec", "identity"),
}
"""Where the checks of a pool look that can be made without Azure."""
