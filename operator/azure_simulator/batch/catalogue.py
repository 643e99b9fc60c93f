"""What the service knows by name: VM sizes, and Marketplace images with the node agents that fit them."""

from azure_simulator.batch.bodies.machines import ImageReference
from azure_simulator.scenario import Scenario, SupportedImage, VmSize


class Catalogue:
    """The VM sizes and supported images of a scenario, found without letter case."""

    def __init__(self, scenario: Scenario) -> None:
        self._sizes = {size.name.lower(): size for size in scenario.vm_sizes}
        self.images = scenario.supported_images
        self._agents = {image.node_agent_sku_id.lower(): image.os_type for image in scenario.supported_images}

    def size(self, name: str) -> VmSize | None:
        """The VM size with this name."""
        return self._sizes.get(name.lower())

    def agent_os(self, node_agent_sku: str) -> str | None:
        """The operating system that a node agent SKU is for; None for an unknown one."""
        return self._agents.get(node_agent_sku.lower())

    def image(self, reference: ImageReference) -> SupportedImage | None:
        """The supported image with publisher, offer and SKU of a reference."""
        return self.image_named(reference.publisher or "", reference.offer or "", reference.sku or "")

    def image_named(self, publisher: str, offer: str, sku: str) -> SupportedImage | None:
        """The supported image with these three words."""
        wanted = (publisher.lower(), offer.lower(), sku.lower())
        return next((image for image in self.images if _words(image) == wanted), None)


def _words(image: SupportedImage) -> tuple[str, str, str]:
    return image.publisher.lower(), image.offer.lower(), image.sku.lower()
