"""The chapters of the demo. Each acts as a person would, and passes only when its promises were observed."""

from collections.abc import Callable
from dataclasses import dataclass

from tools.demo.audience import IMAGE, NAMESPACE, POOL, Audience, NotObservedError
from tools.demo.meddler import change_start_task, start_task_command
from tools.demo.proof import nodes_before_replicas, replicas_before_nodes
from tools.stage import Stage

QUICKSTART = "examples/quickstart"
BRISK = '{"spec":{"replication":{"scaleDownDelay":"4s"}}}'
ACCOUNT = "contoso"
MEDDLED = "/bin/sh -c 'echo somebody was here'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What every chapter needs."""

    stage: Stage
    audience: Audience

    def kubectl(self, *arguments: str) -> str:
        """Type a kubectl command for everybody to see."""
        self.audience.screen.command(f"kubectl {' '.join(arguments)}")
        return self.stage.cluster.must(*arguments)

    def scale(self, nodes: int) -> None:
        """`kubectl scale` the pool."""
        self.kubectl("scale", f"batchpool/{POOL}", f"--replicas={nodes}", f"--namespace={NAMESPACE}")

    def prove(self, sentence: str, error: str | None) -> None:
        """A statement about the request log; `error` says what contradicts it."""
        if error:
            raise NotObservedError(f"The request log contradicts “{sentence}”: {error}")
        self.audience.screen.observed(f"{sentence} (from Azure's request log)", 0.0)


def appear(story: Story) -> None:
    """Two YAML files become Azure objects."""
    story.kubectl("apply", "--filename", f"{QUICKSTART}/namespace.yaml", "--filename", QUICKSTART)
    story.kubectl("patch", f"galleryimage/{IMAGE}", f"--namespace={NAMESPACE}", "--type=merge", f"--patch={BRISK}")
    expect = story.audience.expect
    expect("the gallery, the image definition and its version are published", lambda s: s.ready(s.image))
    expect("the pool boots from it: Ready with 2 nodes", lambda s: s.pool_is_ready_with(2))


def grow(story: Story) -> None:
    """Replicas first, nodes second."""
    mark = story.stage.azure.control.sequence()
    story.scale(3000)
    expect = story.audience.expect
    expect("the region goes from 1 to 5 replicas", lambda s: s.replicas() == 5)
    expect("3,000 nodes are there, and the pool is Ready", lambda s: s.pool_is_ready_with(3000), within=60)
    requests = story.stage.azure.control.requests(since=mark)
    story.prove(
        "5 replicas were Completed before the resize to 3,000, which had 45 minutes",
        replicas_before_nodes(requests, nodes=3000, replicas=5, timeout_minutes=45),
    )


def exceed(story: Story) -> None:
    """Beyond the account's core quota, and back."""
    story.scale(3500)
    expect = story.audience.expect
    refused = expect(
        "Azure refuses: Ready is False with Azure's own code",
        lambda s: s.condition(s.pool, "Ready").get("reason") == "AccountCoreQuotaReached",
    )
    words = refused.condition(refused.pool, "Ready")["message"]
    story.audience.screen.say(f"     “{words}”")
    story.audience.screen.command("(somebody raises the core quota of the account to 8,000)")
    story.stage.azure.control.change_quotas(ACCOUNT, {"dedicatedCoreQuota": 8000})
    expect("it converges by itself: 3,500 nodes, Ready", lambda s: s.pool_is_ready_with(3500), within=60)


def shrink(story: Story) -> None:
    """Nodes first, replicas after `scaleDownDelay`."""
    mark = story.stage.azure.control.sequence()
    story.scale(500)
    expect = story.audience.expect
    expect("the pool has 500 nodes", lambda s: s.pool_is_ready_with(500))
    expect("then the region falls to 1 replica", lambda s: s.replicas() == 1 and s.ready(s.image))
    requests = story.stage.azure.control.requests(since=mark)
    story.prove("the resize came before the replicas went", nodes_before_replicas(requests, nodes=500, replicas=1))


def meddle(story: Story) -> None:
    """Somebody changes the pool behind our back."""
    azure = story.stage.azure
    wanted = start_task_command(azure, ACCOUNT, POOL)
    story.audience.screen.command(f"(somebody sets the start task of pool {POOL} to: {MEDDLED})")
    change_start_task(azure, ACCOUNT, POOL, MEDDLED)
    story.audience.expect(
        "the start task is put back", lambda _: start_task_command(azure, ACCOUNT, POOL) == wanted, within=30
    )
    story.audience.expect("an Event names the field", lambda _: _event_names_field(story), within=15)


def disappear(story: Story) -> None:
    """Both are deleted, and nothing is left in Azure."""
    story.kubectl("delete", f"batchpool/{POOL}", f"galleryimage/{IMAGE}", f"--namespace={NAMESPACE}", "--wait=false")
    story.audience.expect("both resources are gone", lambda s: s.image is None and s.pool is None, within=60)
    left = story.stage.azure.leftovers()
    story.prove("no pool, version, definition or gallery is left in Azure", ", ".join(left) or None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A title and what happens."""

    title: str
    play: Callable[[Story], None]


CHAPTERS = (
    Chapter(title="An image and a pool of 2 nodes, from YAML", play=appear),
    Chapter(title="2 → 3,000 nodes: replicas first, nodes second", play=grow),
    Chapter(title="Beyond the core quota, and back", play=exceed),
    Chapter(title="3,500 → 500 nodes: nodes first, replicas later", play=shrink),
    Chapter(title="Somebody changes the pool behind our back", play=meddle),
    Chapter(title="Everything is deleted", play=disappear),
)


def _event_names_field(story: Story) -> bool:
    events = story.stage.cluster.list("events.events.k8s.io", namespace=NAMESPACE)
    return any("startTask" in event.get("note", "") for event in events)
