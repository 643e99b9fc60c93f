"""Tags that we share with others."""

from hypothesis import given
from hypothesis import strategies as st

from azure_batch_operator.core.names import OWNER_TAG, TAGS_TAG
from azure_batch_operator.core.tags import new_tags, tag_drift, tags_with

OWNER = {OWNER_TAG: "cluster/image/rendering/render-node"}
NAMES = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="<>%&\\?/ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    min_size=1,
)


def test_an_object_that_is_made_says_which_tags_the_spec_asked_for() -> None:
    assert new_tags({"team": "rendering", "cost": "42", **OWNER}) == {
        "team": "rendering",
        "cost": "42",
        **OWNER,
        TAGS_TAG: "cost/team",
    }


def test_an_object_without_tags_in_the_spec_carries_its_owner_alone() -> None:
    assert new_tags(OWNER) == OWNER


def test_tags_of_others_stay() -> None:
    assert tags_with({"cost": "42"}, {"team": "rendering"}) == {
        "cost": "42",
        "team": "rendering",
        TAGS_TAG: "team",
    }


def test_a_tag_that_the_spec_no_longer_has_leaves_again() -> None:
    before = {**new_tags({"team": "rendering", "stage": "test", **OWNER}), "cost": "42"}
    wanted = {"team": "rendering", **OWNER}
    assert tag_drift(before, wanted) == (TAGS_TAG, "stage")
    assert tags_with(before, wanted) == {"cost": "42", "team": "rendering", **OWNER, TAGS_TAG: "team"}


def test_the_list_of_our_tags_leaves_with_the_last_of_them() -> None:
    before = new_tags({"team": "rendering", **OWNER})
    assert tag_drift(before, OWNER) == ("team", TAGS_TAG)
    assert tags_with(before, OWNER) == OWNER


def test_a_value_of_ours_that_somebody_changed_is_drift() -> None:
    seen = {**new_tags({"team": "rendering"}), "team": "modelling"}
    assert tag_drift(seen, {"team": "rendering"}) == ("team",)


def test_tag_names_ignore_letter_case_and_values_do_not() -> None:
    seen = {"Team": "rendering", TAGS_TAG.upper(): "team"}
    assert tag_drift(seen, {"team": "rendering"}) == ()
    assert tag_drift(seen, {"team": "Rendering"}) == ("team",)
    assert tags_with(seen, {"team": "Rendering"}) == {"team": "Rendering", TAGS_TAG: "team"}


def test_a_tag_of_somebody_else_may_be_named_almost_like_the_list() -> None:
    seen = {f"{TAGS_TAG}-of-them": "team", f"{TAGS_TAG}less": "team", "team": "theirs"}
    assert tags_with(seen, OWNER) == {**seen, **OWNER}


@given(
    foreign=st.dictionaries(NAMES.map(lambda name: f"x-{name}"), st.text(max_size=8)),
    before=st.dictionaries(NAMES.map(lambda name: f"y-{name}"), st.text(max_size=8), max_size=40),
    wanted=st.dictionaries(NAMES.map(lambda name: f"y-{name}"), st.text(max_size=8), max_size=40),
)
def test_one_write_is_enough_and_touches_only_ours(
    foreign: dict[str, str], before: dict[str, str], wanted: dict[str, str]
) -> None:
    written = tags_with(tags_with(foreign, before), wanted)
    assert tag_drift(written, wanted) == ()
    assert foreign.items() <= written.items()
    assert all(len(value) <= 256 for name, value in written.items() if name.startswith(TAGS_TAG))
    names = {name.casefold() for name in wanted}
    assert not {name for name in before if name.casefold() not in names} & written.keys()
