"""Values that nobody may see: they compare and hash like any other, and show themselves only when asked."""

from dataclasses import dataclass
from typing import Generic, Literal, NoReturn, TypeVar

T = TypeVar("T", str, bytes)


class Confidential(Generic[T]):
    """A secret text or file. No repr, no format, no log line and no traceback shows it, and it is never pickled."""

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value: T = value

    def reveal(self) -> T:
        """The value, for whoever signs in with it."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Confidential) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "***"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")


class ConfidentialObject(Confidential[str]):
    """The JSON of an object whose names and values are secret alike."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class InSecret:
    """Stands in a body for a value that a Secret of the resource's own namespace holds."""

    name: str
    key: str
    form: Literal["text", "object"] = "text"
    """What the value is read as: a text, or the JSON of an object."""
