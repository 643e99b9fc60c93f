"""The picture of `status` in the documentation: drawn by the command's own code, written anew by `make golden`."""

import io
import re
from pathlib import Path
from typing import Any

from rich._export_format import CONSOLE_SVG_FORMAT  # there is no other way to it
from rich.console import Console

from azure_batch_operator.cli.status.reading import seen_image, seen_pool
from azure_batch_operator.cli.status.tree import tree
from azure_batch_operator.core.overview import overview
from tests.support.golden import Golden

PICTURE = Path(__file__).parents[2] / "docs" / "assets" / "status.svg"
FROM_ELSEWHERE = re.compile(r"\s*@font-face \{\{.*?\}\}", re.DOTALL)
"""Rich's own SVG fetches its font from the web; the reader's own does."""

FONTS = "SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace"

WAITS = "westeurope has 3 of the 5 replicas that 3,000 nodes need."
QUOTA = (
    "10 of 30 nodes. 20 more nodes need 40 dedicated cores; 0 of the account's 20 are free. Ask Azure for a larger "
    "core quota of the Batch account, or lower the pool's targets; the resize is repeated meanwhile."
)


def body(name: str, conditions: list[dict[str, Any]], spec: dict[str, Any], **status: Any) -> dict[str, Any]:
    metadata = {"namespace": "rendering", "name": name, "generation": 1}
    return {"metadata": metadata, "spec": spec, "status": {"observedGeneration": 1, "conditions": conditions, **status}}


def condition(type_: str, status: str, reason: str, message: str) -> dict[str, Any]:
    time = "2026-11-30T00:00:00Z"
    return {"type": type_, "status": status, "reason": reason, "message": message, "lastTransitionTime": time}


def ready() -> list[dict[str, Any]]:
    return [condition("Ready", "True", "Succeeded", "As wanted.")]


def waiting(reason: str, message: str, *, reconciling: str = "Progressing") -> list[dict[str, Any]]:
    return [
        condition("Ready", "False", reason, message),
        condition("Reconciling", "True", reconciling, message),
    ]


def pool(name: str, conditions: list[dict[str, Any]], dedicated: str, **status: Any) -> dict[str, Any]:
    spec = {
        "account": {"name": "contoso", "location": status.pop("location")},
        "galleryImageRef": {"name": "render-node"},
    }
    return body(name, conditions, spec, imageVersion="1.4.0", summary={"dedicated": dedicated, "spot": "0/0"}, **status)


def region(name: str, ready_replicas: int, required: int, nodes: int, **more: Any) -> dict[str, Any]:
    replicas = {"requiredReplicas": required, "replicas": required, "readyReplicas": ready_replicas}
    return {"name": name, "nodes": nodes, **replicas, "state": "Completed", "progress": 100, **more}


IMAGE = body(
    "render-node",
    waiting("Replicating", "Version 1.4.0 is changing: westeurope Replicating 60 %, japaneast Completed 100 %."),
    {"version": "1.4.0"},
    version="1.4.0",
    regions=[
        region("westeurope", 3, 5, 3000, state="Replicating", progress=60),
        region("japaneast", 1, 1, 62),
    ],
    pools=[
        {
            "url": "https://studio.japaneast.batch.azure.com/pools/preview",
            "region": "japaneast",
            "nodes": 30,
            "version": "1.4.0",
        }
    ],
    poolCount=1,
    summary={"nodes": 3062},
)
POOLS = [
    pool(
        "frames",
        waiting("WaitingForReplicas", WAITS),
        "1400/3000",
        location="westeurope",
        nodes={"running": 1376, "idle": 21, "startTaskFailed": 3},
    ),
    pool(
        "lighting",
        ready(),
        "2/2",
        location="japaneast",
        nodes={"idle": 2},
        pendingChanges=[{"field": "vmSize", "effect": "emptyPool", "waitsFor": "EmptyPool"}],
    ),
    pool(
        "simulation",
        waiting("AccountCoreQuotaReached", QUOTA, reconciling="ProgressingWithRetry"),
        "10/30",
        location="japaneast",
        nodes={"running": 10},
    ),
]


def test_the_picture_in_the_documentation_is_what_the_command_draws() -> None:
    screen = Console(record=True, width=116, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    screen.print(tree(overview([seen_image(IMAGE)], [seen_pool(each) for each in POOLS])))

    svg = screen.export_svg(
        title="kubectl batchpool status",
        unique_id="status",
        code_format=FROM_ELSEWHERE.sub("", CONSOLE_SVG_FORMAT).replace("Fira Code, monospace", FONTS),
    )

    assert "https://cdn" not in svg
    Golden(PICTURE).shows(svg)
