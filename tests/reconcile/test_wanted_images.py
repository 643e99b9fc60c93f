"""GalleryImages as the API server stores them, parsed."""

from datetime import timedelta
from typing import Any

import pytest

from azure_batch_operator.core.accounts import AccountRef
from azure_batch_operator.core.images import ListedRegion, ReplicationPolicy, WantedGallery, WantedImage
from azure_batch_operator.core.sources import ManagedImageSource
from azure_batch_operator.reconcile.desired import BadSpec
from azure_batch_operator.reconcile.wanted.images import ImageParser
from tests.support.custom_resources import QUICKSTART, merged, read_manifest
from tests.support.images import HOME, OWNER, PROPERTIES, SOURCE_ID, SUBSCRIPTION, VERSION

PARSER = ImageParser(operator_id="cluster-1", subscription_id=SUBSCRIPTION, nodes_per_replica=600)


def parsed(**spec: Any) -> WantedImage | BadSpec:
    return PARSER(merged(read_manifest(QUICKSTART / "galleryimage.yaml"), {"spec": spec}))


def test_the_quickstart_is_understood_as_it_is_written() -> None:
    assert parsed() == WantedImage(
        owner=OWNER,
        name=VERSION,
        gallery=WantedGallery(location=HOME, create=True),
        definition=PROPERTIES,
        source=ManagedImageSource(id=SOURCE_ID),
        regions=(ListedRegion(name=HOME),),
        replication=ReplicationPolicy(nodes_per_replica=600),
    )


def test_generation_security_type_and_architecture_are_never_left_to_azure() -> None:
    found = parsed(definition={"features": None, "architecture": None, "osState": None})
    assert isinstance(found, WantedImage)
    assert found.definition == PROPERTIES


def test_every_number_of_the_replication_may_be_set() -> None:
    found = parsed(
        replication={
            "nodesPerReplica": 300,
            "headroomReplicas": 1,
            "minReplicas": 2,
            "maxReplicas": 9,
            "scaleDownDelay": "1h30m",
            "followPools": False,
        }
    )
    assert isinstance(found, WantedImage)
    assert found.replication == ReplicationPolicy(
        nodes_per_replica=300,
        headroom=1,
        min_replicas=2,
        max_replicas=9,
        scale_down_delay=timedelta(minutes=90),
        follow_pools=False,
    )


def test_watched_accounts_are_named_in_full() -> None:
    found = parsed(watchAccounts=[{"resourceGroup": "batch", "name": "contoso", "location": "West Europe"}])
    assert isinstance(found, WantedImage)
    ref = AccountRef(subscription_id=SUBSCRIPTION, resource_group="batch", name="contoso", location=HOME)
    assert found.watch_accounts == (ref,)


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"targetRegions": "everywhere"}, "spec.targetRegions"),
        ({"version": None}, "spec.version"),
        ({"replication": {"scaleDownDelay": "soon"}}, "spec.replication.scaleDownDelay"),
    ],
)
def test_what_cannot_be_understood_is_named(spec: dict[str, Any], field: str) -> None:
    found = parsed(**spec)
    assert isinstance(found, BadSpec)
    assert found.field == field
    assert field in found.message


def test_without_any_subscription_the_spec_must_name_one() -> None:
    homeless = ImageParser(operator_id="cluster-1", subscription_id=None, nodes_per_replica=600)
    body = read_manifest(QUICKSTART / "galleryimage.yaml")
    found = homeless(body)
    assert isinstance(found, BadSpec)
    assert found.field == "spec.gallery.subscriptionId"
    watched = {"gallery": {"subscriptionId": SUBSCRIPTION}, "watchAccounts": [{"resourceGroup": "batch", "name": "a"}]}
    found = homeless(merged(body, {"spec": watched}))
    assert isinstance(found, BadSpec)
    assert found.field == "spec.watchAccounts[0].subscriptionId"
