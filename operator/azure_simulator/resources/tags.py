"""Resource Manager's rules for tags (learn.microsoft.com, "Use tags to organize your Azure resources")."""

from collections.abc import Mapping

from azure_simulator.answers import ArmError

_MAX_TAGS = 50
_MAX_NAME = 512
_MAX_VALUE = 256
_FORBIDDEN = "<>%&\\?/"
_RESERVED = ("azure", "microsoft", "windows")


def check_tags(tags: Mapping[str, str]) -> None:
    """Raise ArmError when the tags break a rule."""
    if len(tags) > _MAX_TAGS:
        raise ArmError(
            400,
            "TooManyTags",
            f"The maximum number of tags allowed is {_MAX_TAGS}. The number of tags provided is {len(tags)}.",
        )
    for name, value in tags.items():
        _check_name(name)
        _check_value(name, value)
    if len({name.casefold() for name in tags}) != len(tags):
        raise ArmError(400, "DuplicateTagNames", "The tag names must be unique; they ignore letter case.")


def _check_name(name: str) -> None:
    if not name or len(name) > _MAX_NAME:
        raise ArmError(
            400,
            "InvalidTagNameLength",
            f"Invalid tag name '{name}'. The tag name cannot be empty or longer than {_MAX_NAME} characters.",
        )
    if any(character in _FORBIDDEN for character in name):
        raise ArmError(
            400,
            "InvalidTagNameCharacters",
            f"The tag names '{name}' have reserved characters '{','.join(_FORBIDDEN)}' or control characters.",
        )
    if name.casefold().startswith(_RESERVED):
        raise ArmError(
            400,
            "ReservedTagName",
            f"Invalid tag name '{name}'. Tag names cannot begin with reserved prefixes '{','.join(_RESERVED)}'.",
        )


def _check_value(name: str, value: str) -> None:
    if len(value) > _MAX_VALUE:
        raise ArmError(
            400,
            "InvalidTagValueLength",
            f"Invalid value of the tag '{name}'. The tag value cannot be longer than {_MAX_VALUE} characters.",
        )
