"""Tells what the deletion of a pool means for the jobs whose tasks run there."""

from dataclasses import dataclass

from azure_batch_operator.cloud.jobs import Jobs
from azure_batch_operator.core.accounts import Account
from azure_batch_operator.core.failures import AzureFailure
from azure_batch_operator.core.plan.pool_steps import Delete
from azure_batch_operator.reconcile.outcome import Note

_MOST_NAMED = 5


@dataclass(slots=True, kw_only=True)
class PoolJobs:
    """Looks at jobs once, just before their pool is deleted; nothing depends on the answer."""

    jobs: Jobs

    async def note(self, account: Account, pool_id: str, step: Delete) -> Note:
        """How many active jobs lose their nodes, and what becomes of their tasks."""
        try:
            active = await self.jobs.active_on(account, pool_id)
        except AzureFailure as failure:
            return _note(f"How many active jobs target pool {pool_id} is not known: {failure.code}.", alarming=False)
        if not active:
            return _note(f"No active job targets pool {pool_id}.", alarming=False)
        return _note(f"{_counted(active)} pool {pool_id}: {_what_follows(step)}", alarming=not step.change)


def _counted(active: tuple[str, ...]) -> str:
    named = ", ".join((*active[:_MOST_NAMED], *(["…"] if len(active) > _MOST_NAMED else [])))
    return f"1 active job ({named}) targets" if len(active) == 1 else f"{len(active):,} active jobs ({named}) target"


def _what_follows(step: Delete) -> str:
    if step.change:
        return "their tasks wait, running ones again from their beginning, until it is made again."
    return (
        "their tasks wait, running ones again from their beginning, until there is a pool of that id again, or the "
        "jobs are given another pool or ended."
    )


def _note(message: str, *, alarming: bool) -> Note:
    return Note(type="Warning" if alarming else "Normal", reason="ActiveJobs", action="Delete", message=message)
