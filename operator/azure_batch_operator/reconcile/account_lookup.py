"""Finds the Batch accounts that specs name, and believes what it found for an hour."""

import asyncio
from collections import defaultdict
from dataclasses import replace

from azure_batch_operator.cloud.accounts import Accounts
from azure_batch_operator.core.accounts import Account, AccountRef
from azure_batch_operator.reconcile.beliefs import Beliefs

HOUR = 3600.0


class AccountLookup:
    """One read per account at a time, however many pools ask."""

    def __init__(self, *, accounts: Accounts, beliefs: Beliefs) -> None:
        self._accounts = accounts
        self._beliefs = beliefs
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def find(self, ref: AccountRef, *, max_age: float = HOUR, accounts: Accounts | None = None) -> Account | None:
        """The account as read at most `max_age` seconds ago, or None when Azure has none; raises AzureFailure.

        Absence is never remembered, so that a new account is found at the next look. `accounts`: as whom to ask, if
        not as the operator itself.
        """
        async with self._locks[ref.key]:
            known = self.believed(ref, max_age=max_age)
            if known is None or ref.name is None:
                return await self._read(accounts or self._accounts, ref, known)
            return known

    def believed(self, ref: AccountRef, *, max_age: float = HOUR) -> Account | None:
        """The account if it was found lately; never asks Azure."""
        seen = self._beliefs.accounts.believed(ref.key, since=self._beliefs.monotonic() - max_age)
        return seen.value if seen else None

    async def _read(self, accounts: Accounts, ref: AccountRef, known: Account | None) -> Account | None:
        """An endpoint is read, at no cost, from each spec anew: one that tells the region tells it for all."""
        sent_at = self._beliefs.monotonic()
        account = await accounts.get(ref)
        if account is not None and account.region is None and known is not None:
            account = replace(account, region=known.region)
        self._beliefs.accounts.see(ref.key, account, sent_at=sent_at)
        return account
