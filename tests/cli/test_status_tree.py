"""The tree of `status`, drawn from every status that the tests of turns have seen."""

import io
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import yaml
from rich.console import Console

from azure_batch_operator.cli.status.document import document
from azure_batch_operator.cli.status.reading import seen_image, seen_pool
from azure_batch_operator.cli.status.tree import tree
from azure_batch_operator.core.overview import Overview, overview
from tests.support.custom_resources import merged
from tests.support.golden import GOLDEN, Golden

IMAGE = "an-image-at-rest"
Body = dict[str, Any]


def golden_statuses(folder: str) -> Iterator[tuple[str, Body]]:
    for path in sorted((GOLDEN / folder).glob("*.yaml")):
        told = yaml.safe_load(path.read_text().replace("<time>", "2026-11-30T00:00:00Z"))
        if isinstance(told, dict) and "status" in told:
            yield path.stem, json.loads(json.dumps(told["status"], default=datetime.isoformat))


def body(name: str, status: Body, **spec: Any) -> Body:
    return {
        "metadata": {"namespace": "rendering", "name": name, "generation": status.get("observedGeneration", 1)},
        "spec": spec,
        "status": status,
    }


def pool_body(name: str, status: Body, **spec: Any) -> Body:
    account = {"name": "contoso", "location": "westeurope"}
    return body(name, status, account=account, **({"galleryImageRef": {"name": IMAGE}} | spec))


def everything() -> Overview:
    images = [seen_image(body(name, status, version="1.0.0")) for name, status in golden_statuses("images")]
    pools = [seen_pool(pool_body(name, status)) for name, status in golden_statuses("pools")]
    return overview(images, pools)


def drawn(whole: Overview, *, width: int = 120) -> str:
    screen = Console(file=io.StringIO(), width=width, color_system=None)
    screen.print(tree(whole))
    assert isinstance(screen.file, io.StringIO)
    return "\n".join(line.rstrip() for line in screen.file.getvalue().splitlines()) + "\n"


def only_pool(status: Body, **spec: Any) -> str:
    return drawn(overview([], [seen_pool(pool_body("frames", status, **spec))]))


READY = {
    "observedGeneration": 1,
    "conditions": [
        {
            "type": "Ready",
            "status": "True",
            "reason": "Succeeded",
            "message": "2 nodes, as wanted.",
            "observedGeneration": 1,
            "lastTransitionTime": "2026-11-30T00:00:00Z",
        }
    ],
    "summary": {"dedicated": "2/2", "spot": "0/0"},
}


def test_every_status_that_users_see_has_its_place_in_the_tree() -> None:
    Golden(GOLDEN / "cli" / "status.txt").shows(drawn(everything()))


def test_programs_get_the_same_with_the_names_of_the_fields() -> None:
    told = document(everything())

    (image,) = [each for each in told["images"] if each["name"] == IMAGE]
    pools = {each["name"]: each for region in image["regions"] for each in region["pools"] if "name" in each}
    assert image["regions"][0]["readyReplicas"] == 1
    assert pools["a-pool-at-its-core-quota"]["state"] == "retrying"
    assert pools["a-pool-at-its-core-quota"]["dedicated"] == {"had": 10, "wanted": 30}
    assert pools["a-pool-whose-nodes-break"]["nodes"] == {"idle": 1, "startTaskFailed": 3}
    assert json.loads(json.dumps(told)) == told


def test_states_differ_without_colours_too() -> None:
    told = drawn(everything())

    assert [mark for mark in "✔▶↻✖" if mark not in told] == []
    assert "\x1b" not in told


def test_a_pool_that_the_operator_never_saw_says_what_to_look_for() -> None:
    assert "? rendering/frames  NotSeen" in only_pool({})
    assert "is it running, and does it watch this namespace?" in only_pool({})


def test_a_status_that_cannot_be_read_is_no_reason_to_show_nothing() -> None:
    assert "? rendering/frames  Unreadable" in only_pool({"conditions": "none"})


def test_a_suspended_pool_says_so_before_all_else() -> None:
    assert "‖ rendering/frames  suspended, Succeeded  2/2 nodes" in only_pool(READY, suspend=True)


def test_a_spec_that_the_operator_has_not_seen_yet_is_told() -> None:
    old = pool_body("frames", READY)
    new = merged(old, {"metadata": {"generation": 2}})

    assert "has not seen the newest spec" in drawn(overview([], [seen_pool(new)]))
    assert "has not seen the newest spec" not in drawn(overview([], [seen_pool(old)]))


def test_a_pool_of_a_literal_image_shows_the_end_of_its_id() -> None:
    reference = {"virtualMachineImageId": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/images/render"}

    told = only_pool(READY, galleryImageRef=None, virtualMachineConfiguration={"imageReference": reference})

    assert "Pools without a GalleryImage\n└── ✔ rendering/frames  …/providers/Microsoft.Compute/images/render" in told


def test_a_narrow_terminal_wraps_words_below_their_own_branch() -> None:
    told = drawn(everything(), width=60)

    assert max(len(line) for line in told.splitlines()) <= 60


def test_a_thousand_pools_are_drawn_and_none_is_lost() -> None:
    pools = [seen_pool(pool_body(f"pool-{n:04}", READY)) for n in range(1000)]

    told = drawn(overview([], pools))

    assert told.count("✔ rendering/pool-") == 1000
    assert told.endswith("0 images, 1,000 pools: 1,000 ready\n")
