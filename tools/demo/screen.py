"""What the person sees: both resources live on a terminal, plain lines where there is none."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

Body = Mapping[str, Any]

STYLES = {"True": "green", "False": "yellow", "Unknown": "dim"}
MARKS = {"True": "✔", "False": "…", "Unknown": "?"}


class Screen:
    """Shows chapters as they pass, and below them the newest state of the image and the pool."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, refresh_per_second=8, transient=True) if console.is_terminal else None
        self._said: dict[str, str] = {}

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def chapter(self, number: int, title: str) -> None:
        """A new chapter begins."""
        self.say(Text(f"\n{number}. {title}", style="bold"))

    def command(self, words: str) -> None:
        """What the person would type now."""
        self.say(Text(f"   $ {words}", style="cyan"))

    def observed(self, sentence: str, seconds: float) -> None:
        """Something that was promised has been seen."""
        self.say(Text.assemble(("   ✔ ", "green"), sentence, (f"  ({seconds:.1f} s)", "dim")))

    def say(self, words: RenderableType) -> None:
        """Anything else; lines are broken by the terminal, not by us."""
        self._console.print(words, soft_wrap=True)

    def show(self, image: Body | None, pool: Body | None) -> None:
        """The newest state of both resources."""
        if self._live:
            self._live.update(Group(*(panel for panel in (_image(image), _pool(pool)) if panel)))
        else:
            self._tell("GalleryImage", image)
            self._tell("BatchPool", pool)

    def _tell(self, kind: str, body: Body | None) -> None:
        ready = _condition(body, "Ready")
        reason = ready.get("reason", "")
        if reason and self._said.get(kind) != reason:
            self._said[kind] = reason
            self.say(Text(f"   {kind}: {reason}: {ready.get('message', '')}", style="dim"))


def _image(body: Body | None) -> Panel | None:
    if body is None:
        return None
    table = Table("region", "nodes", "replicas wanted", "had", "ready", "state", "progress", box=None)
    for region in body.get("status", {}).get("regions", ()):
        table.add_row(
            region["name"],
            f"{region.get('nodes', 0):,}",
            str(region.get("requiredReplicas", "")),
            str(region.get("replicas", "")),
            str(region.get("readyReplicas", "")),
            region.get("state", ""),
            ProgressBar(total=100, completed=float(region.get("progress", 0)), width=20),
        )
    return _panel("GalleryImage", body, table)


def _pool(body: Body | None) -> Panel | None:
    if body is None:
        return None
    status = body.get("status", {})
    wanted, had = body["spec"].get("targetDedicatedNodes", 0), status.get("currentDedicatedNodes", 0)
    table = Table("nodes wanted", "target in Azure", "had", "allocation", "resize timeout", "", box=None)
    table.add_row(
        f"{wanted:,}",
        f"{status.get('targetDedicatedNodes', 0):,}",
        f"{had:,}",
        status.get("allocationState", ""),
        status.get("resizeTimeout", ""),
        ProgressBar(total=float(max(wanted, had, 1)), completed=float(had), width=20),
    )
    return _panel("BatchPool", body, table)


def _panel(kind: str, body: Body, table: Table) -> Panel:
    lines = [
        Text.assemble(
            (f"{MARKS[c['status']]} {c['type']:<14}", STYLES[c["status"]]), f"{c['reason']}: {c.get('message', '')}"
        )
        for c in body.get("status", {}).get("conditions", ())
        if c["type"] != "Reconciling"
    ]
    return Panel(Group(table, *lines), title=f"{kind} {body['metadata']['name']}", title_align="left")


def _condition(body: Body | None, kind: str) -> Body:
    conditions = (body or {}).get("status", {}).get("conditions", ())
    return next((c for c in conditions if c["type"] == kind), {})
