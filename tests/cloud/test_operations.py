"""The table of operations, from which a least-privilege role follows."""

from azure_batch_operator.cloud import operations
from azure_batch_operator.cloud.operations import OPERATIONS, Operation


def test_the_table_has_every_operation_of_the_module_once() -> None:
    defined = [value for value in vars(operations).values() if isinstance(value, Operation)]
    assert sorted(OPERATIONS, key=lambda operation: operation.name) == sorted(defined, key=lambda found: found.name)
    assert len({operation.name for operation in OPERATIONS}) == len(OPERATIONS)


def test_what_writes_needs_more_than_reading() -> None:
    for operation in OPERATIONS:
        assert operation.writes is not operation.action.endswith("/read"), operation
