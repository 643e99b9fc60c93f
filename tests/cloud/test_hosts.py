"""Which hosts a token may be sent to."""

import pytest

from azure_batch_operator.cloud.hosts import TokenHosts, authority_of

PUBLIC = TokenHosts(("batch.azure.com",))


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://batch.azure.com",
        "https://contoso.westeurope.batch.azure.com",
        "https://CONTOSO.westeurope.batch.azure.com:443",
    ],
)
def test_a_host_under_a_suffix_is_admitted(endpoint: str) -> None:
    assert PUBLIC.admit(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://evilbatch.azure.com",
        "https://batch.azure.com.evil.example",
        "https://contoso.westeurope.batch.azure.com:8443",
        "http://contoso.westeurope.batch.azure.com",
        "https://contoso.westeurope.batch.azure.com@evil.example",
        "https://user@contoso.westeurope.batch.azure.com",
        "https://contoso.westeurope.batch.azure.com:port",
        "https://evil.example/contoso.westeurope.batch.azure.com",
        "contoso.westeurope.batch.azure.com",
        "https://",
        "",
    ],
)
def test_everything_else_is_refused(endpoint: str) -> None:
    assert not PUBLIC.admit(endpoint)


def test_a_port_that_is_written_admits_that_port_alone() -> None:
    hosts = TokenHosts(("proxy.example:10443",))
    assert hosts.admit("https://proxy.example:10443")
    assert not hosts.admit("https://proxy.example")
    assert not hosts.admit("https://proxy.example:10444")


def test_localhost_without_a_port_admits_all_its_ports() -> None:
    assert TokenHosts(("localhost",)).admit("https://localhost:40001")
    assert TokenHosts(("127.0.0.1",)).admit("https://127.0.0.1:40001")
    assert not TokenHosts(("localhost:40002",)).admit("https://localhost:40001")
    assert not TokenHosts(("localhost",)).admit("https://notlocalhost:40001")


def test_without_suffixes_nothing_is_admitted() -> None:
    assert not TokenHosts(()).admit("https://contoso.westeurope.batch.azure.com")


def test_the_same_place_is_recognised_however_it_is_written() -> None:
    assert authority_of("https://A.example/pools?x=1") == authority_of("https://a.example:443")
    assert authority_of("https://a.example:444") != authority_of("https://a.example")
    assert authority_of("http://a.example:443") != authority_of("https://a.example:443")
