"""`python -m tools.generate`: what it makes of the SDK's texts, and that it notices what is not up to date."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.custom_resources import ROOT
from tools.generate.prose import plain

GENERATED = (
    "crds/batchpools.yaml",
    "operator/azure_batch_operator/api/batch_network.py",
    "charts/azure-batch-operator/templates/crds/batchpools.yaml",
    "deploy/operator/deployment.yaml",
    "deploy/argocd/argocd-cm.yaml",
    "docs/chart-values.md",
)
GENERATED_FROM = ("pyproject.toml", "tools", "operator/azure_batch_operator/api", "crds", "charts", "deploy", "docs")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what the generator reads and writes."""
    for name in GENERATED_FROM:
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, target)
    return tmp_path


def generate(checkout: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.generate", *options]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)


def test_generated_files_that_were_edited_are_noticed_and_put_right(checkout: Path) -> None:
    generated = {checkout / name: (checkout / name).read_text() for name in GENERATED}
    for path, text in generated.items():
        path.write_text(f"{text}# edited\n")

    checked = generate(checkout, "--check")
    generate(checkout)

    assert checked.returncode == 1
    assert [name for name in GENERATED if name not in checked.stdout] == []
    assert {path: path.read_text() for path in generated} == generated


def test_an_overlay_for_what_the_sdk_does_not_have_is_refused(checkout: Path) -> None:
    overlay = checkout / "tools" / "generate" / "overlay.yaml"
    overlay.write_text(overlay.read_text().replace("displayName: {", "dispalyName: {"))

    refused = generate(checkout, "--check")

    assert refused.returncode != 0
    assert "overlay.yaml names what the SDK does not have: BatchPoolCreateOptions.dispalyName" in refused.stderr


@pytest.mark.parametrize(
    ("said", "secret"),
    [
        ("password: {secret: always}", "CifsMountConfiguration.password"),
        ("keyUrl: {noSecret: it tells where the key is and lets nobody read it}", "DiskCustomerManagedKey.keyUrl"),
        ("      httpUrl: *url\n", "ResourceFile.httpUrl"),
    ],
)
def test_a_property_called_like_a_secret_of_which_the_overlay_says_nothing_is_refused(
    checkout: Path, said: str, secret: str
) -> None:
    overlay = checkout / "tools" / "generate" / "overlay.yaml"
    before, told, after = overlay.read_text().rpartition(said)
    assert told
    overlay.write_text(f"{before}{told.replace(said.strip(), unsaid(said))}{after}")

    refused = generate(checkout, "--check")

    assert refused.returncode != 0
    assert f"overlay.yaml does not say whether these are secrets: {secret}" in refused.stderr


def unsaid(said: str) -> str:
    """The same property with nothing said of it."""
    return f"{said.strip().partition(':')[0]}: {{}}"


@pytest.mark.parametrize(
    ("docstring", "text"),
    [
        ("The size. Required.", "The size."),
        ("The size of\n     virtual machines.", "The size of virtual machines."),
        ("A formula. For more information, see 'Scale' (`https://a.b/c <https://a.b/c>`_).", "A formula."),
        ("Format it - for more information see `https://a.b/c <https://a.b/c>`_.", "Format it."),
        ("Uses ``docker pull``.<br /><br /> **Note**: Slow.", "Uses docker pull. Note: Slow."),
        ("Use the variable (`https://a.b/c <https://a.b/c>`_). Or not.", "Use the variable. Or not."),
        ("At least 5. If less, the HTTP status code is 400 (Bad Request). At most 9.", "At least 5. At most 9."),
        ("Disk targets. The disk targets.", "The disk targets."),
    ],
)
def test_texts_of_the_sdk_lose_markup_links_and_noise(docstring: str, text: str) -> None:
    assert plain(docstring) == text


def test_values_that_the_sdk_knows_end_the_text_in_plain_words() -> None:
    docstring = 'The policy. Known values are: "regional" and "zonal".'

    assert plain(docstring, known_values=("regional", "zonal")) == "The policy. Known values: regional, zonal."
