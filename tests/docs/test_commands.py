"""Every command that a page shows exists, with the flags that it is shown with."""

import re
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import click
import pytest
import yaml

import azure_batch_operator.cli
import azure_simulator.cli
from tests.support.pages import PAGES, PROJECT, blocks, commands
from tools.programs.build import find_programs

SHOWN = [(str(block), command) for block in blocks("sh") for command in commands(block.text)]
PROGRAMS = ("kubectl", "helm")
"""Programs of others, which know their own sub-commands and flags."""
OURS = {"azure-batch-operator": azure_batch_operator.cli.main, "azure-simulator": azure_simulator.cli.main}
VALUES = yaml.safe_load((PROJECT / "charts" / "azure-batch-operator" / "values.yaml").read_text())

_FLAG = re.compile(r"--?[A-Za-z][\w-]*")


def shown(name: str) -> list[tuple[str, tuple[str, ...]]]:
    """Where a program is called, and with what."""
    return [(where, command[1:]) for where, command in SHOWN if Path(command[0]).name == name]


def flags(words: tuple[str, ...]) -> set[str]:
    return {found[0] for word in words if (found := _FLAG.match(word))}


@cache
def said(program: str, *arguments: str) -> str:
    path = find_programs(program)[program]
    ended = subprocess.run([path, *arguments], capture_output=True, text=True, check=False, env={"HOME": "/nowhere"})
    return ended.stdout


@cache
def path_of(program: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """The sub-command that words begin with: as far as the program has commands below."""
    path: tuple[str, ...] = ()
    for word in words:
        below = commands_below(program, path)
        if not below or word.startswith("-"):
            break
        assert word in below, f"{program} {' '.join(path)} has no command {word}"
        path = (*path, word)
    return path


@cache
def commands_below(program: str, path: tuple[str, ...]) -> frozenset[str]:
    help_text = said(program, *path, "--help")
    listed = re.findall(r"^[\w ()]*Commands[\w ():]*:\n((?:  .*\n)+)", help_text, re.MULTILINE)
    return frozenset(re.findall(r"^  ([a-z][\w-]*)", "\n".join(listed), re.MULTILINE))


def global_flags(words: tuple[str, ...]) -> tuple[str, ...]:
    """Words without the flags, and their values, that stand before the sub-command."""
    while words and words[0] in ("--namespace", "-n"):
        words = words[2:]
    return words


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_sub_command_and_flag_exists(program: str) -> None:
    calls = [(where, global_flags(words)) for where, words in shown(program) if words[:1] != ("batchpool",)]
    assert len(calls) > 3
    unknown = [
        (where, flag)
        for where, words in calls
        for flag in flags(words)
        if f"{flag}\t" not in said(program, "__complete", *path_of(program, words), flag)
        and not re.search(rf"^ +{flag}, ", said(program, *path_of(program, words), "--help"), re.MULTILINE)
    ]
    assert unknown == []


@pytest.mark.parametrize("name", OURS)
def test_every_command_and_option_of_our_own_exists(name: str) -> None:
    calls = shown(name) + ([] if name != "azure-batch-operator" else plugin_calls())
    assert calls != []
    for where, words in calls:
        command, rest = sub_command(OURS[name], words)
        options = {option for param in command.params for option in (*param.opts, *param.secondary_opts)}
        assert flags(rest) - options - {"-h", "--help"} == set(), where


def plugin_calls() -> list[tuple[str, tuple[str, ...]]]:
    """Calls of `kubectl batchpool`."""
    return [(where, words[1:]) for where, words in shown("kubectl") if words[:1] == ("batchpool",)]


def sub_command(command: click.Command, words: tuple[str, ...]) -> tuple[click.Command, tuple[str, ...]]:
    if not isinstance(command, click.Group) or not words or words[0].startswith("-"):
        return command, words
    found = command.get_command(click.Context(command), words[0])
    assert found is not None, f"there is no command {words[0]}"
    return sub_command(found, words[1:])


def test_every_make_target_and_variable_exists() -> None:
    makefile = (PROJECT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    variables = set(re.findall(r"\$\((?:if \$\()?([A-Z]+)\)", makefile))
    calls = shown("make") + [(str(page), tuple(words.split()[1:])) for page in PAGES for words in quoted_make(page)]
    assert len(calls) > 5
    for where, words in calls:
        named = {word.partition("=")[0] for word in words if "=" in word}
        assert named - variables == set(), where
        assert {word for word in words if "=" not in word} - targets == set(), where


def quoted_make(page: Path) -> list[str]:
    return re.findall(r"`(make(?: [\w=-]+)+)`", page.read_text())


def test_every_module_of_ours_that_is_run_exists() -> None:
    pages = "\n".join(page.read_text() for page in [*PAGES, PROJECT / "CONTRIBUTING.md"])
    modules = set(re.findall(r"python3? -m (tools\.[\w.]+)", pages))
    assert modules != set()
    assert {module for module in modules if find_spec(module) is None} == set()


def test_every_value_of_the_chart_that_a_page_names_exists() -> None:
    named = {path for page in PAGES for path in re.findall(r"`([a-z][\w]*(?:\.\w+)+)(?:: [^`]*)?`", page.read_text())}
    given = {found for _, words in shown("helm") for word in words for found in re.findall(r"([\w.]+)=", word)}
    mine = {path for path in named if path.partition(".")[0] in VALUES and path.partition(".")[0] not in OF_OTHERS}
    assert len(mine) > 4
    assert {path for path in mine | given if not is_value(path)} == set()


OF_OTHERS = {"image"}
"""Words at the beginning of values that begin other dotted names, too."""


def is_value(path: str) -> bool:
    here = VALUES
    for name in path.split("."):
        if not isinstance(here, dict) or name not in here:
            return False
        here = here[name]
    return True


def test_files_that_commands_name_are_there() -> None:
    named = {
        word.partition("=")[2] or word
        for _, command in SHOWN
        for word in command
        if re.fullmatch(r"(--[\w-]+=)?(charts|crds|deploy|examples)(/\S*)?", word)
    }
    assert len(named) > 2
    assert {name for name in named if not (PROJECT / name).exists()} == set()


def test_commands_are_found_wherever_they_stand() -> None:
    script = (
        'export A=$(az x --query "a[].b" -o tsv) B=1\n'
        "for k in a b; do kubectl get $k | jq .; done\n"
        "X=1 make y \\\n  Z=2 # why\n"
    )
    assert list(commands(script)) == [
        ("az", "x", "--query", "a[].b", "-o", "tsv"),
        ("export", "A=INNER", "B=1"),
        ("for", "k", "in", "a", "b"),
        ("kubectl", "get", "$k"),
        ("jq", "."),
        ("done",),
        ("make", "y", "Z=2"),
    ]
