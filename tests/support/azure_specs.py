"""The fixture `azure_specs`: Azure's official API documents, where they stand beside the checkout."""

import json
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

BESIDE_THE_CHECKOUT = Path(__file__).resolve().parents[3] / "shared" / "azure-specs"


@dataclass(frozen=True, slots=True)
class AzureSpecs:
    """The documents; none at all where the folder is missing, so that nothing is found in them."""

    root: Path

    def documents(self, pattern: str) -> Iterator[Any]:
        """Every document whose path below the folder matches, parsed."""
        return (json.loads(path.read_text()) for path in sorted(self.root.glob(pattern)))

    def answers(self, pattern: str, status: str = "200") -> Iterator[Any]:
        """The answer body of every matching example."""
        return (found["responses"][status]["body"] for found in self.documents(pattern))


@pytest.fixture
def azure_specs(request: pytest.FixtureRequest) -> AzureSpecs:
    """The documents; without them the test says that it did not run, and fails on the build server."""
    if not BESIDE_THE_CHECKOUT.is_dir():
        missing = f"{request.node.name} did not run: there is no {BESIDE_THE_CHECKOUT}"
        if os.environ.get("CI"):
            pytest.fail(missing)
        warnings.warn(missing, stacklevel=1)
    return AzureSpecs(BESIDE_THE_CHECKOUT)
