"""Beliefs and the index of who uses whom, as the tests of this folder begin with them."""

import pytest

from azure_batch_operator.core.accounts import Account
from azure_batch_operator.reconcile.beliefs import Beliefs
from azure_batch_operator.reconcile.usage import Usage
from tests.support.images import HOME, WANTED
from tests.support.usage import CONTOSO, HOST, IMAGE, Ticking


@pytest.fixture
def beliefs() -> Beliefs:
    """One account is known, and nothing else."""
    known = Beliefs(monotonic=Ticking())
    account = Account(ref=CONTOSO, endpoint=f"https://{HOST}", region=HOME)
    known.accounts.see(CONTOSO.key, account, sent_at=known.monotonic())
    return known


@pytest.fixture
def usage(beliefs: Beliefs) -> Usage:
    """One GalleryImage is there, and no pool."""
    index = Usage(beliefs=beliefs)
    index.image_seen(IMAGE, WANTED)
    return index
