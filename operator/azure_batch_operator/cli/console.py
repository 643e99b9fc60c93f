"""The terminal that commands write to: in colours where it has some, unless somebody does not want them."""

import sys
from typing import TextIO

from rich.console import Console

_WIDTH_OF_A_PIPE = 120


def console(*, no_color: bool = False, file: TextIO | None = None) -> Console:
    """A console for what a command prints; NO_COLOR in the environment turns colours off, too."""
    stream = file or sys.stdout
    return Console(
        file=stream,
        no_color=no_color or None,
        width=None if stream.isatty() else _WIDTH_OF_A_PIPE,
        highlight=False,
        markup=False,
        emoji=False,
    )
