"""The installed program: its ready line, its certificate, its end."""

import json
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from azure.identity import ClientSecretCredential
from azure.mgmt.compute import ComputeManagementClient
from cryptography import x509

from azure_simulator.client import ControlClient, ReadyLine
from tests.support.simulator import simulator_process

PAGE = Path(__file__).parents[2] / "docs" / "simulator.md"
PROGRAM = Path(sysconfig.get_path("scripts")) / "azure-simulator"


def images(ready: ReadyLine) -> list[str | None]:
    credential = ClientSecretCredential(
        ready.tenant_id,
        ready.client_id,
        ready.client_secret,
        authority=ready.authority,
        disable_instance_discovery=True,
        connection_verify=str(ready.ca_file),
    )
    compute = ComputeManagementClient(
        credential,
        ready.subscription_id,
        base_url=ready.resource_manager,
        connection_verify=str(ready.ca_file),
    )
    return [image.name for image in compute.images.list()]


def test_the_script_of_the_documentation_needs_the_ready_file_alone(tmp_path: Path) -> None:
    with simulator_process(tmp_path, "--clock-speed", "0") as ready:
        [script] = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
        own = script.replace("/tmp/azure.json", str(tmp_path / "ready.json"))
        ended = subprocess.run([sys.executable, "-c", own], capture_output=True, text=True, timeout=60, check=True)
        assert "'render-node-1'" in ended.stdout
        control = ControlClient(ready.control, ready.ca_file)
        assert control.healthy()
        assert control.clock().speed == 0
    assert not control.healthy()


def test_the_certificate_authority_is_kept_between_starts(tmp_path: Path) -> None:
    with simulator_process(tmp_path) as ready:
        before = ready.ca_file.read_bytes()
    with simulator_process(tmp_path) as ready:
        assert ready.ca_file.read_bytes() == before
        assert "render-node-1" in images(ready)


def test_another_scenario_makes_another_world(tmp_path: Path) -> None:
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(
        json.dumps(
            {
                "tenants": [
                    {
                        "id": "t",
                        "domain": "t.example",
                        "displayName": "T",
                        "applications": [{"name": "a", "clientId": "c", "objectId": "o", "secrets": ["s"]}],
                    }
                ],
                "subscriptions": [{"id": "sub", "name": "S", "tenantId": "t"}],
                "roleAssignments": [{"application": "a", "role": "Reader", "scope": "/subscriptions/sub"}],
            }
        )
    )
    with simulator_process(tmp_path, "--scenario", str(scenario)) as ready:
        assert (ready.tenant_id, ready.subscription_id, ready.batch) == ("t", "sub", {})
        assert images(ready) == []


@pytest.mark.parametrize(
    ("content", "word"),
    [("tenants: 5", "tenants"), ("colour: red", "colour"), ("a: [", "while parsing")],
)
def test_a_scenario_that_cannot_be_used_is_refused_with_the_reason(tmp_path: Path, content: str, word: str) -> None:
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(content)
    command = [str(PROGRAM), "serve", "--data-dir", str(tmp_path), "--scenario", str(scenario)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert "cannot be used" in ended.stderr
    assert word in ended.stderr


def test_the_program_tells_its_version() -> None:
    ended = subprocess.run([str(PROGRAM), "--version"], capture_output=True, text=True, timeout=30, check=True)
    assert ended.stdout.startswith("azure-simulator, version ")


def test_it_is_called_by_the_name_and_on_the_ports_that_it_is_told(tmp_path: Path, unused_tcp_port: int) -> None:
    ports = f"{unused_tcp_port}-{unused_tcp_port}"
    with simulator_process(tmp_path, "--advertise", "azure.example", "--account-ports", ports) as ready:
        certificate = x509.load_pem_x509_certificate((tmp_path / "server.pem").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "azure.example" in names.get_values_for_type(x509.DNSName)
    assert ready.authority.startswith("https://azure.example:")
    assert next(iter(ready.batch.values())) == f"https://azure.example:{unused_tcp_port}"


@pytest.mark.parametrize("ports", ["10001", "10002-10001", "0-5", "a-b", "65535-65536"])
def test_a_range_of_ports_that_is_none_is_refused(ports: str) -> None:
    refused = subprocess.run(
        [PROGRAM, "serve", "--account-ports", ports], capture_output=True, text=True, timeout=60, check=False
    )
    assert refused.returncode == 2
    assert "write the first and the last, as 10001-10008" in refused.stderr
