"""Watches both resources as a person would, and says when what was promised has been seen."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tools.demo.screen import Screen
from tools.stage import Stage
from tools.stage.apiserver import ApiServer
from tools.waiting import attempts

Body = Mapping[str, Any]
NAMESPACE = "rendering"
IMAGE, POOL = "render-node", "frames"


class NotObservedError(Exception):
    """Something that the demo promises did not happen in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Both resources at one moment; None while a resource is not there."""

    image: Body | None
    pool: Body | None

    def nodes(self) -> int:
        """Nodes that the pool has."""
        return int(_status(self.pool).get("currentDedicatedNodes", 0))

    def replicas(self) -> int:
        """Replicas that the only region is set to."""
        return sum(int(r.get("replicas", 0)) for r in _status(self.image).get("regions", ()))

    def condition(self, of: Body | None, kind: str) -> Body:
        """A condition of the image or the pool; empty when it does not have one."""
        return next((c for c in _status(of).get("conditions", ()) if c["type"] == kind), {})

    def ready(self, of: Body | None) -> bool:
        """Ready is True, and for the spec as it stands now."""
        seen = _status(of).get("observedGeneration") == (of or {}).get("metadata", {}).get("generation")
        return seen and self.condition(of, "Ready").get("status") == "True"

    def pool_is_ready_with(self, nodes: int) -> bool:
        """The pool says that it is ready, and it has that many nodes."""
        return self.ready(self.pool) and self.nodes() == nodes


@dataclass(slots=True, kw_only=True)
class Audience:
    """Looks at the API server a few times a second and shows what it sees."""

    stage: Stage
    screen: Screen
    _server: ApiServer = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._server = ApiServer(self.stage.cluster.plane)

    def look(self) -> Scene:
        """Read both resources, and show them."""
        scene = Scene(
            image=self._server.read("galleryimages", NAMESPACE, IMAGE),
            pool=self._server.read("batchpools", NAMESPACE, POOL),
        )
        self.screen.show(scene.image, scene.pool)
        return scene

    def expect(self, sentence: str, true_of: Callable[[Scene], bool], *, within: float = 45.0) -> Scene:
        """Watch until `true_of` the scene; raises NotObservedError with the last conditions after `within` seconds."""
        began = time.monotonic()
        scene = self.look()
        for _ in attempts(within, every=0.15):
            self.stage.operator.must_run()
            scene = self.look()
            if true_of(scene):
                self.screen.observed(sentence, time.monotonic() - began)
                return scene
        raise NotObservedError(f"Not observed within {within:.0f} s: {sentence}.\n{_last_words(scene)}")


def _status(body: Body | None) -> Body:
    found: Body = (body or {}).get("status", {})
    return found


def _last_words(scene: Scene) -> str:
    lines = [
        f"  {body['kind']}: {c['type']}={c['status']} {c['reason']}: {c.get('message', '')}"
        for body in (scene.image, scene.pool)
        if body
        for c in _status(body).get("conditions", ())
    ]
    return "\n".join(lines)
