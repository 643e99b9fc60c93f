"""What is believed: groups of sightings are exactly those that a look at everything would find."""

from hypothesis import given
from hypothesis import strategies as st

from azure_batch_operator.reconcile.sightings import Sightings

KEYS = st.sampled_from(["one", "One", "two", "three"])
VALUES = st.one_of(st.none(), st.sampled_from(["red 1", "red 2", "blue 1", "nothing"]))
EVENTS = st.one_of(
    st.tuples(st.just("see"), KEYS, VALUES),
    st.tuples(st.sampled_from(["doubt", "wrote", "forget"]), KEYS, st.none()),
)


def colour(value: str) -> str | None:
    return None if value == "nothing" else value.split(maxsplit=1)[0]


@given(events=st.lists(EVENTS, max_size=30), delay=st.integers(0, 3))
def test_a_group_holds_what_a_look_at_everything_finds(events: list[tuple[str, str, str | None]], delay: int) -> None:
    sightings = Sightings[str](colour)
    for moment, (event, key, value) in enumerate(events):
        happened(sightings, event, key, value, moment, delay)
        for name in ("red", "blue"):
            expected = {key: value for key, value in sightings.values().items() if colour(value) == name}
            assert dict(sightings.group(name)) == expected


def happened(sightings: Sightings[str], event: str, key: str, value: str | None, moment: int, delay: int) -> None:
    match event:
        case "see":
            sightings.see(key, value, sent_at=moment - delay * (moment % 2))
        case "doubt":
            sightings.doubt(key)
        case "wrote":
            sightings.wrote(key, answered_at=moment)
        case _:
            sightings.forget(key)
