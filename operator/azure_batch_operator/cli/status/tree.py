"""The overview as a tree for a terminal: marks and words, so that nothing is told by colour alone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text
from rich.tree import Tree

from azure_batch_operator.core.overview import (
    AbsentImage,
    ImageBranch,
    KnownPool,
    Overview,
    Pool,
    RegionBranch,
    SeenPool,
    SeenRegion,
    Share,
    State,
    Verdict,
)

_MARKS: Mapping[State, tuple[str, str]] = {
    State.READY: ("✔", "green"),
    State.MOVING: ("▶", "blue"),
    State.RETRYING: ("↻", "yellow"),
    State.STALLED: ("✖", "red"),
    State.SUSPENDED: ("‖", "cyan"),
    State.DELETING: ("✂", "magenta"),
    State.UNSEEN: ("?", "bright_black"),
}
_ILL = frozenset({"startTaskFailed", "unusable", "unknown", "offline", "preempted"})
_AT_WORK = frozenset({"idle", "running"})
_GUIDES = "bright_black"


def tree(overview: Overview) -> RenderableType:
    """Everything, one tree for each image, and a line that counts."""
    branches = [
        *(_image(branch) for branch in overview.images),
        *(_absent(each) for each in overview.absent),
        *([_loose(overview.loose)] if overview.loose else ()),
    ]
    return Group(*branches, Text(), _counts(overview))


def _image(branch: ImageBranch) -> Tree:
    image = branch.image
    label = _title(image.verdict, f"{image.namespace}/{image.name}", image.version)
    if image.nodes is not None:
        label.append(f"  {_counted(image.nodes, 'node')}")
    drawn = Tree(_explained(label, image.verdict), guide_style=_GUIDES)
    for region in branch.regions:
        _add_region(drawn, region)
    _add_pools(drawn, branch.elsewhere)
    if branch.unlisted:
        drawn.add(Text(f"{_counted(branch.unlisted, 'more pool')} that its status does not list", "bright_black"))
    return drawn


def _absent(absent: AbsentImage) -> Tree:
    label = Text.assemble(("? ", "bright_black"), ("/".join(absent.name), "bold"), "  not to be seen from here")
    drawn = Tree(label, guide_style=_GUIDES)
    _add_pools(drawn, absent.pools)
    return drawn


def _loose(pools: Sequence[SeenPool]) -> Tree:
    drawn = Tree(Text("Pools without a GalleryImage", "bold"), guide_style=_GUIDES)
    for pool in pools:
        _add_pool(drawn, pool, _short(pool.image_id))
    return drawn


def _short(image_id: str | None) -> str | None:
    """A Resource Manager id by its last four steps; others are short."""
    steps = (image_id or "").split("/")
    return f"…/{'/'.join(steps[-4:])}" if len(steps) > 6 else image_id


def _add_region(image: Tree, branch: RegionBranch) -> None:
    region = branch.region
    share = Share(had=region.ready or 0, wanted=region.required or 0)
    label = Text.assemble((region.name, "bold"), "  ", (f"{share} replicas", _colour_of(region)))
    for detail in _region_details(region):
        label.append(f"  {detail}")
    _add_pools(image.add(label), branch.pools)


def _colour_of(region: SeenRegion) -> str:
    if region.state == "Failed":
        return "red"
    return "green" if (region.ready or 0) >= (region.required or 0) else "yellow"


def _region_details(region: SeenRegion) -> Iterator[str]:
    if region.replicas is not None and region.replicas != region.required:
        yield f"{region.replicas:,} asked for"
    if region.state and region.state != "Completed":
        yield region.state if region.progress is None else f"{region.state} {region.progress} %"
    if region.nodes is not None:
        yield _counted(region.nodes, "node")


def _add_pools(parent: Tree, pools: Iterable[Pool]) -> None:
    for pool in pools:
        if isinstance(pool, SeenPool):
            _add_pool(parent, pool, pool.version)
        else:
            parent.add(_known(pool))


def _add_pool(parent: Tree, pool: SeenPool, image: str | None) -> None:
    label = _title(pool.verdict, f"{pool.namespace}/{pool.name}", image)
    if pool.dedicated is not None:
        label.append(f"  {pool.dedicated} nodes")
    if pool.spot and pool.spot.wanted + pool.spot.had:
        label.append(f"  {pool.spot} Spot")
    if pool.resizing:
        label.append("  resizing", "blue")
    drawn = parent.add(_explained(label, pool.verdict))
    if pool.nodes:
        drawn.add(_nodes(pool.nodes))
    if pool.pending:
        drawn.add(Text(f"waits: {', '.join(pool.pending)}", "yellow"))


def _known(pool: KnownPool) -> Text:
    """A pool that is not shown here with a verdict, since whoever looks sees no BatchPool of it."""
    whose = "its BatchPool is not to be seen from here" if pool.ours else "no BatchPool describes it"
    known = [pool.title, pool.version, None if pool.nodes is None else _counted(pool.nodes, "node")]
    words = "  ".join(word for word in known if word)
    return Text.assemble(("· ", "bright_black"), words, (f"  {whose}", "bright_black"))


def _nodes(nodes: Mapping[str, int]) -> Text:
    in_order = sorted(nodes.items(), key=lambda each: (each[0] in _ILL, each[0] not in _AT_WORK, each[0]))
    return Text(" · ").join(Text(f"{count:,} {state}", _colour_of_node(state)) for state, count in in_order)


def _colour_of_node(state: str) -> str:
    if state in _ILL:
        return "red"
    return "green" if state in _AT_WORK else "blue"


def _title(verdict: Verdict, name: str, version: str | None) -> Text:
    mark, colour = _MARKS[verdict.state]
    label = Text.assemble((f"{mark} ", colour), (name, "bold"))
    if version:
        label.append(f"  {version}")
    return label.append(f"  {_word(verdict)}", colour)


def _word(verdict: Verdict) -> str:
    """Ready, or why not; where the state says more than the reason of Ready, both."""
    match verdict.state:
        case State.READY:
            return "Ready"
        case State.SUSPENDED | State.DELETING:
            return f"{verdict.state.value}, {verdict.reason}"
        case _:
            return verdict.reason


def _explained(label: Text, verdict: Verdict) -> RenderableType:
    """The label, with lines on what is waited for and what should be known."""
    lines = [Padding(line, (0, 0, 0, 2)) for line in _explanations(verdict)]
    return Group(label, *lines) if lines else label


def _explanations(verdict: Verdict) -> Iterator[Text]:
    if verdict.message and verdict.state is not State.READY:
        yield Text(verdict.message, "bright_black")
    if verdict.advice:
        yield Text(f"! {verdict.advice}", "yellow")
    if verdict.outdated:
        yield Text("The operator has not seen the newest spec yet.", "bright_black")


def _counts(overview: Overview) -> Text:
    images = [branch.image.verdict for branch in overview.images]
    pools = [pool.verdict for pool in pools_of(overview)]
    tally = {state: sum(each.state is state for each in (*images, *pools)) for state in State}
    told = Text(f"{_counted(len(images), 'image')}, {_counted(len(pools), 'pool')}: ")
    return told + Text(", ").join(
        Text(f"{count:,} {state.value}", _MARKS[state][1]) for state, count in tally.items() if count
    )


def pools_of(overview: Overview) -> Iterator[SeenPool]:
    """Every BatchPool of an overview."""
    for branch in overview.images:
        for pool in (*(pool for each in branch.regions for pool in each.pools), *branch.elsewhere):
            if isinstance(pool, SeenPool):
                yield pool
    for absent in overview.absent:
        yield from absent.pools
    yield from overview.loose


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
