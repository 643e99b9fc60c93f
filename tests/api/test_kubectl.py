"""What kubectl does with the two kinds, by the example of the quickstart."""

import json
from collections.abc import Iterator

import pytest

from azure_batch_operator.api.pools import BatchPool
from tests.support.controlplane import Kubectl
from tests.support.custom_resources import QUICKSTART, ROOT, Manifest, apply, merged, quickstart, read_manifest

WHOLE_POOL = ROOT / "tests" / "data" / "whole_pool.yaml"
QUICKSTART_FILES = ("namespace.yaml", "galleryimage.yaml", "batchpool.yaml")
FORMULA = "$TargetDedicatedNodes=1;"


@pytest.fixture(params=["galleryimage.yaml", "batchpool.yaml"])
def manifest(request: pytest.FixtureRequest) -> Manifest:
    return quickstart(request.param)


@pytest.fixture
def left_as_found(cluster: Kubectl) -> Iterator[Kubectl]:
    """kubectl for the quickstart's own namespace, from which the quickstart's objects go when the test ends."""
    yield cluster
    objects = [f"--filename={QUICKSTART / name}" for name in QUICKSTART_FILES[1:]]
    cluster.plane.kubectl("delete", "--ignore-not-found", "--wait=false", *objects)


def test_the_quickstart_is_applied_as_its_readme_says(left_as_found: Kubectl) -> None:
    kubectl = left_as_found.plane.kubectl
    namespace, image, pool = (f"--filename={QUICKSTART / name}" for name in QUICKSTART_FILES)

    applied = [kubectl("apply", namespace), kubectl("apply", image, pool)]

    assert [answer.returncode for answer in applied] == [0, 0], applied[0].stderr + applied[1].stderr


def test_nothing_differs_after_apply(cluster: Kubectl, manifest: Manifest) -> None:
    apply(cluster, manifest)

    difference = cluster("diff", "--filename=-", stdin=json.dumps(manifest))

    assert (difference.exit_status, difference.stdout) == (0, "")


def test_what_was_written_is_stored_and_nothing_else(cluster: Kubectl, manifest: Manifest) -> None:
    apply(cluster, manifest)

    stored = cluster.get(manifest["kind"], manifest["metadata"]["name"])

    assert stored["spec"] == manifest["spec"]


def test_a_whole_create_body_goes_through_the_api_server_and_the_models_unchanged(cluster: Kubectl) -> None:
    body = read_manifest(WHOLE_POOL)
    account = {"resourceGroup": "batch", "name": "contoso"}
    pool = quickstart("batchpool.yaml", name="whole") | {"spec": body | {"account": account}}

    accepted = apply(cluster, pool)

    assert accepted.exit_status == 0, accepted.stderr
    assert BatchPool.model_validate(cluster.get("batchpool", "whole")).spec.body() == body


def test_server_side_apply_by_two_writers_merges_target_regions_by_name(cluster: Kubectl) -> None:
    image = quickstart("galleryimage.yaml", name="two-writers")
    more = {key: image[key] for key in ("apiVersion", "kind", "metadata")} | {
        "spec": {"targetRegions": [{"name": "northeurope", "minReplicas": 2}]}
    }

    one = apply(cluster, image, "--server-side", "--field-manager=one")
    other = apply(cluster, more, "--server-side", "--field-manager=other")

    assert (one.exit_status, other.exit_status) == (0, 0), one.stderr + other.stderr
    regions = cluster.get("galleryimage", "two-writers")["spec"]["targetRegions"]
    assert regions == [{"name": "westeurope"}, {"name": "northeurope", "minReplicas": 2}]


def test_scale_sets_the_dedicated_nodes(cluster: Kubectl) -> None:
    apply(cluster, quickstart("batchpool.yaml", name="scaled"))

    cluster.run("scale", "batchpool/scaled", "--replicas=3000")

    assert cluster.get("batchpool", "scaled")["spec"]["targetDedicatedNodes"] == 3000


