"""What counts of nodes by state tell: nodes on their way, nodes that are ill."""

from azure_batch_operator.core.pools import NodeCounts

_ON_THE_WAY = ("creating", "starting", "waitingForStartTask", "rebooting", "reimaging", "leavingPool")
_ILL = ("unusable", "startTaskFailed", "unknown")


def on_the_way(counts: NodeCounts) -> int:
    """Nodes that will be in another state soon."""
    return sum(counts.by_state.get(state, 0) for state in _ON_THE_WAY)


def ill(counts: NodeCounts) -> dict[str, int]:
    """Nodes that do no work and will not by themselves, by state; empty when all is well."""
    return {state: counts.by_state[state] for state in _ILL if counts.by_state.get(state, 0)}


def worth_watching(counts: NodeCounts) -> bool:
    """Whether the counts may change without a resize: something is on its way, ill or taken back by Azure."""
    return bool(on_the_way(counts) or ill(counts) or counts.preempted)
