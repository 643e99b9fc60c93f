"""What is read only now and then: how long an answer is believed, and a refusal."""

from dataclasses import dataclass, field

import pytest

from azure_batch_operator.core.failures import AzureFailure, FailureKind
from azure_batch_operator.reconcile.lately import REFUSAL_BELIEVED, Lately

HOUR = 3600.0


@dataclass
class Source:
    """Something that is read, with the answers that it gives one after the other."""

    answers: list[str | AzureFailure | None]
    now: float = 0.0
    reads: int = 0
    lately: Lately[str] = field(init=False)

    def __post_init__(self) -> None:
        self.lately = Lately(monotonic=lambda: self.now, max_age=HOUR, keep=lambda answer: answer != "not yet")

    async def read(self) -> str | None:
        self.reads += 1
        answer = self.answers.pop(0)
        if isinstance(answer, AzureFailure):
            raise answer
        return answer

    async def get(self, *, after: float = 0.0) -> str | None:
        self.now += after
        return await self.lately.get("key", self.read)


def failure(kind: FailureKind) -> AzureFailure:
    return AzureFailure(kind=kind, operation="Any", target="any", code="Any", message="any")


async def test_an_answer_is_believed_for_as_long_as_was_said() -> None:
    source = Source(["first", "second"])
    assert [await source.get(), await source.get(after=HOUR), await source.get(after=1)] == ["first", "first", "second"]
    assert source.reads == 2


async def test_absence_and_what_is_not_to_be_kept_are_looked_at_each_time() -> None:
    source = Source([None, "not yet", "there"])
    assert [await source.get(), await source.get(), await source.get(), await source.get()] == [
        None,
        "not yet",
        "there",
        "there",
    ]


async def test_a_refusal_is_told_again_without_a_look_for_a_while() -> None:
    source = Source([failure(FailureKind.FORBIDDEN), "granted"])
    for after in (0.0, REFUSAL_BELIEVED - 1):
        with pytest.raises(AzureFailure):
            await source.get(after=after)
    assert source.reads == 1
    assert await source.get(after=1) == "granted"


@pytest.mark.parametrize("kind", [FailureKind.THROTTLED, FailureKind.UNAVAILABLE])
async def test_a_failure_that_passes_is_asked_again_at_once(kind: FailureKind) -> None:
    source = Source([failure(kind), "there"])
    with pytest.raises(AzureFailure):
        await source.get()
    assert await source.get() == "there"
