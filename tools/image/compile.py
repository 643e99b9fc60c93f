"""Compiles what our programs import, whoever it belongs to, and nothing else: the Dockerfile runs it.

Python finds the bytecode where PYTHONPYCACHEPREFIX says, and never checks it against its source.
"""

import importlib
import pkgutil
import py_compile
import sys

PACKAGES = ("azure_batch_operator", "azure_simulator")
LEFT_OUT = "kubernetes"


def main() -> None:
    """Import everything of ours, then compile whatever is loaded."""
    for package in map(importlib.import_module, PACKAGES):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            _import(found.name)
    for source in {str(getattr(module, "__file__", None)) for module in sys.modules.values()}:
        if source.endswith(".py"):
            py_compile.compile(source, doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)


def _import(name: str) -> None:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != LEFT_OUT:
            raise


if __name__ == "__main__":
    main()
