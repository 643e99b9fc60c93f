"""What people do with kubectl, each tried for real."""

import json
import re

import pytest

from tests.support.eventually import eventually
from tests.support.play import Play, example

pytestmark = pytest.mark.e2e


def test_wait_get_describe_scale_and_diff_work_as_people_expect(play: Play) -> None:
    play.quickstart()
    play.kubectl.run("wait", "--for=condition=Ready", "galleryimage/render-node", "batchpool/frames", "--timeout=90s")
    play.sized(2)

    pools = _row(play.kubectl.run("get", "bpool"))
    assert pools["READY"] == "True"
    assert pools["DEDICATED"] == "2/2"
    assert pools["STATE"] == "steady"

    images = _row(play.kubectl.run("get", "gimg"))
    assert images["READY"] == "True"
    assert images["VERSION"] == "1.0.0"
    assert images["REPLICAS"] == "1/1"

    described = eventually(lambda: _with_events(play.kubectl.run("describe", "batchpool/frames")), within=15)
    assert re.search(r"Normal\s+Created", described)

    scale = json.loads(play.kubectl.run("get", "batchpool/frames", "--subresource=scale", "--output=json"))
    assert (scale["spec"]["replicas"], scale["status"]["replicas"]) == (2, 2)

    manifest = json.dumps(_placed(play, "batchpool.yaml"))
    difference = play.kubectl("diff", "--filename=-", stdin=manifest)
    assert (difference.exit_status, difference.stdout) == (0, "")


def test_reconcile_now_is_answered_in_status(play: Play) -> None:
    play.quickstart()
    play.sized(2)
    play.kubectl.run("annotate", "batchpool/frames", "azurebatch.io/reconcile-requested-at=please")
    eventually(lambda: play.pool()["status"].get("lastHandledReconcileAt") == "please", within=15)


def _row(table: str) -> dict[str, str]:
    """The first row of a kubectl table by column; columns are two spaces apart."""
    head, row, *_ = table.splitlines()
    starts = [match.start() for match in re.finditer(r"\S+( \S+)*", head)]
    cells = [row[start:end].strip() for start, end in zip(starts, [*starts[1:], None], strict=True)]
    return dict(zip(re.findall(r"\S+(?: \S+)*", head), cells, strict=True))


def _with_events(described: str) -> str:
    assert "Events:" in described
    assert "Created" in described, described
    return described


def _placed(play: Play, file: str) -> dict[str, object]:
    body = example(file)
    return {**body, "metadata": {**body["metadata"], "namespace": play.kubectl.namespace}}
