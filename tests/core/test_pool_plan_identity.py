"""When a pool is written through Resource Manager: for its identities, and for nothing else."""

from azure_batch_operator.core.plan.pool_steps import Create, Nothing, Patch
from azure_batch_operator.core.plan.pools import next_step
from tests.support.batch_pools import observed_pool, wanted_pool
from tests.support.pool_views import OPEN, nodes, view

ONE, OTHER = "/identities/one", "/identities/other"


def test_a_pool_is_made_with_its_identities() -> None:
    step = next_step(view(wanted_pool(identities=(ONE,)), gate=OPEN))
    assert isinstance(step, Create)
    assert step.identities == (ONE,)


def test_a_pool_without_identities_is_made_without() -> None:
    for identities in (None, ()):
        step = next_step(view(wanted_pool(identities=identities), gate=OPEN))
        assert isinstance(step, Create)
        assert step.identities == ()


def test_another_identity_is_given_to_an_empty_pool_together_with_what_else_differs() -> None:
    wanted = wanted_pool({"taskSlotsPerNode": 4}, identities=(OTHER,), dedicated=0)
    assert next_step(view(wanted, nodes(0, identities=(ONE,)))) == Patch(
        changes={"taskSlotsPerNode": 4},
        fields=("taskSlotsPerNode", "identity"),
        of_empty_pool=True,
        identities=(OTHER,),
    )


def test_a_change_without_another_identity_leaves_identities_alone() -> None:
    wanted = wanted_pool({"taskSlotsPerNode": 4}, identities=(ONE,), dedicated=0)
    step = next_step(view(wanted, nodes(0, identities=(ONE,))))
    assert isinstance(step, Patch)
    assert step.identities is None


def test_a_pool_with_nodes_keeps_its_identity() -> None:
    seen = view(wanted_pool(identities=(OTHER,)), observed_pool(identities=(ONE,)))
    assert next_step(seen) == Nothing()
    assert [each.field for each in seen.waiting] == ["identity"]
