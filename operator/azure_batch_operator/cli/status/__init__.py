"""All images, regions, pools and nodes at one look, from the API server alone."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import click
import kopf
import yaml
from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from azure_batch_operator.cli.console import console
from azure_batch_operator.cli.status.document import document
from azure_batch_operator.cli.status.reading import seen_image, seen_pool
from azure_batch_operator.cli.status.tree import tree
from azure_batch_operator.core.overview import Overview, names_in, overview, selected
from azure_batch_operator.kube.access import Access, access
from azure_batch_operator.kube.client import ApiFailure, KubeClient
from azure_batch_operator.kube.following import Picture, picture, pictures


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """What is asked, and where."""

    names: Sequence[str]
    namespace: str | None
    """None: all of them."""
    access: Access
    output: str
    no_color: bool


@click.command()
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("-n", "--namespace", metavar="NAME", help="The namespace; without, that of the kubeconfig's context.")
@click.option("-A", "--all-namespaces", is_flag=True, help="All namespaces.")
@click.option("-w", "--watch", is_flag=True, help="Show every change as it happens, until Ctrl-C.")
@click.option(
    "-o",
    "--output",
    type=click.Choice(["tree", "json", "yaml"]),
    default="tree",
    show_default=True,
    help="For people, or for programs.",
)
@click.option("--no-color", is_flag=True, help="No colours; so does NO_COLOR in the environment.")
@click.option("--context", metavar="NAME", help="The context of the kubeconfig; without, its current one.")
@click.option(
    "--kubeconfig",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The kubeconfig file; without, KUBECONFIG or ~/.kube/config.",
)
def status(
    names: Sequence[str],
    *,
    namespace: str | None,
    all_namespaces: bool,
    watch: bool,
    output: str,
    no_color: bool,
    context: str | None,
    kubeconfig: Path | None,
) -> None:
    """Show images, pools and what they wait for.

    NAME is a GalleryImage, which is shown with all its pools, or a BatchPool, which is shown below its image.

    It asks only the API server, as you, by your kubeconfig: whoever may list GalleryImages and BatchPools there may
    use it. Azure is not asked. --watch needs no polling either: the API server tells of changes.

    \b
    ✔ ready   ▶ under way   ↻ failed, and tried again   ✖ somebody has to act
    ‖ suspended   ✂ being deleted   ? the operator has said nothing yet

    \b
    Examples:
      kubectl batchpool status
      kubectl batchpool status render-node --namespace rendering --watch
      kubectl batchpool status --all-namespaces --output json
    """  # noqa: D301  # click reads \b: the lines below it stay as they are
    if namespace and all_namespaces:
        raise click.UsageError("--namespace and --all-namespaces exclude each other: write one of them.")
    try:
        entry = access(kubeconfig=kubeconfig, context=context)
        question = _Question(
            names=names,
            namespace=None if all_namespaces else namespace or entry.namespace,
            access=entry,
            output=output,
            no_color=no_color,
        )
        asyncio.run(_watch(question) if watch else _show(question))
    except (ApiFailure, kopf.LoginError) as error:
        raise click.ClickException(_explained(error)) from error
    except KeyboardInterrupt:
        return


async def _show(question: _Question) -> None:
    client = KubeClient(question.access.login)
    try:
        whole = _overview(await picture(client, question.namespace))
    finally:
        await client.close()
    _must_know(whole, question)
    found = selected(whole, question.names)
    if question.output == "tree":
        console(no_color=question.no_color).print(_drawn(found, question))
    else:
        click.echo(_FORMATS[question.output](found), nl=False)


async def _watch(question: _Question) -> None:
    if question.output != "tree":
        raise click.UsageError("--watch draws the tree: leave --output out, or ask again whenever you want to know.")
    client = KubeClient(question.access.login)
    try:
        _must_know(_overview(await picture(client, question.namespace)), question)
        await _redraw(client, question)
    finally:
        await client.close()


async def _redraw(client: KubeClient, question: _Question) -> None:
    """In place on a terminal; one after the other in a pipe."""
    screen = console(no_color=question.no_color)
    with Live(console=screen, auto_refresh=False) if screen.is_terminal else nullcontext() as live:
        async for each in pictures(client, question.namespace):
            if live is None:
                screen.print(_redrawn(each, question))
            else:
                live.update(_redrawn(each, question), refresh=True)


def _redrawn(each: Picture, question: _Question) -> RenderableType:
    found = _drawn(selected(_overview(each), question.names), question)
    return Group(found, Text(f"Not up to date: {each.trouble}", "red")) if each.trouble else found


def _overview(each: Picture) -> Overview:
    return overview(map(seen_image, each.images), map(seen_pool, each.pools))


def _must_know(whole: Overview, question: _Question) -> None:
    known = names_in(whole)
    for name in question.names:
        if name not in known:
            raise click.ClickException(_unknown(name, known, question.namespace))


def _unknown(name: str, known: frozenset[str], namespace: str | None) -> str:
    near = get_close_matches(name, sorted(known), n=3)
    hint = f"Nearest: {', '.join(near)}." if near else "Other namespaces: --all-namespaces."
    return f"There is no GalleryImage and no BatchPool {name} {_where(namespace)}. {hint}"


def _drawn(found: Overview, question: _Question) -> RenderableType:
    if not found.empty:
        return tree(found)
    hint = "" if question.namespace is None else " Other namespaces: --namespace NAME, or --all-namespaces."
    return Text(f"There are no GalleryImages and no BatchPools {_where(question.namespace)}.{hint}")


def _where(namespace: str | None) -> str:
    return "in any namespace" if namespace is None else f"in namespace {namespace}"


def _explained(error: ApiFailure | kopf.LoginError) -> str:
    match error:
        case ApiFailure(status=None):
            return f"The API server does not answer ({error.message}): is it there, and is this the right --context?"
        case ApiFailure(status=401):
            return "The API server does not know you: log in again, or choose another --context."
        case ApiFailure(status=403):
            return f"You may not look there: {error.message}. The cluster role view in a namespace is enough for it."
        case ApiFailure(status=404):
            return (
                "This cluster has no GalleryImages and BatchPools: the CustomResourceDefinitions of "
                "azure-batch-operator are not installed there. Install them, or choose another --context."
            )
        case ApiFailure(status=429 | 503):
            return f"The API server is busy ({error.message}): ask again in a moment."
        case _:
            return str(error)


_FORMATS: Mapping[str, Callable[[Overview], str]] = {
    "json": lambda found: json.dumps(document(found), indent=2, ensure_ascii=False) + "\n",
    "yaml": lambda found: yaml.safe_dump(document(found), sort_keys=False, allow_unicode=True),
}
