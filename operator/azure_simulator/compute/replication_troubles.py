"""Trouble with replication on demand: regions that fail, stand still, or take hours longer."""

import itertools
import re
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, model_validator

from azure_simulator.answers import ArmError
from azure_simulator.resources.locations import normalised
from azure_simulator.sections import Section


class ReplicationOrder(Section):
    """Trouble as it is ordered: it strikes the next `times` replications (None: all) to `region` (None: any).

    `versionRegex` is searched in the ids of versions, without case. `fail` ends the replication with these details
    and `code`, for a retry as well unless `healedBy` is `retry`: the region has to be taken out and put back.
    `hold` makes it take so many simulated seconds longer; with `standStill` it stops half way until the orders are
    cleared.
    """

    region: str | None = None
    version_regex: str | None = None
    times: int | None = Field(default=1, ge=1)
    fail: str | None = None
    code: str = "CrpPirReplicationJobsNotCompleted"
    healed_by: Literal["removal", "retry"] = "removal"
    hold: float = Field(default=0.0, ge=0)
    stand_still: bool = False

    @model_validator(mode="after")
    def _some_effect(self) -> "ReplicationOrder":
        if self.fail is None and not self.hold and not self.stand_still:
            raise ValueError("trouble with replication needs fail, hold or standStill")
        return self

    @property
    def failure(self) -> ArmError | None:
        """How the replication ends; None: well."""
        return None if self.fail is None else ArmError(409, self.code, self.fail)

    @property
    def only_holds(self) -> bool:
        """Whether it is about time alone, and so about updates that replicate nothing as well."""
        return self.fail is None and not self.stand_still

    @property
    def outlasts_retries(self) -> bool:
        """Whether replicating again to the same region meets the same trouble."""
        return self.fail is not None and self.healed_by == "removal"

    def admits(self, version_id: str, region: str) -> bool:
        """Whether it strikes the replication of this version to this region."""
        return (self.region is None or normalised(self.region) == normalised(region)) and (
            self.version_regex is None or re.search(self.version_regex, version_id, re.IGNORECASE) is not None
        )


@dataclass(slots=True, kw_only=True)
class _Ordered:
    number: int
    order: ReplicationOrder
    struck: int = 0

    @property
    def spent(self) -> bool:
        return self.order.times is not None and self.struck >= self.order.times


class Troubles:
    """The ordered troubles; the oldest one that strikes a replication is the only one that does."""

    def __init__(self, orders: tuple[ReplicationOrder, ...] = ()) -> None:
        self._numbers = itertools.count(1)
        self._orders: list[_Ordered] = []
        for order in orders:
            self.order(order)

    def order(self, order: ReplicationOrder) -> int:
        """Add trouble; answers its number."""
        ordered = _Ordered(number=next(self._numbers), order=order)
        self._orders.append(ordered)
        return ordered.number

    def clear(self) -> None:
        """Forget every order."""
        self._orders.clear()

    def documents(self) -> list[dict[str, Any]]:
        """The orders, and how often each has struck."""
        return [
            {
                "id": ordered.number,
                **ordered.order.model_dump(by_alias=True, exclude_none=True, mode="json"),
                "struck": ordered.struck,
                "spent": ordered.spent,
            }
            for ordered in self._orders
        ]

    def striking(self, version_id: str, region: str) -> ReplicationOrder | None:
        """The trouble that strikes a replication that begins now, if any; counts it."""
        for ordered in self._orders:
            if not ordered.spent and ordered.order.admits(version_id, region):
                ordered.struck += 1
                return ordered.order
        return None

    def hold(self, version_id: str) -> float:
        """The seconds that an update without anything to replicate takes longer; counts the order that says so."""
        for ordered in self._orders:
            order = ordered.order
            if not ordered.spent and order.only_holds and order.admits(version_id, ""):
                ordered.struck += 1
                return order.hold
        return 0.0
