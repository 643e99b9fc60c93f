"""The pages for users say what the code does: settings, reasons, rights, links."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args
from uuid import uuid4

import pytest
import yaml
from pydantic import SecretStr

from azure_batch_operator.cloud import failures
from azure_batch_operator.cloud.role import ROLE_NAME, Part, rights, role_definition
from azure_batch_operator.core import diff, resize_errors
from azure_batch_operator.core.clouds import CLOUDS
from azure_batch_operator.core.conditions import ConditionType
from azure_batch_operator.core.diff import Cost
from azure_batch_operator.core.pool_body import UNCHANGEABLE
from azure_batch_operator.core.replicas import required_replicas
from azure_batch_operator.core.sizing import growth_timeout
from azure_batch_operator.kube.shell import DRAIN_WITHIN
from azure_batch_operator.reconcile.keys import ImageKey, PoolKey
from azure_batch_operator.settings import PREFIX, Settings
from tests.support.azure_session import journal_from_now
from tests.support.clockwork import clockwork
from tests.support.custom_resources import QUICKSTART, read_manifest
from tests.support.image_sources import a_copy, a_machine, snapshots, vhds
from tests.support.image_turns import an_image
from tests.support.pool_turns import literal, pool
from tests.support.reasons import codes_in, reasons_in
from tests.support.simulator import StartSimulator

PROJECT = Path(__file__).parents[1]
DOCS = PROJECT / "docs"
OPERATOR = PROJECT / "operator" / "azure_batch_operator"
PAGES = sorted([*DOCS.rglob("*.md"), PROJECT / "README.md", *(PROJECT / "examples").rglob("*.md")])
IMAGE, POOL = ImageKey("rendering", "render-node"), PoolKey("rendering", "frames")
_LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")


def rows(page: str) -> Iterator[list[str]]:
    """The cells of every table row of a page, without heads and rulers."""
    for line in (DOCS / page).read_text().splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


def quoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def first_cells(page: str) -> set[str]:
    return {word for row in rows(page) for word in quoted(row[0])}


def variable(name: str) -> str:
    alias = Settings.model_fields[name].validation_alias
    return str(alias) if alias else f"{PREFIX}{name.upper()}"


def default(name: str) -> str:
    """The default of a setting as the page writes it."""
    field = Settings.model_fields[name]
    if field.default_factory is not None:
        return "of the cloud"
    match field.default:
        case None | () | "" | SecretStr():
            return "none"
        case bool() as chosen:
            return f"`{str(chosen).lower()}`"
        case tuple() as values:
            return f"`{','.join(values)}`"
        case value:
            return f"`{value}`"


def test_every_setting_is_listed_with_its_default() -> None:
    assert {row[0].strip("`"): row[1] for row in rows("settings.md")} == {
        variable(name): default(name) for name in Settings.model_fields
    }


def test_every_address_of_a_cloud_is_told() -> None:
    table = (line.strip("| ").split(" | ") for line in (DOCS / "settings.md").read_text().splitlines())
    (start, *rest) = [row for row in table if len(row) == 4 and not row[0].startswith("---")]
    assert start[1:] == list(CLOUDS)
    for column, cloud in enumerate(CLOUDS.values(), start=1):
        assert [row[column] for row in rest] == [
            cloud.authority,
            cloud.resource_manager_endpoint,
            cloud.resource_manager_audience,
            cloud.batch_audience,
            *cloud.token_hosts,
        ]


def test_every_reason_that_the_code_can_give_is_explained_and_no_other() -> None:
    reasons = reasons_in(OPERATOR / "core", OPERATOR / "reconcile") | codes_in(
        OPERATOR / "cloud", OPERATOR / "core", OPERATOR / "reconcile"
    )
    types = {kind.value for kind in ConditionType}
    azures = {code.casefold() for code in (*failures.BY_CODE, *resize_errors._BY_CODE)}
    explained = first_cells("conditions.md")
    assert reasons - explained == set()
    assert {word for word in explained - reasons - types if word.casefold() not in azures} == {"AADSTS…"}


def test_every_condition_type_and_every_code_of_azures_that_is_known_is_explained() -> None:
    explained = {word.casefold() for word in first_cells("conditions.md")}
    known = [kind.value for kind in ConditionType] + list(failures.BY_CODE) + list(resize_errors._BY_CODE)
    assert [word for word in known if word.casefold() not in explained] == []


def test_reasons_are_found_however_they_are_written(tmp_path: Path) -> None:
    (tmp_path / "some.py").write_text(
        "WORD = 'ByName'\n"
        "class Step:\n"
        "    reason: ClassVar[str] = 'OfAStep'\n"
        "def _no(kind, reason, message): return Condition(reason=reason)\n"
        "def judge(*, denied='ByDefault'): pass\n"
        "def told(late):\n"
        "    reason = 'Assigned'\n"
        "    Wait(reason='ByKeyword', message='x')\n"
        "    Wait(reason=WORD, message='x')\n"
        "    _no(kind, 'ByPosition' if late else 'OtherBranch', 'x')\n"
        "    return ('InAPair', f'{late} of many')\n"
    )
    assert reasons_in(tmp_path) == {
        *("ByName", "OfAStep", "ByDefault", "Assigned", "ByKeyword", "ByPosition", "OtherBranch", "InAPair"),
    }


def test_how_long_running_turns_get_to_end_is_told_as_it_is() -> None:
    assert f"Turns that run get {DRAIN_WITHIN:g} of them." in (DOCS / "chart-values.md").read_text()
    assert f"it finishes the turns that run ({DRAIN_WITHIN:g} seconds at" in (DOCS / "upgrade.md").read_text()


def test_the_rights_are_those_of_the_operations_that_are_used() -> None:
    listed = {word for word in first_cells("rights.md") if word.startswith("Microsoft.")}
    assert listed == set(rights())
    assert shown_role() == role_definition(ROLE_NAME, ["/subscriptions/00000000-0000-0000-0000-000000000000"])


def test_every_part_that_a_role_can_do_without_is_explained() -> None:
    page = (DOCS / "rights.md").read_text()
    assert re.findall(r"^\| ([a-z]+) \| (?!where)", page, re.MULTILINE) == list(get_args(Part))


def shown_role() -> Any:
    """The role definition that the page offers."""
    found = re.search(r"```json\n(.*?)```", (DOCS / "rights.md").read_text(), re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def as_simulated(role: Any) -> dict[str, Any]:
    """A role definition as a scenario of the simulator has it."""
    rights = {"actions": role["Actions"], "data_actions": role["DataActions"]}
    return {"id": str(uuid4()), "name": role["Name"], **rights}


async def test_the_role_of_the_page_is_enough_for_a_whole_life(start_simulator: StartSimulator) -> None:
    role, subscription = shown_role(), "/subscriptions/00000000-0000-0000-0000-000000000000"
    azure = start_simulator(
        roles=[as_simulated(role)],
        role_assignments=[{"application": "operator", "role": role["Name"], "scope": subscription}],
    )
    journal = journal_from_now(azure)
    async with clockwork(azure) as operator:
        await operator.apply(read_manifest(QUICKSTART / "galleryimage.yaml"))
        await operator.apply(read_manifest(QUICKSTART / "batchpool.yaml"))
        await operator.until(lambda: operator.is_ready(POOL))
        await operator.change(POOL, {"targetDedicatedNodes": 700, "startTask": None})
        await operator.until(lambda: operator.is_ready(POOL))
        await operator.delete(IMAGE)
        await operator.delete(POOL)
        await operator.until(lambda: not operator.is_there(IMAGE))
    asked = journal.requests()
    assert [entry.operation for entry in asked if entry.status == 403] == []
    used = {entry.operation for entry in asked}
    assert {"GalleryImageVersions_Update", "Pools_ReplacePoolProperties", "Galleries_Delete"} <= used


@pytest.mark.parametrize(
    "source",
    [
        a_machine(),
        a_machine(capture="Direct"),
        snapshots(),
        snapshots("disks", "render-golden-os", "render-golden-data"),
        vhds(),
        a_copy(),
    ],
    ids=["machine", "machine-direct", "snapshots", "disks", "vhds", "copy"],
)
async def test_the_role_of_the_page_is_enough_for_every_kind_of_source(
    start_simulator: StartSimulator, source: Any
) -> None:
    role, subscriptions = shown_role(), [f"/subscriptions/00000000-0000-0000-0000-00000000000{n}" for n in (0, 1)]
    assignment = {"application": "operator", "role": role["Name"]}
    azure = start_simulator(
        roles=[as_simulated(role)],
        role_assignments=[assignment | {"scope": subscription} for subscription in subscriptions],
    )
    journal = journal_from_now(azure)
    async with clockwork(azure) as operator:
        await operator.apply(an_image(source=source))
        await operator.until(lambda: operator.is_ready(IMAGE))
    assert [entry.operation for entry in journal.requests() if entry.status == 403] == []


def test_the_rights_in_kubernetes_are_those_that_are_shipped() -> None:
    shipped = next(yaml.safe_load_all((PROJECT / "deploy" / "operator" / "cluster-role.yaml").read_text()))
    listed = [[quoted(cell) for cell in row[:3]] for row in rows("rights.md") if not row[0].startswith("`Microsoft.")]
    groups = [[group or "core" for group in rule["apiGroups"]] for rule in shipped["rules"]]
    others = [[rule["resources"], rule["verbs"]] for rule in shipped["rules"]]
    assert listed == [[group, *rest] for group, rest in zip(groups, others, strict=True)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = [target for target, anchor in _LINK.findall(page.read_text()) if not leads(page, target, anchor)]
    assert broken == []


def leads(page: Path, target: str, anchor: str) -> bool:
    there = (page.parent / target).resolve() if target else page
    return there.exists() and (not anchor or anchor in anchors(there))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def numbers(page: str, unit: str = "") -> list[list[int]]:
    """The rows of a page's tables that are all numbers; `unit` and words before a number do not count."""
    table = (line.strip("| ").split(" | ") for line in (DOCS / page).read_text().splitlines() if line.startswith("| "))
    stripped = ([re.sub(rf"^to | nodes$| {unit}$|,", "", cell) for cell in row] for row in table)
    return [[int(cell) for cell in row] for row in stripped if all(cell.isdigit() for cell in row)]


