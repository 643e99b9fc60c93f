"""`python -m tools.convert FILE`: the BatchPool, and the Secret that it needs, as YAML; what is left out on stderr."""

import argparse
import json
import sys
from pathlib import Path

import yaml

import tools.convert
from tools.convert.pool import converted


def main() -> int:
    """Print the objects that stand for the pool in the file."""
    parser = argparse.ArgumentParser(prog="python -m tools.convert", description=tools.convert.__doc__)
    parser.add_argument("file", type=Path, help="JSON of a pool; - reads it from the standard input")
    parser.add_argument("--resource-group", default="batch", help="of the Batch account (default: batch)")
    parser.add_argument("--account", default="contoso", help="name of the Batch account (default: contoso)")
    parser.add_argument("--namespace", default="rendering", help="of the objects (default: rendering)")
    arguments = parser.parse_args()
    text = sys.stdin.read() if str(arguments.file) == "-" else arguments.file.read_text()
    account = {"resourceGroup": arguments.resource_group, "name": arguments.account}
    pool = converted(json.loads(text), account=account, namespace=arguments.namespace)
    print(yaml.safe_dump_all(pool.objects, sort_keys=False, width=120, allow_unicode=True), end="")
    if pool.left_out:
        print(f"left out, since a BatchPool has no such property: {', '.join(pool.left_out)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
