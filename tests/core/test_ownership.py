"""Whose an Azure object is."""

import pytest

from azure_batch_operator.core.ownership import Ownership, known_owner, ownership
from tests.support.images import OWNER

FORMER = frozenset({"before"})
MINE = "cluster-1/image/rendering/render-node"
OTHERS = "cluster-1/image/rendering/other"
ONCE_MINE = "before/image/rendering/render-node"
ONCE_OTHERS = "before/image/rendering/other"


@pytest.mark.parametrize(
    ("tag", "whose"),
    [
        (None, Ownership.NOBODYS),
        ("", Ownership.NOBODYS),
        (MINE, Ownership.OURS),
        (ONCE_MINE, Ownership.OURS),
        (OTHERS, Ownership.ANOTHERS),
        (ONCE_OTHERS, Ownership.ANOTHERS),
        ("stranger/image/rendering/render-node", Ownership.ANOTHERS),
        ("cluster-1/pool/rendering/render-node", Ownership.ANOTHERS),
        ("something else", Ownership.ANOTHERS),
    ],
)
def test_the_tag_decides_whose_it_is(tag: str | None, whose: Ownership) -> None:
    assert ownership(tag, OWNER, FORMER) is whose


@pytest.mark.parametrize("tag", [OTHERS, ONCE_OTHERS])
def test_what_was_made_for_a_resource_that_is_gone_is_an_orphan(tag: str) -> None:
    assert ownership(tag, OWNER, FORMER, orphans={tag}) is Ownership.ORPHANED


def test_only_tags_of_this_and_of_former_operators_name_resources_of_this_cluster() -> None:
    named = known_owner(ONCE_OTHERS, OWNER, FORMER)
    assert named is not None
    assert (named.namespace, named.name) == ("rendering", "other")
    assert known_owner("stranger/image/rendering/other", OWNER, FORMER) is None
    assert known_owner("cluster-1/pool/rendering/other", OWNER, FORMER) is None