def test_the_table_of_replicas_is_the_operators_arithmetic() -> None:
    table = numbers("images.md")
    assert len(table) == 5
    assert table == [[nodes, required_replicas(nodes, 600), required_replicas(nodes, 300)] for nodes, *_ in table]


def test_the_table_of_timeouts_is_the_operators_arithmetic() -> None:
    table = numbers("pools.md", unit="min")
    assert len(table) == 6
    assert table == [[nodes, growth_timeout(nodes) // timedelta(minutes=1)] for nodes, _ in table]


def test_every_effect_of_a_change_that_waits_is_told() -> None:
    """Whatever is neither written to a pool with nodes nor about its size is only listed."""
    pools = (DOCS / "pools.md").read_text()
    waiting = set(Cost) - {Cost.LIVE_PATCH, Cost.RESIZE, Cost.AUTOSCALE}
    assert [cost.value for cost in waiting if f"effect `{cost.value}`" not in pools] == []


def test_the_table_of_what_changes_cost_is_the_operators_own() -> None:
    told = {
        row[0].strip("`"): quoted(row[1])
        for row in rows("concepts.md")
        if row[0].strip("`") in {cost.value for cost in Cost}
    }
    by_cost = {cost.value: [name for name, rule in diff._RULES.items() if rule.cost is cost] for cost in Cost}
    assert told == by_cost | {Cost.NEW_POOL.value: [".".join(path) for path in sorted(UNCHANGEABLE)]}


async def test_the_role_of_the_page_is_enough_for_all_that_is_checked_before_a_pool_is_made(
    start_simulator: StartSimulator,
) -> None:
    role, subscriptions = shown_role(), [f"/subscriptions/00000000-0000-0000-0000-00000000000{n}" for n in (0, 1)]
    assignment = {"application": "operator", "role": role["Name"]}
    azure = start_simulator(
        roles=[as_simulated(role)],
        role_assignments=[assignment | {"scope": subscription} for subscription in subscriptions],
    )
    journal, (group, platform) = journal_from_now(azure), (f"{subscriptions[0]}/resourceGroups/batch", subscriptions[1])
    blender = f"{group}/providers/Microsoft.Batch/batchAccounts/contoso/applications/blender"
    base = (
        "resourceGroups/platform/providers/Microsoft.Compute/galleries/platformGallery/images/base-node/versions/1.0.0"
    )
    async with clockwork(azure) as operator:
        await operator.apply(
            pool(
                identity={
                    "userAssignedIdentities": [
                        f"{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/render-nodes"
                    ]
                },
                applicationPackageReferences=[
                    {"applicationId": blender},
                    {"applicationId": blender, "version": "4.5"},
                ],
                virtualMachineConfiguration=literal(f"{platform}/{base}"),
            )
        )
        await operator.until(lambda: operator.is_ready(POOL))
    asked = journal.requests()
    assert [entry.operation for entry in asked if entry.status == 403] == []
    checks = {"Providers_Get", "Application_Get", "ApplicationPackage_Get", "Location_ListSupportedVirtualMachineSkus"}
    assert {*checks, "Pool_Create"} <= {entry.operation for entry in asked}
