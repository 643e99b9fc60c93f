"""Values that a BatchPool leaves to Secrets: where they belong in the create body, and what stands there till then."""

from typing import Any

from azure_batch_operator.core.confidential import InSecret
from azure_batch_operator.core.json import Json
from tests.reconcile.test_wanted_pools import parsed
from tests.support.custom_resources import ROOT, read_manifest

WHOLE_POOL = ROOT / "tests" / "data" / "whole_pool.yaml"
SIZED = ("targetDedicatedNodes", "targetLowPriorityNodes", "resizeTimeout")


def test_what_is_in_a_secret_stands_where_azure_wants_the_value() -> None:
    account = {"name": "build", "passwordSecretRef": {"name": "users", "key": "build"}}

    assert parsed(userAccounts=[account]).body["userAccounts"] == [
        {"name": "build", "password": InSecret(name="users", key="build")}
    ]


def test_protected_settings_are_an_object() -> None:
    extension = {
        "name": "monitor",
        "publisher": "p",
        "type": "t",
        "protectedSettingsSecretRef": {"name": "monitor", "key": "settings.json"},
    }
    machine: Any = parsed(virtualMachineConfiguration={"extensions": [extension]}).body["virtualMachineConfiguration"]

    expected = InSecret(name="monitor", key="settings.json", form="object")
    assert machine["extensions"][0]["protectedSettings"] == expected


def test_public_settings_of_an_extension_are_the_users_whatever_they_are_called() -> None:
    settings = {"tokenSecretRef": {"name": "a", "key": "b"}}
    extension = {"name": "monitor", "publisher": "p", "type": "t", "settings": settings}
    machine: Any = parsed(virtualMachineConfiguration={"extensions": [extension]}).body["virtualMachineConfiguration"]

    assert machine["extensions"][0]["settings"] == settings


def test_a_whole_body_is_azures_own_with_its_secrets_in_their_places() -> None:
    whole = read_manifest(WHOLE_POOL)

    body = parsed(galleryImageRef=None, **whole).body

    assert body == {name: azures(value) for name, value in whole.items() if name not in SIZED}


def azures(written: Any) -> Json:
    """What was written in a spec, as Azure knows it."""
    match written:
        case dict():
            return dict(azures_property(name, value) for name, value in written.items())
        case list():
            return [azures(one) for one in written]
        case _:
            plain: Json = written
            return plain


def azures_property(name: str, value: Any) -> tuple[str, Json]:
    plain = name.removesuffix("SecretRef")
    if plain == name:
        return name, azures(value)
    return plain, InSecret(**value, form="object" if plain == "protectedSettings" else "text")
