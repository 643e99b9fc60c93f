"""`azure-batch-operator azure-role`, for the Azure CLI and for people."""

import json
from typing import Any

from click.testing import CliRunner, Result

from azure_batch_operator.cli import main

SCOPE = "/subscriptions/00000000-0000-0000-0000-000000000000"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["azure-role", *arguments])


def printed(*arguments: str) -> Any:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_role_definition_is_printed_for_the_azure_cli() -> None:
    role = printed("--scope", SCOPE, "--scope", f"{SCOPE}/resourceGroups/images", "--name", "Render operator")
    assert list(role) == ["Name", "IsCustom", "Description", "Actions", "DataActions", "AssignableScopes"]
    assert (role["Name"], role["IsCustom"]) == ("Render operator", True)
    assert role["AssignableScopes"] == [SCOPE, f"{SCOPE}/resourceGroups/images"]
    assert "Microsoft.Batch/batchAccounts/pools/write" in role["Actions"]


def test_what_somebody_does_without_is_left_out() -> None:
    role = printed("--scope", SCOPE, "--without", "jobs", "--without", "vhds")
    assert role["DataActions"] == []
    assert [action for action in role["Actions"] if action.startswith("Microsoft.Storage/")] == []


def test_people_see_what_each_action_is_for() -> None:
    lines = run("--scope", SCOPE, "--output", "text").stdout.splitlines()
    (found,) = [line for line in lines if line.startswith("Microsoft.Batch/batchAccounts/pools/delete ")]
    assert found.split() == ["Microsoft.Batch/batchAccounts/pools/delete", "Pools_DeletePool"]


def test_a_scope_is_needed_and_must_be_one() -> None:
    assert (run().exit_code, "--scope" in run().output) == (2, True)
    refused = run("--scope", "contoso")
    assert refused.exit_code == 2
    assert "'contoso' is no scope: write /subscriptions/<id>" in refused.output
