"""Whether a publication that failed is worth another try."""

import pytest

from azure_batch_operator.core.publish_failures import is_identifier_taken, why_hopeless


@pytest.mark.parametrize(
    ("words", "because"),
    [
        (
            "Replication failed in this region: 'The source resource size 4095 exceeds the max size 2048 supported.'",
            "larger",
        ),
        ("Source /subscriptions/s/images/one is not found. Please check source exists.", "not there"),
        ("The source blob https://a.blob.core.windows.net/b/c.vhd could not be found.", "not there"),
        (
            "The resource '/images/one' has a different Hypervisor generation ['V1'] than the gallery image ['V2'].",
            "does not fit",
        ),
        ("The OS state of the source does not match that of the gallery image.", "does not fit"),
        ("The source disk is not generalized.", "not generalized"),
        ("The OS State in the parent gallery image (Generalized) is not Specialized.", "not generalized"),
        ("The source contains TrustedLaunch security data.", "security type"),
        ("The gallery image version '1.0.0' is soft-deleted.", "still kept"),
        ("Ephemeral OS disks cannot be captured.", "takes no image from"),
        ("Ultra SSD data disks cannot be captured.", "takes no image from"),
        ("Premium_LRS is not supported in this region.", "does not support"),
        ("Resource 'x' was disallowed by policy.", "policy"),
        ("The purchase plan of the source differs.", "purchase plan"),
        ("The disk encryption set '/sets/one' does not exist in the region.", "encryption set"),
    ],
)
def test_where_the_source_is_wrong_no_other_try_helps(words: str, because: str) -> None:
    told = why_hopeless(("Something else.", words))
    assert told is not None
    assert because in told


@pytest.mark.parametrize(
    "words",
    [
        "",
        "Gallery replication jobs failed in one or more regions.",
        "An internal execution error occurred. Please retry later.",
        "The operation timed out.",
        "Allocation failed. We do not have sufficient capacity.",
    ],
)
def test_after_other_words_a_second_try_may_go_well(words: str) -> None:
    assert why_hopeless((words,)) is None
    assert why_hopeless(()) is None


def test_a_taken_identifier_is_told_from_a_definition_that_is_only_busy() -> None:
    taken = (
        "Gallery image: one identified by (publisher:a, offer:b, sku:c) already exists. Choose a different publisher."
    )
    assert is_identifier_taken(taken)
    assert not is_identifier_taken("The request failed due to conflict with a concurrent request.")
