"""Who may use an image, and what others are told."""

from dataclasses import replace

import pytest

from azure_batch_operator.core.sharing import may_refer
from tests.support.images import WANTED


@pytest.mark.parametrize(
    ("allowed", "namespace", "expected"),
    [
        (set(), "rendering", True),
        (set(), "elsewhere", False),
        ({"elsewhere"}, "elsewhere", True),
        ({"elsewhere"}, "rendering", True),
        ({"elsewhere"}, "nowhere", False),
        ({"*"}, "nowhere", True),
    ],
)
def test_the_own_namespace_always_may_and_others_where_they_are_listed(
    allowed: set[str], namespace: str, *, expected: bool
) -> None:
    assert may_refer(replace(WANTED, allowed_namespaces=frozenset(allowed)), namespace) is expected
