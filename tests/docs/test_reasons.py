"""The page of each reason: complete, and with what a test has seen."""

from pathlib import Path

import pytest
import yaml

from tests.support.reasons import codes_in, reasons_in
from tools.site.markdown import plain
from tools.site.reasons import meanings, place, reason_pages, sights, with_links

PROJECT = Path(__file__).parents[2]
OPERATOR = PROJECT / "operator" / "azure_batch_operator"
CONDITIONS = (PROJECT / "docs" / "conditions.md").read_text()
GOLDENS = PROJECT / "tests" / "golden"


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return reason_pages(CONDITIONS, GOLDENS)


def test_every_reason_that_the_code_can_give_has_a_page(pages: dict[str, str]) -> None:
    reasons = reasons_in(OPERATOR / "core", OPERATOR / "reconcile") | codes_in(
        OPERATOR / "cloud", OPERATOR / "core", OPERATOR / "reconcile"
    )
    assert {reason for reason in reasons if place(reason) not in pages} == set()


def test_a_page_says_what_happened_and_what_to_do_with_links_that_are_right_from_there(pages: dict[str, str]) -> None:
    page = pages["reasons/NodesBreak.md"]
    assert "**What happened.** Most of the pool's new nodes are unusable" in page
    assert "**What to do.** Correct what breaks them; see [nodes that break](../pools.md#nodes-that-break)." in page
    assert "(../conditions.md#ready-of-a-batchpool)" in page


def test_a_reason_of_several_conditions_has_one_page_with_all_of_them(pages: dict[str, str]) -> None:
    headings = [line for line in pages["reasons/SpotPreempted.md"].splitlines() if line.startswith("## ")]
    assert headings[:3] == ["## Ready, of a BatchPool", "## Advisory", "## ImageReady, Sized, UpToDate, NodesHealthy"]


def test_every_reason_that_a_golden_shows_is_shown_as_it_was_seen_there(pages: dict[str, str]) -> None:
    seen = {each["reason"] for sight in sights(GOLDENS) for each in sight.conditions} & meanings(CONDITIONS).keys()
    assert len(seen) > 50
    assert {reason for reason in seen if f"reason: {reason}\n" not in pages[place(reason)]} == set()


def test_the_example_is_the_status_of_the_golden_word_for_word(pages: dict[str, str]) -> None:
    golden = yaml.safe_load((GOLDENS / "pools" / "a-pool-at-its-core-quota.yaml").read_text())
    page = pages["reasons/AccountCoreQuotaReached.md"]
    assert "## As seen: a pool at its core quota" in page
    shown = yaml.safe_load(page.partition("```yaml\n")[2].partition("```")[0])["conditions"]
    ready = next(each for each in golden["status"]["conditions"] if each["type"] == "Ready")
    assert shown[0] == {name: ready[name] for name in ("type", "status", "reason", "message")}
    assert plain(golden["events"][-1]) in page


def test_the_list_names_every_reason_once(pages: dict[str, str]) -> None:
    listed = [
        line.partition("`")[2].partition("`")[0] for line in pages["reasons/README.md"].splitlines() if "| [" in line
    ]
    assert listed == sorted(meanings(CONDITIONS))


def test_the_reasons_of_the_tables_lead_to_their_pages_and_types_of_conditions_to_none() -> None:
    linked = with_links(CONDITIONS)
    assert "| [`NodesBreak`](reasons/NodesBreak.md) | Most of" in linked
    assert "| `Ready` | both |" in linked
    assert linked.replace("[`", "`").count("](reasons/") > len(meanings(CONDITIONS)) - 1
