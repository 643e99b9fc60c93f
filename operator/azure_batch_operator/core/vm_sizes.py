"""VM sizes as Batch offers them in a region: what a pool's machines can be, and what they can do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from azure_batch_operator.core.names import same


@dataclass(frozen=True, slots=True, kw_only=True)
class VmSize:
    """A VM size; of what Azure does not tell, nothing is known."""

    name: str
    family: str | None
    capabilities: Mapping[str, str]
    """Values by name, both as Azure writes them: `vCPUs`, `HyperVGenerations`, `PremiumIO`."""

    @property
    def cores(self) -> int | None:
        """What a node counts for in core quotas."""
        told = self.capabilities.get("vCPUs", "")
        return int(told) if told.isdecimal() else None

    @property
    def generations(self) -> frozenset[str]:
        """Hyper-V generations of images that it boots (`V1`, `V2`); none where that is not told."""
        return frozenset(each.strip() for each in self.capabilities.get("HyperVGenerations", "").split(",") if each)

    @property
    def architecture(self) -> str | None:
        """`x64` or `Arm64`."""
        return self.capabilities.get("CpuArchitectureType")

    def can(self, capability: str) -> bool | None:
        """Whether it has a capability that is either there or not; None: not told."""
        told = self.capabilities.get(capability)
        return None if told is None else same(told, "true")


def size_named(sizes: Iterable[VmSize], name: str) -> VmSize | None:
    """The size of that name, in any letter case."""
    return next((each for each in sizes if same(each.name, name)), None)


def nearest_sizes(sizes: Iterable[VmSize], name: str) -> tuple[str, ...]:
    """The three names most like the given one."""
    known = {each.name.casefold(): each.name for each in sizes}
    return tuple(known[each] for each in get_close_matches(name.casefold(), sorted(known), n=3, cutoff=0.0))
