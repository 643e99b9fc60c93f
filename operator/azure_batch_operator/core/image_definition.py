"""What Azure shows of an image definition beside what the spec says of it, compared by meaning."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType

from azure_batch_operator.core.json import Json, JsonObject

_CHANGEABLE = ("description", "releaseNoteUri", "endOfLifeDate", "recommended")
"""What Azure lets change in place (Microsoft's page 'Update image resources'); all other properties never change."""

_SWITCH = "allowUpdateImage"
"""Says in a request that features change, too (the SDK's text of the property); it is nothing that stays."""

_READ_ONLY = frozenset({"provisioningState"})
_DEFAULTS: Mapping[str, Json] = {"architecture": "x64", "hyperVGeneration": "V1"}
"""What Azure means where it shows nothing."""

_DEFAULT_FEATURES: Mapping[str, JsonObject] = {"securitytype": {"value": "Standard"}}

NOTHING: JsonObject = MappingProxyType({})


def mismatches(wanted: JsonObject, seen: JsonObject) -> tuple[str, ...]:
    """The properties that contradict the spec although Azure never changes them, like `identifier.sku`."""
    fixed = {name: value for name, value in wanted.items() if name not in (*_changeable(wanted), _SWITCH)}
    return tuple(_differing(fixed, seen, ""))


def drift(wanted: JsonObject, seen: JsonObject, now: datetime) -> tuple[str, ...]:
    """The changeable properties that are not as the spec says; what it leaves out is left as Azure has it."""
    return tuple(_differing(_settable(wanted, now), seen, ""))


def restored(wanted: JsonObject, seen: JsonObject, now: datetime) -> JsonObject:
    """The whole body of a PUT that puts `drift` right: what the spec leaves out is repeated as read."""
    read = {name: value for name, value in seen.items() if name not in _READ_ONLY and not _is_past(name, value, now)}
    changes = _settable(wanted, now)
    switch = {_SWITCH: True} if wanted.get(_SWITCH) is True else {}
    return {**wanted, **read, **{name: _laid_over(read.get(name), value) for name, value in changes.items()}, **switch}


def _changeable(wanted: JsonObject) -> tuple[str, ...]:
    return (*_CHANGEABLE, "features") if wanted.get(_SWITCH) is True else _CHANGEABLE


def _settable(wanted: JsonObject, now: datetime) -> JsonObject:
    """What may be asked for now: Azure takes no end of life that has passed ('Troubleshoot problems with images')."""
    changeable = (name for name in _changeable(wanted) if name in wanted)
    return {name: wanted[name] for name in changeable if not _is_past(name, wanted[name], now)}


def _is_past(name: str, value: Json, now: datetime) -> bool:
    moment = _moment(value) if name == "endOfLifeDate" else None
    return isinstance(moment, datetime) and moment <= now


def _laid_over(read: Json, wanted: Json) -> Json:
    if isinstance(wanted, (list, tuple)):
        return _features_laid_over(read, wanted)
    if not isinstance(read, Mapping) or not isinstance(wanted, Mapping):
        return wanted
    return {**read, **{name: _laid_over(read.get(name), value) for name, value in wanted.items()}}


def _features_laid_over(read: Json, wanted: Sequence[Json]) -> list[Json]:
    """The wanted features, and those that somebody else has added."""
    ours = {name.casefold() for name in _features(wanted)}
    return [*wanted, *({"name": name, **each} for name, each in _features(read).items() if name.casefold() not in ours)]


def _differing(wanted: JsonObject, seen: JsonObject, path: str) -> Iterator[str]:
    """The paths at which what is seen does not mean what is wanted; what is not wanted may be anything."""
    for name, value in wanted.items():
        found = seen.get(name) or _DEFAULTS.get(name)
        if name == "features":
            yield from _differing_features(value, found)
        elif isinstance(value, Mapping):
            yield from _differing(value, found if isinstance(found, Mapping) else NOTHING, f"{path}{name}.")
        elif _meaning(name, value) != _meaning(name, found):
            yield f"{path}{name}"


def _meaning(name: str, value: Json) -> object:
    """A value in a form whose equality is equality of meaning; absent and empty are the same."""
    return None if value in (None, "") else _MEANINGS.get(name, _word)(value)


def _word(value: Json) -> object:
    """Names and enumerations, which Azure compares without letter case; numbers and switches as they are written."""
    return str(value).casefold()


def _text(value: Json) -> object:
    return value


def _words(value: Json) -> object:
    return frozenset(map(_word, value)) if isinstance(value, (list, tuple)) else value


def _moment(value: Json) -> object:
    """A moment, also one without a zone, which Azure means in UTC; what is none is compared as it is written."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _differing_features(wanted: Json, seen: Json) -> Iterator[str]:
    have = {name.casefold(): feature for name, feature in _features(seen).items()}
    for name, feature in _features(wanted).items():
        found = have.get(name.casefold(), _DEFAULT_FEATURES.get(name.casefold(), NOTHING))
        for member, value in feature.items():
            if _word(value) != _word(found.get(member, "")):
                yield f"features.{name}" + ("" if member == "value" else f".{member}")


def _features(features: Json) -> dict[str, JsonObject]:
    """The value of each feature, and from which version on it holds, by the feature's name."""
    listed = features if isinstance(features, (list, tuple)) else ()
    named = {str(each.get("name")): each for each in listed if isinstance(each, Mapping)}
    return {name: {key: each[key] for key in each if key != "name"} for name, each in named.items()}


_MEANINGS: Mapping[str, Callable[[Json], object]] = {
    "description": _text,
    "releaseNoteUri": _text,
    "eula": _text,
    "privacyStatementUri": _text,
    "endOfLifeDate": _moment,
    "diskTypes": _words,
}
