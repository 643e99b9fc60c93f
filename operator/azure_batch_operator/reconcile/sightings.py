"""What may be believed: nothing older than our own last write, and absence only from a direct look."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting(Generic[T]):
    """One observation of an Azure object; `value` None means that a direct GET said 404."""

    value: T | None
    sent_at: float
    """Monotonic seconds when the request left: the answer shows a state no older than this."""


class Sightings(Generic[T]):
    """The newest believable sighting of each object, by a key that ignores letter case.

    With `group`, which names the group of an object (None: of no group), a group is found without a look at the rest.
    """

    def __init__(self, group: Callable[[T], str | None] = lambda _: None) -> None:
        self._group = group
        self._groups: defaultdict[str, dict[str, T]] = defaultdict(dict)
        self._seen: dict[str, Sighting[T]] = {}
        self._written: dict[str, float] = {}
        self.revision = 0
        """Grows with every change of what is believed."""

    def believed(self, key: str, *, since: float = float("-inf")) -> Sighting[T] | None:
        """The newest sighting sent at or after `since` and after our last write; None asks for a look."""
        seen = self._seen.get(key.casefold())
        return seen if seen is not None and seen.sent_at >= since else None

    def see(self, key: str, value: T | None, *, sent_at: float) -> bool:
        """Take note of an answer; True when it changes what is believed. Older ones never replace newer ones."""
        folded = key.casefold()
        before = self._seen.get(folded)
        if sent_at <= self._written.get(folded, float("-inf")) or (before and sent_at < before.sent_at):
            return False
        if before is not None and before.value == value:
            self._seen[folded] = Sighting(value=before.value, sent_at=sent_at)
            return False
        self._keep(folded, Sighting(value=value, sent_at=sent_at))
        return True

    def doubt(self, key: str) -> None:
        """A list did not show the object: a hint only, so the next turn must look for itself."""
        self._drop(key.casefold())

    def wrote(self, key: str, *, answered_at: float) -> None:
        """We wrote to the object (or tried): whatever was sent before this moment is not believed any more."""
        folded = key.casefold()
        self._written[folded] = max(answered_at, self._written.get(folded, float("-inf")))
        self._drop(folded)

    def is_unseen_since_our_write(self, key: str) -> bool:
        """Whether we wrote to the object, and have not looked at it since."""
        folded = key.casefold()
        return folded in self._written and folded not in self._seen

    def values(self) -> dict[str, T]:
        """Every object believed to exist, by folded key."""
        return {key: seen.value for key, seen in self._seen.items() if seen.value is not None}

    def group(self, name: str) -> Mapping[str, T]:
        """Every object of a group that is believed to exist, by folded key."""
        return MappingProxyType(self._groups.get(name, {}))

    def forget(self, key: str) -> None:
        """Drop all memory of an object that nobody refers to any more."""
        self._drop(key.casefold())
        self._written.pop(key.casefold(), None)

    def _keep(self, folded: str, sighting: Sighting[T]) -> None:
        self._drop(folded)
        self.revision += 1
        self._seen[folded] = sighting
        name = None if sighting.value is None else self._group(sighting.value)
        if name is not None and sighting.value is not None:
            self._groups[name][folded] = sighting.value

    def _drop(self, folded: str) -> None:
        sighting = self._seen.pop(folded, None)
        self.revision += sighting is not None
        name = None if sighting is None or sighting.value is None else self._group(sighting.value)
        if name is not None:
            self._groups[name].pop(folded, None)
            if not self._groups[name]:
                del self._groups[name]
