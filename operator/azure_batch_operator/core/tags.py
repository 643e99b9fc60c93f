"""Tags of Azure objects that we share with others: ours are as the spec has them, those of others are left alone."""

from collections.abc import Iterable, Iterator, Mapping

from azure_batch_operator.core.names import OWNER_TAG, TAGS_TAG, same

MOST_CHARACTERS = 256
"""Longest value of a tag (Microsoft's page 'Use tags to organize your Azure resources')."""

_SEPARATOR = "/"
"""The same page forbids it in the names of tags."""


def new_tags(wanted: Mapping[str, str]) -> dict[str, str]:
    """The tags of an object that is made: the wanted ones, and the list of their names."""
    return {**wanted, **_list_of(name for name in wanted if not same(name, OWNER_TAG))}


def tags_with(observed: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    """The tags as they should be: the wanted ones, their list, and what others have set; ours of before leave."""
    ours = new_tags(wanted)
    gone = {name.casefold() for name in (*ours, *_ours_of_before(observed))}
    return {**{name: value for name, value in observed.items() if name.casefold() not in gone}, **ours}


def tag_drift(observed: Mapping[str, str], wanted: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the tags that `tags_with` adds, changes or takes away."""
    ours = new_tags(wanted)
    kept = {name.casefold() for name in ours}
    gone = (name for name in _ours_of_before(observed) if name.casefold() not in kept)
    return (*different_tags(observed, ours), *gone)


def different_tags(observed: Mapping[str, str], wanted: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the wanted tags that are not there, or with another value; tag names ignore letter case."""
    have = {name.casefold(): value for name, value in observed.items()}
    return tuple(name for name, value in wanted.items() if have.get(name.casefold()) != value)


def _ours_of_before(observed: Mapping[str, str]) -> Iterator[str]:
    """The tags that a spec asked for when the object was last written, and the list of them, as Azure spells them."""
    listed = {name.casefold() for name in _listed(observed)}
    yield from (name for name in observed if name.casefold() in listed or _list_number(name) is not None)


def _list_of(names: Iterable[str]) -> dict[str, str]:
    """The tags that list these names; a name may begin in one value and end in the next."""
    text = _SEPARATOR.join(sorted(names, key=str.casefold))
    values = [text[start : start + MOST_CHARACTERS] for start in range(0, len(text), MOST_CHARACTERS)]
    return {TAGS_TAG + (f"-{n}" if n > 1 else ""): value for n, value in enumerate(values, start=1)}


def _listed(tags: Mapping[str, str]) -> frozenset[str]:
    numbered = {number: value for name, value in tags.items() if (number := _list_number(name)) is not None}
    text = "".join(value for _, value in sorted(numbered.items()))
    return frozenset(name for name in text.split(_SEPARATOR) if name)


def _list_number(name: str) -> int | None:
    """Which of the listing tags this is, from 1; None: it is another tag."""
    folded = name.casefold()
    if folded == TAGS_TAG:
        return 1
    rest = folded.removeprefix(f"{TAGS_TAG}-")
    return int(rest) if rest != folded and rest.isdecimal() else None
