"""The command `validate`: what it reads, what it prints, and how it ends."""

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from azure_batch_operator.cli import main
from tests.support.custom_resources import QUICKSTART, ROOT, merged, quickstart

HOOKS = ROOT / ".pre-commit-hooks.yaml"


def validate(*arguments: str | Path, stdin: str = "") -> Result:
    return CliRunner().invoke(main, ["validate", *map(str, arguments)], input=stdin)


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """A BatchPool with one error."""
    path = tmp_path / "wrong.yaml"
    path.write_text(yaml.safe_dump(merged(quickstart("batchpool.yaml"), {"spec": {"vmSize": "a b"}})))
    return path


@pytest.fixture
def doubtful(tmp_path: Path) -> Path:
    """Two BatchPools that describe one pool."""
    pool = quickstart("batchpool.yaml")
    path = tmp_path / "doubtful.yml"
    path.write_text(yaml.safe_dump_all([pool, merged(pool, {"metadata": {"name": "b"}, "spec": {"poolId": "frames"}})]))
    return path


def test_files_with_nothing_wrong_end_well() -> None:
    result = validate(QUICKSTART)

    assert result.output == "2 objects in 3 files: nothing wrong.\n"
    assert result.exit_code == 0


def test_an_error_is_told_with_its_place_in_a_form_that_editors_follow(wrong: Path) -> None:
    result = validate(wrong)

    line = next(number for number, text in enumerate(wrong.read_text().splitlines(), 1) if "vmSize" in text)
    assert f"{wrong}:{line}:3: error: BatchPool frames: spec.vmSize: Invalid value: " in result.output
    assert result.output.splitlines()[-1] == "1 object in 1 file: 1 error."
    assert result.exit_code == 1


def test_warnings_fail_only_where_that_is_asked_for(doubtful: Path) -> None:
    assert validate(doubtful).exit_code == 0
    assert "2 objects in 1 file: 1 warning" in validate(doubtful).output
    assert validate("--strict", doubtful).exit_code == 1


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    result = validate(tmp_path / "missing.yaml")

    assert result.exit_code == 2
    assert "does not exist" in result.output


def test_a_file_that_is_no_text_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")

    result = validate(tmp_path)

    assert result.exit_code == 2
    assert "binary.yaml cannot be read" in result.output


def test_what_is_no_yaml_is_an_error_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("apiVersion: azurebatch.io/v1alpha1\nspec: [\n")

    result = validate(path)

    assert f"{path}:3:1: error: this is no YAML" in result.output
    assert result.exit_code == 1


def test_standard_input_is_read_for_a_dash() -> None:
    result = validate("-", stdin="".join(path.read_text() + "---\n" for path in sorted(QUICKSTART.glob("*.yaml"))))

    assert result.output == "2 objects in 1 file: nothing wrong.\n"


def test_a_folder_is_read_to_its_depths_and_hidden_folders_are_not(tmp_path: Path) -> None:
    for folder in ("a/b", ".git"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "pool.yaml").write_text((QUICKSTART / "batchpool.yaml").read_text())

    assert validate(tmp_path).output.splitlines()[-1] == "1 object in 1 file: 1 note."


def test_files_that_hold_nothing_of_ours_end_well_and_say_so(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("kind: Namespace\n")

    result = validate(tmp_path)

    assert result.output == "No GalleryImage and no BatchPool in 1 file.\n"
    assert result.exit_code == 0


def test_programs_get_all_of_it_as_json(wrong: Path) -> None:
    result = validate("--output", "json", wrong)

    told = json.loads(result.output)
    assert (told["files"], told["objects"], told["errors"], told["warnings"]) == (1, 1, 1, 0)
    (found,) = told["findings"]
    assert found | {"message": None} == {
        "file": str(wrong),
        "line": found["line"],
        "column": 3,
        "level": "error",
        "object": "BatchPool frames",
        "field": "spec.vmSize",
        "message": None,
        "hint": None,
    }


def test_github_gets_annotations_whose_text_cannot_break_out(wrong: Path) -> None:
    wrong.write_text(wrong.read_text().replace("vmSize: a b", "vmSize: 50%0A::error::x"))

    annotation, summary = validate("--output", "github", wrong).output.splitlines()

    assert annotation.startswith(f"::error file={wrong},line=")
    assert ',title=BatchPool frames::spec.vmSize: Invalid value: "50%250A::error::x"' in annotation
    assert summary == "1 object in 1 file: 1 error."


def test_the_hook_for_pre_commit_calls_a_command_that_there_is() -> None:
    (hook,) = yaml.safe_load(HOOKS.read_text())
    program, command = hook["entry"].split()

    assert (program, command) == ("azure-batch-operator", "validate")
    assert hook["require_serial"] is True
    assert validate(*sorted(QUICKSTART.glob("*.yaml"))).exit_code == 0