def test_an_autoscaled_pool_refuses_to_be_scaled(cluster: Kubectl) -> None:
    pool = quickstart("batchpool.yaml", name="autoscaled")
    formula = {"targetDedicatedNodes": None, "enableAutoScale": True, "autoScaleFormula": FORMULA}
    stored = apply(cluster, merged(pool, {"spec": formula}))
    assert stored.exit_status == 0, stored.stderr

    refused = cluster("scale", "batchpool/autoscaled", "--replicas=5")

    assert refused.exit_status != 0
    assert "the formula sizes an autoscaled pool" in refused.stderr


def test_scale_reports_the_nodes_and_the_selector_of_the_status(cluster: Kubectl) -> None:
    apply(cluster, quickstart("batchpool.yaml", name="reported"))
    status = {"currentDedicatedNodes": 2, "selector": "azurebatch.io/pool=reported"}

    cluster.run(*patch_status("batchpool/reported", status))

    scale = json.loads(cluster.run("get", "batchpool/reported", "--subresource=scale", "--output=json"))
    assert scale["status"] == {"replicas": 2, "selector": "azurebatch.io/pool=reported"}


def test_a_status_does_not_count_as_a_new_generation(cluster: Kubectl) -> None:
    apply(cluster, quickstart("galleryimage.yaml", name="settled"))

    cluster.run(*patch_status("galleryimage/settled", {"version": "1.0.0", "observedGeneration": 1}))

    settled = cluster.get("galleryimage", "settled")
    assert (settled["metadata"]["generation"], settled["status"]["version"]) == (1, "1.0.0")


def test_the_columns_tell_readiness_numbers_and_suspension(cluster: Kubectl) -> None:
    apply(cluster, merged(quickstart("batchpool.yaml", name="columns"), {"spec": {"suspend": True}}))
    ready = {"type": "Ready", "status": "True", "reason": "Succeeded", "message": "all is well"}
    status = {
        "conditions": [ready | {"lastTransitionTime": "2026-11-23T12:00:00Z"}],
        "imageVersion": "1.0.0",
        "allocationState": "steady",
        "summary": {"dedicated": "2/2", "spot": "0/0"},
    }

    cluster.run(*patch_status("batchpool/columns", status))

    row = cluster.run("get", "batchpool/columns", "--no-headers").split()
    assert row[:-1] == ["columns", "True", "Succeeded", "1.0.0", "2/2", "0/0", "steady", "true"]


@pytest.mark.parametrize(
    ("field", "explanation"),
    [
        ("bpool.spec.virtualMachineConfiguration.osDisk.caching", "Known values: none, readonly, readwrite"),
        ("bpool.spec.startTask.userIdentity.autoUser", "The auto user under which the Task is run"),
        ("gimg.spec.replication.nodesPerReplica", "How many nodes one replica serves"),
        ("gimg.spec.source", "What the version is made from: exactly one kind"),
        ("gimg.spec.source.virtualMachine.capture", "Direct: the version is made from the machine itself"),
        ("gimg.spec.source.vhd.osDisk.uriSecretRef", "the blob's address with its SAS signature"),
        ("gimg.spec.definition.recommended.vCPUs", "How many virtual processors"),
        ("gimg.spec.targetRegions.encryption.osDiskImage", "How the disk that nodes boot from is encrypted"),
        ("gimg.spec.keepVersions", "older ones that no pool uses are deleted, oldest first"),
        ("gimg.status.regions.readyReplicas", "Replicas that serve nodes now"),
    ],
)
def test_explain_tells_what_a_field_is_for(cluster: Kubectl, field: str, explanation: str) -> None:
    assert explanation in " ".join(cluster.run("explain", field).split())


@pytest.mark.parametrize("category", ["azure", "batch"])
def test_both_kinds_are_found_by_their_category(cluster: Kubectl, category: str) -> None:
    apply(cluster, quickstart("galleryimage.yaml"))
    apply(cluster, quickstart("batchpool.yaml"))

    found = cluster.run("get", category, "--output=name").split()

    assert {name.partition("/")[0] for name in found} == {"galleryimage.azurebatch.io", "batchpool.azurebatch.io"}


