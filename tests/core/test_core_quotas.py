"""How many cores a pool still needs, and how many its account has left."""

from dataclasses import replace

from azure_batch_operator.core.core_quotas import short_of_cores
from azure_batch_operator.core.plan.pool_steps import Wait
from azure_batch_operator.core.plan.pools import next_step
from azure_batch_operator.core.sizing import Size
from azure_batch_operator.core.vm_sizes import VmSize
from tests.support.batch_pools import ACCOUNT, observed_pool, wanted_pool
from tests.support.pool_views import QUOTA, nodes, view

D2 = VmSize(name="Standard_D2_v3", family="standardDv3Family", capabilities={"vCPUs": "2"})
F8 = VmSize(name="Standard_F8s_v2", family="standardFSv2Family", capabilities={"vCPUs": "8"})
SIZES = (D2, F8)
SHORT = nodes(3000, current=1200)
OTHER = observed_pool({"vmSize": "standard_f8s_v2"}, target_dedicated=400, current_dedicated=400)
WANTED = Size(dedicated=3000, spot=0)


def test_needed_and_free_cores_are_told_where_there_are_too_few() -> None:
    assert short_of_cores(WANTED, SHORT, ACCOUNT, SIZES, [SHORT, OTHER]) == (
        "1,800 more nodes need 3,600 dedicated cores; 800 of the account's 6,400 are free."
    )


def test_a_family_counts_only_its_own_nodes() -> None:
    account = replace(ACCOUNT, dedicated_core_quota=100_000, family_core_quotas=(("StandardDv3Family", 4000),))
    assert short_of_cores(WANTED, SHORT, account, SIZES, [SHORT, OTHER]) == (
        "1,800 more nodes need 3,600 standardDv3Family cores; 1,600 of the account's 4,000 are free."
    )


def test_spot_nodes_have_a_quota_of_their_own() -> None:
    found = observed_pool(target_spot=900, current_spot=500)
    told = short_of_cores(Size(dedicated=2, spot=900), found, ACCOUNT, SIZES, [found])
    assert told == "400 more nodes need 800 Spot cores; 0 of the account's 1,000 are free."


def test_nothing_is_told_where_it_is_not_known_or_enough() -> None:
    assert short_of_cores(Size(dedicated=1201, spot=0), SHORT, ACCOUNT, SIZES, [SHORT]) == ""
    assert short_of_cores(WANTED, SHORT, ACCOUNT, (), [SHORT]) == ""
    assert short_of_cores(WANTED, SHORT, replace(ACCOUNT, user_subscription=True), SIZES, [SHORT]) == ""
    unknown = replace(ACCOUNT, dedicated_core_quota=None, low_priority_core_quota=None)
    assert short_of_cores(WANTED, SHORT, unknown, SIZES, [SHORT]) == ""


def test_people_read_it_before_azures_own_words() -> None:
    short = replace(SHORT, resize_errors=(QUOTA,))
    step = next_step(view(wanted_pool(dedicated=3000), short, resize_pause=40, short_of_cores="Too few."))
    assert isinstance(step, Wait)
    assert step.verdict.message.startswith("1,200 of 3,000 nodes. Too few. AccountCoreQuotaReached:")
