"""Which hosts our tokens may be sent to."""

from dataclasses import dataclass
from urllib.parse import urlsplit

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_HTTPS_PORT = 443


@dataclass(frozen=True, slots=True)
class TokenHosts:
    """Hosts, or ends of hosts, that are trusted with a token.

    `batch.azure.com` admits that host and every host that ends with `.batch.azure.com`, on port 443. A port that is
    written (`localhost:10443`) admits that port alone. A loopback name without port admits all its ports.
    """

    suffixes: tuple[str, ...]

    def admit(self, endpoint: str) -> bool:
        """Whether a token may go to this `https://host[:port]`; anything that is no such address is refused."""
        try:
            url = urlsplit(endpoint)
            port = url.port or _HTTPS_PORT
        except ValueError:
            return False
        if url.scheme != "https" or not url.hostname or url.username is not None:
            return False
        return any(_admits(suffix.lower(), url.hostname, port) for suffix in self.suffixes)


def _admits(suffix: str, host: str, port: int) -> bool:
    trusted = urlsplit(f"//{suffix}")
    name = trusted.hostname or ""
    return (host == name or host.endswith(f".{name}")) and _port_fits(trusted.port, name, port)


def _port_fits(trusted: int | None, name: str, port: int) -> bool:
    if trusted is None:
        return port == _HTTPS_PORT or name in _LOOPBACK
    return port == trusted


def authority_of(url: str) -> str:
    """Host and port that a URL leads to, comparable: `https://A.example` and `https://a.example:443` are one."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}:{parts.port or _HTTPS_PORT}"
