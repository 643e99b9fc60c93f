"""The bill of materials: everything that the lock puts into the image, and under which licence."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from tools.sbom.packages import packages

PROJECT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("sbom") / "bill.json"
    subprocess.run([sys.executable, "-m", "tools.sbom", path], cwd=PROJECT, check=True)
    return json.loads(path.read_text())


def test_it_lists_exactly_the_packages_of_the_image_in_their_locked_versions(bill: Any) -> None:
    own = bill["metadata"]["component"]
    listed = {canonicalize_name(each["name"]): each["version"] for each in (own, *bill["components"])}
    assert (bill["bomFormat"], len(listed)) == ("CycloneDX", len(bill["components"]) + 1)
    assert listed == packages()
    assert {"kopf", "azure-batch", "azure-batch-operator"} <= set(listed)


def test_it_knows_the_licence_and_the_address_of_each(bill: Any) -> None:
    everything = [bill["metadata"]["component"], *bill["components"]]
    assert [each["name"] for each in everything if not each.get("licenses")] == []
    addresses = {canonicalize_name(each["name"]): each["purl"] for each in bill["components"]}
    assert addresses == {name: f"pkg:pypi/{name}@{each}" for name, each in packages().items() if name in addresses}


def test_it_says_who_needs_whom(bill: Any) -> None:
    needs = {each["ref"]: set(each.get("dependsOn", ())) for each in bill["dependencies"]}
    names = {each["bom-ref"]: canonicalize_name(each["name"]) for each in bill["components"]}
    (kopf,) = (reference for reference, name in names.items() if name == "kopf")
    assert "aiohttp" in {names[reference] for reference in needs[kopf]}
    assert kopf in needs[bill["metadata"]["component"]["bom-ref"]]


def test_it_does_not_change_from_one_time_to_the_next(bill: Any) -> None:
    assert "serialNumber" not in bill
    assert "timestamp" not in bill["metadata"]
    assert "/tmp/" not in json.dumps(bill)
