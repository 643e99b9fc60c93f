"""Where a machine came from: the Marketplace image that a version remembers, and the node agents that fit it."""

from collections.abc import Iterable, Mapping

from azure_batch_operator.core.machines import MarketplaceImage
from azure_batch_operator.core.names import ORIGIN_TAG, same
from azure_batch_operator.core.pools import SupportedImage


def origin_tags(origin: MarketplaceImage | None) -> dict[str, str]:
    """The tag that tells the origin of a version, which nothing else of the version does."""
    return {} if origin is None else {ORIGIN_TAG: str(origin)}


def origin_in(tags: Mapping[str, str]) -> MarketplaceImage | None:
    """The origin that a version's tags tell; tag names ignore letter case."""
    value = next((value for name, value in tags.items() if same(name, ORIGIN_TAG)), "")
    match value.split("/"):
        case [publisher, offer, sku]:
            return MarketplaceImage(publisher=publisher, offer=offer, sku=sku)
        case _:
            return None


def fitting_node_agents(origin: MarketplaceImage, supported: Iterable[SupportedImage]) -> tuple[str, ...]:
    """The ids of the node agents that Batch supports with this Marketplace image."""
    fitting = (image for image in supported if same(f"{image.publisher}/{image.offer}/{image.sku}", str(origin)))
    return tuple(sorted({image.node_agent_sku_id for image in fitting}))
