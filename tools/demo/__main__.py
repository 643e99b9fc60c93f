"""`python -m tools.demo`: exit status 0 only when every chapter was observed."""

import argparse
import signal
import sys
import time
from types import FrameType

from rich.console import Console
from rich.table import Table

import tools.demo
from tools.demo.audience import Audience, NotObservedError
from tools.demo.proof import by_operation
from tools.demo.screen import Screen
from tools.demo.story import CHAPTERS, Story
from tools.stage import Stage

SPEED = 240.0
FAREWELL = """
Everything is still running. In another terminal:

  export KUBECONFIG={kubeconfig}
  export PATH={programs}:$PATH

  kubectl apply -f examples/quickstart                         # the image and the pool again
  kubectl get gimg,bpool -n rendering -w                       # watch them
  kubectl scale bpool/frames -n rendering --replicas=1200      # 2 replicas, then 1,200 nodes
  kubectl describe bpool/frames -n rendering                   # conditions and events in words
  kubectl explain bpool.spec.scaling                           # what every field means

Ctrl-C here ends it, and leaves nothing behind."""


def main() -> int:
    """Play all chapters; 1 when one was not observed, 130 after Ctrl-C."""
    signal.signal(signal.SIGTERM, _interrupt)
    console = Console()
    try:
        return _play(console, keep=_arguments().keep)
    except KeyboardInterrupt:
        console.print("\nInterrupted; everything is put away.")
        return 130


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.demo", description=tools.demo.__doc__)
    parser.add_argument("--keep", action="store_true", help="leave everything running at the end, until Ctrl-C")
    return parser.parse_args()


def _play(console: Console, *, keep: bool) -> int:
    console.print("Starting etcd, kube-apiserver, a simulated Azure and the operator …")
    began = time.monotonic()
    with Stage.set(speed=SPEED) as stage, stage.operator.running():
        console.print(
            f"   started in {time.monotonic() - began:.1f} s; Azure's clock runs {SPEED:.0f} times faster here"
        )
        failure = _chapters(console, stage)
        _account_for(console, stage, time.monotonic() - began)
        if failure:
            console.print(f"\n[bold red]✘[/] {failure}", highlight=False)
            console.print(f"\nThe operator's log:\n{_last_lines(stage)}", markup=False, highlight=False)
            return 1
        if keep:
            _keep_running(console, stage)
    return 0


def _chapters(console: Console, stage: Stage) -> NotObservedError | None:
    with Screen(console) as screen:
        story = Story(stage=stage, audience=Audience(stage=stage, screen=screen))
        for number, chapter in enumerate(CHAPTERS, 1):
            screen.chapter(number, chapter.title)
            try:
                chapter.play(story)
            except NotObservedError as failure:
                return failure
    return None


def _account_for(console: Console, stage: Stage, seconds: float) -> None:
    client = stage.azure.ready.client_id
    requests = [r for r in stage.azure.control.requests() if r.caller == client]
    table = Table("Azure operation", "requests", title=f"\n{len(requests)} Azure requests in {seconds:.0f} s", box=None)
    for operation, count in by_operation(requests).items():
        table.add_row(operation, str(count))
    console.print(table)


def _keep_running(console: Console, stage: Stage) -> None:
    plane = stage.cluster.plane
    programs = plane.programs["kubectl"].parent
    console.print(FAREWELL.format(kubeconfig=plane.kubeconfig, programs=programs), markup=False, highlight=False)
    signal.pause()


def _last_lines(stage: Stage) -> str:
    return "\n".join(stage.operator.log.read_text(errors="replace").splitlines()[-15:])


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
