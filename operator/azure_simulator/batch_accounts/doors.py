"""Where a Batch account is reached: each has an HTTPS port of its own, since wildcard names do not resolve here."""

from typing import Protocol


class Doors(Protocol):
    """Opens and closes the endpoints of Batch accounts; an account that returns gets its old port."""

    def open(self, account: str) -> str:
        """The origin, such as `https://localhost:40002`, at which the account answers from now on."""
        ...

    def close(self, account: str) -> None:
        """Stop answering for the account."""
        ...

    def close_all(self) -> None:
        """Stop answering for every account that is not opened again at once."""
        ...
