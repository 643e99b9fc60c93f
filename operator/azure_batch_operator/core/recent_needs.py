"""What a region needed lately: replicas shrink to the most of it, so that a short dip is not paid for twice."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class RecentNeeds:
    """The replicas that a region needed, each from its moment until the next one's."""

    points: tuple[tuple[datetime, int], ...] = ()

    def and_now(self, required: int, now: datetime, *, within: timedelta) -> "RecentNeeds":
        """The same with what is needed now, and without what was over before the time that counts began."""
        known = self._counting(now, within)
        if known and known[-1][1] == required:
            return RecentNeeds(known)
        return RecentNeeds((*known, (now, required)))

    def most(self, now: datetime, *, within: timedelta) -> int:
        """The most that was needed at any moment within that time before now; 0 when nothing is known."""
        counting = self._counting(now, within) if within else ()
        return max((required for _, required in counting), default=0)

    def _counting(self, now: datetime, within: timedelta) -> tuple[tuple[datetime, int], ...]:
        """The points of that time, and the one that was in effect when it began."""
        over = sum(moment <= now - within for moment, _ in self.points)
        return self.points[max(0, over - 1) :]
