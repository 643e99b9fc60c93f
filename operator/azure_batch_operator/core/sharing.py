"""Who may use an image, and what others are told: the same whether it is not there or not for them."""

from azure_batch_operator.core.images import WantedImage

ANY = "*"
"""In `allowedNamespaces`: every namespace."""


def may_refer(image: WantedImage, namespace: str) -> bool:
    """Whether BatchPools of a namespace may boot from the image; those of its own always may."""
    return namespace == image.owner.namespace or bool(image.allowed_namespaces & {namespace, ANY})


def unavailable_reference(image: str, *, namespace: str) -> str:
    """What a pool of `namespace` is told of a GalleryImage elsewhere that is missing, or that it may not use."""
    return (
        f"There is no GalleryImage {image} that BatchPools of namespace {namespace} may use: it has to be there, and "
        f"to list {namespace} in spec.allowedNamespaces."
    )


def unavailable_id(image_id: str, *, namespace: str) -> str:
    """What a pool of `namespace` is told of an image id that leads to nothing, or to what it may not use."""
    return (
        f"There is no image {image_id} that BatchPools of namespace {namespace} may use: publish it, name another, or "
        f"have the GalleryImage that manages it list {namespace} in spec.allowedNamespaces."
    )
