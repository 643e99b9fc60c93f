"""What a pool's metadata tells of the secrets that were applied to it.

Azure shows most secrets to nobody, so a pool cannot be compared with them. What was applied is recorded beside it, in
the same write, as digests under a key that only the operator has: one for all secrets of a top-level property.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import takewhile

from azure_batch_operator.core.confidential import Confidential
from azure_batch_operator.core.names import OWNER_TAG
from azure_batch_operator.core.pools import WantedPool
from azure_batch_operator.core.secret_record import SecretRecord, digest, key_id, record_from
from azure_batch_operator.core.secret_values import SecretUse, SecretValues

RECORD_ITEM = "batch-operator-secrets"
"""The metadata item with the record. Four properties hold secrets, so that it has 160 characters at most."""


def record_of(wanted: WantedPool, values: SecretValues, key: Confidential[bytes]) -> SecretRecord:
    """The record of all the secrets of a pool, as they are now."""
    return SecretRecord(
        key_id=key_id(key),
        digests={top: _digest_of(wanted, held, values, key) for top, held in _by_property(wanted.secrets)},
    )


def record_after(wanted: WantedPool, found: Mapping[str, str], written: Collection[str]) -> str | None:
    """The item as it belongs beside the pool once the properties in `written` are; None for no item.

    `found`: the metadata that the pool has. Of secrets that are not known now nothing new is recorded.
    """
    if wanted.record is None:
        return found.get(RECORD_ITEM)
    before, now = _applied(wanted.record, wanted, found), wanted.record.digests
    kept = {top: digest for top, digest in before.items() if top not in written}
    after = {**kept, **{top: digest for top, digest in now.items() if top in written}}
    return SecretRecord(key_id=wanted.record.key_id, digests=after).text() if after else None


def rotated(wanted: WantedPool, found: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """The places in the body whose secrets are not those that the pool's record tells of, one a property."""
    if wanted.record is None:
        return
    applied = _applied(wanted.record, wanted, found)
    for top, held in _by_property(wanted.secrets):
        if applied.get(top) != wanted.record.digests[top]:
            yield _common(each.path for each in held)


def _applied(now: SecretRecord, wanted: WantedPool, found: Mapping[str, str]) -> Mapping[str, str]:
    """The digests of what the pool has. Where they are not known, they count as those of today: that drains no pool.

    Every write of ours that applies secrets records them, so of a pool of ours that has no record it is known that none
    were applied.
    """
    record = record_from(found.get(RECORD_ITEM))
    if record is not None and record.key_id == now.key_id:
        return record.digests
    none_applied = record is None and found.get(OWNER_TAG) == wanted.owner.tag()
    return {} if none_applied else now.digests


def _by_property(secrets: Iterable[SecretUse]) -> list[tuple[str, list[SecretUse]]]:
    tops = sorted({each.path[0] for each in secrets})
    return [(top, [each for each in secrets if each.path[0] == top]) for top in tops]


def _digest_of(wanted: WantedPool, secrets: Iterable[SecretUse], values: SecretValues, key: Confidential[bytes]) -> str:
    """The pool's id is part of it, so that equal secrets of two pools do not show as equal."""
    placed = sorted((each.path, values[each.value].reveal()) for each in secrets)
    return digest(key, json.dumps([wanted.pool_id.casefold(), placed]))


def _common(paths: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    steps = takewhile(lambda step: len(set(step)) == 1, zip(*paths, strict=False))
    return tuple(step[0] for step in steps)