def test_pools_are_found_by_the_image_they_name(cluster: Kubectl) -> None:
    apply(cluster, quickstart("batchpool.yaml", name="selected"))
    apply(
        cluster,
        merged(quickstart("batchpool.yaml", name="unselected"), {"spec": {"galleryImageRef": {"name": "other"}}}),
    )

    found = cluster.run("get", "bpool", "--field-selector=spec.galleryImageRef.name=other", "--output=name")

    assert found.split() == ["batchpool.azurebatch.io/unselected"]


def test_location_may_be_added_to_an_account_later(cluster: Kubectl) -> None:
    pool = quickstart("batchpool.yaml", name="located")
    apply(cluster, pool)

    located = apply(cluster, merged(pool, {"spec": {"account": {"location": "westeurope"}}}))

    assert located.exit_status == 0, located.stderr


def test_a_new_source_comes_with_a_new_version(cluster: Kubectl) -> None:
    image = quickstart("galleryimage.yaml", name="newer")
    apply(cluster, image)
    source = image["spec"]["source"]["managedImage"]["id"].replace("node-1", "node-2")

    published = apply(
        cluster, merged(image, {"spec": {"version": "1.1.0", "source": {"managedImage": {"id": source}}}})
    )

    assert published.exit_status == 0, published.stderr


@pytest.mark.parametrize("timeout", ["PT5M", "PT300S", "PT4M60S", "PT1H", "P1D", "P1DT12H", "P1W", "PT45M00S"])
def test_a_resize_timeout_may_have_any_form_of_5_minutes_or_more(cluster: Kubectl, timeout: str) -> None:
    pool = merged(quickstart("batchpool.yaml"), {"spec": {"resizeTimeout": timeout}})

    accepted = apply(cluster, pool, "--dry-run=server")

    assert accepted.exit_status == 0, accepted.stderr


@pytest.mark.parametrize("interval", ["PT5M", "P7D", "PT168H", "P1W", "P6DT24H"])
def test_an_autoscale_interval_may_have_any_form_up_to_a_week(cluster: Kubectl, interval: str) -> None:
    autoscale = {
        "targetDedicatedNodes": None,
        "enableAutoScale": True,
        "autoScaleFormula": FORMULA,
        "autoScaleEvaluationInterval": interval,
    }

    accepted = apply(cluster, merged(quickstart("batchpool.yaml"), {"spec": autoscale}), "--dry-run=server")

    assert accepted.exit_status == 0, accepted.stderr


@pytest.mark.parametrize(
    "reference",
    [
        {"virtualMachineImageId": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/galleries/a/images/b"},
        {"virtualMachineImageId": "/subscriptions/s/resourcegroups/g/providers/microsoft.compute/images/b"},
        {"sharedGalleryImageId": "/sharedGalleries/a/images/b/versions/1.0.0"},
        {"communityGalleryImageId": "/communityGalleries/a/images/b/versions/latest"},
        {"publisher": "canonical", "offer": "0001-com-ubuntu-server-jammy", "sku": "22_04-lts", "version": "latest"},
    ],
)
def test_an_image_may_be_named_in_every_form_of_the_api(cluster: Kubectl, reference: dict[str, str]) -> None:
    machine = {"virtualMachineConfiguration": {"imageReference": reference}}

    accepted = apply(
        cluster,
        merged(quickstart("batchpool.yaml"), {"spec": machine | {"galleryImageRef": None}}),
        "--dry-run=server",
    )

    assert accepted.exit_status == 0, accepted.stderr


@pytest.mark.parametrize("endpoint", ["contoso.westeurope.batch.azure.com", "https://localhost:8443", "127.0.0.1:443"])
def test_an_account_may_be_named_by_its_endpoint(cluster: Kubectl, endpoint: str) -> None:
    account = {"resourceGroup": None, "name": None, "endpoint": endpoint, "location": "West Europe"}
    pool = merged(quickstart("batchpool.yaml", name="by-endpoint"), {"spec": {"account": account}})

    accepted = apply(cluster, pool, "--dry-run=server")

    assert accepted.exit_status == 0, accepted.stderr


def patch_status(what: str, status: Manifest) -> tuple[str, ...]:
    return ("patch", what, "--subresource=status", "--type=merge", f"--patch={json.dumps({'status': status})}")
