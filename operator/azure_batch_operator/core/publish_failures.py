"""Why Azure failed to publish a version: whether trying again can help, as far as its words tell."""

import re
from collections.abc import Iterable

_HOPELESS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(words, re.IGNORECASE), advice)
    for words, advice in (
        (r"exceeds the max(imum)? size", "its disks are larger than Azure replicates"),
        (r"source\b.* (is|was|could|can) ?not (be )?found", "its source is not there"),
        (
            r"(does|do|did) not match|mismatch|has a different|different .* than",
            "its source does not fit the definition",
        ),
        (r"(is|are) specialized|not (been )?generalized|OS state in the parent", "its source is not generalized"),
        (r"security (data|type)", "the security type of its source does not fit the definition"),
        (r"soft-deleted", "a deleted version of that number is still kept"),
        (r"ephemeral|ultra ?(ssd|disk)", "its source has disks that Azure takes no image from"),
        (r"(is|are) not supported", "Azure does not support it"),
        (r"disallowed by policy", "a policy of yours forbids it"),
        (r"purchase ?plan", "its purchase plan is not that of the definition"),
        (r"encryption ?set\b.* (not|cannot|does not)", "a disk encryption set cannot be used"),
    )
)
"""Words of Azure (most of them on Microsoft's page 'Troubleshoot problems with images in an Azure Compute Gallery')
after which the same request fails again, and what they mean; after any other words a second try may go well."""

_IDENTIFIER_TAKEN = re.compile(r"already exists\W+choose a different publisher", re.IGNORECASE)
"""With these words, and the code `Conflict`, Azure refuses a definition whose identifier another one has."""


def why_hopeless(details: Iterable[str]) -> str | None:
    """What stands against publishing the same source again; None: it may go well another time."""
    texts = tuple(details)
    meanings = (advice for words, advice in _HOPELESS if any(words.search(text) for text in texts))
    return next(meanings, None)


def is_identifier_taken(details: str) -> bool:
    """Whether a definition was refused because another one of its gallery has the same identifier."""
    return _IDENTIFIER_TAKEN.search(details) is not None
