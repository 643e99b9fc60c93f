"""Files of custom resources, checked before they meet a cluster."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from azure_batch_operator.cli.console import console
from azure_batch_operator.manifests.check import findings
from azure_batch_operator.manifests.documents import Document, documents
from azure_batch_operator.manifests.findings import Finding, Level

STDIN = "-"
SUFFIXES = (".yaml", ".yml", ".json")

OK, WRONG = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is to be said of some files."""

    files: int
    objects: int
    findings: Sequence[Finding]

    def count(self, level: Level) -> int:
        """How many findings are of that level."""
        return sum(each.level is level for each in self.findings)


@click.command()
@click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, readable=True, allow_dash=True, path_type=Path),
)
@click.option("--strict", is_flag=True, help="Fail on warnings, too.")
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="For people, for programs, or as annotations of a pull request on GitHub.",
)
def validate(files: Sequence[Path], *, strict: bool, output: str) -> None:
    """Check files without a cluster.

    FILE is YAML or JSON with any number of GalleryImages and BatchPools, a folder (all .yaml, .yml and .json files
    below it), or - for standard input. Other kinds of objects are passed over.

    What the API server refuses is refused here, in its words: unknown fields, wrong types and values, and the rules
    of the definitions. Beyond that come what the operator would call InvalidSpec, values that look like secrets, and
    what can be seen of files that are given together: a node agent for another operating system than the image's, a
    reference that the image does not allow, two objects that describe the same pool.

    The exit status is 0 where nothing is wrong, 1 where something is, and 2 where the command could not be
    understood or a file not be read.

    \b
    Examples:
      azure-batch-operator validate pools/ images/
      kustomize build overlays/production | azure-batch-operator validate -
      azure-batch-operator validate --strict --output json pools/*.yaml
    """  # noqa: D301  # click reads \b: the lines below it stay as they are
    verdict = _verdict(list(_texts(files)))
    console().print(_OUTPUTS[output](verdict), soft_wrap=True)
    sys.exit(WRONG if verdict.count(Level.ERROR) or (strict and verdict.count(Level.WARNING)) else OK)


def _verdict(texts: Sequence[tuple[str, str]]) -> Verdict:
    read = [found for file, text in texts for found in documents(file, text)]
    objects = [each for each in read if isinstance(each, Document)]
    unreadable = [each for each in read if isinstance(each, Finding)]
    found = sorted((*unreadable, *findings(objects)), key=_in_order)
    return Verdict(files=len(texts), objects=len(objects), findings=found)


def _in_order(finding: Finding) -> tuple[str, int, int]:
    return finding.place.file, finding.place.line, finding.place.column


def _texts(files: Sequence[Path]) -> Iterator[tuple[str, str]]:
    """Each file's name and text, once however often it was named."""
    for path in dict.fromkeys(each for file in files for each in _files(file)):
        if str(path) == STDIN:
            yield "<stdin>", sys.stdin.read()
        else:
            yield str(path), _text(path)


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    below = (each for each in sorted(path.rglob("*")) if each.suffix in SUFFIXES and each.is_file())
    yield from (each for each in below if not any(part.startswith(".") for part in each.relative_to(path).parts))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{path} cannot be read: {error}") from None


def _as_text(verdict: Verdict) -> Text:
    return Text("\n").join([*(_line(each) for each in verdict.findings), Text(_summary(verdict))])


def _line(finding: Finding) -> Text:
    level = (finding.level.value, f"bold {_COLOURS[finding.level]}")
    said = ": ".join(part for part in (finding.about, finding.field, _words(finding)) if part)
    return Text.assemble(f"{finding.place}: ", level, f": {said}")


def _words(finding: Finding) -> str:
    return f"{finding.message}; {finding.hint}" if finding.hint else finding.message


def _summary(verdict: Verdict) -> str:
    if not verdict.objects and not verdict.findings:
        return f"No GalleryImage and no BatchPool in {_counted(verdict.files, 'file')}."
    wrong = [_counted(count, level.value) for level in Level if (count := verdict.count(level))]
    where = f"{_counted(verdict.objects, 'object')} in {_counted(verdict.files, 'file')}"
    return f"{where}: {', '.join(wrong) or 'nothing wrong'}."


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _as_json(verdict: Verdict) -> str:
    document = {
        "files": verdict.files,
        "objects": verdict.objects,
        "errors": verdict.count(Level.ERROR),
        "warnings": verdict.count(Level.WARNING),
        "findings": [_as_object(each) for each in verdict.findings],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _as_object(finding: Finding) -> dict[str, Any]:
    place = finding.place
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "level": finding.level.value,
        "object": finding.about,
        "field": finding.field,
        "message": finding.message,
        "hint": finding.hint,
    }


def _as_annotations(verdict: Verdict) -> str:
    """GitHub's workflow commands."""
    return "\n".join([*(_annotation(each) for each in verdict.findings), _summary(verdict)])


def _annotation(finding: Finding) -> str:
    place, level = finding.place, "notice" if finding.level is Level.NOTE else finding.level.value
    title = _escaped(finding.about or "").replace(":", "%3A").replace(",", "%2C")
    words = _escaped(": ".join(part for part in (finding.field, _words(finding)) if part))
    return f"::{level} file={place.file},line={place.line},col={place.column},title={title}::{words}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


_COLOURS: Mapping[Level, str] = {Level.ERROR: "red", Level.WARNING: "yellow", Level.NOTE: "blue"}
_OUTPUTS: Mapping[str, Callable[[Verdict], str | Text]] = {
    "text": _as_text,
    "json": _as_json,
    "github": _as_annotations,
}
