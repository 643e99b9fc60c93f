"""An image definition as Azure shows it beside what the spec says of it."""

from datetime import timedelta

import pytest

from azure_batch_operator.core.image_definition import drift, mismatches, restored
from azure_batch_operator.core.json import Json, JsonObject
from tests.support.images import NOW, PROPERTIES

SHOWN: JsonObject = {**PROPERTIES, "provisioningState": "Succeeded"}
LATER = (NOW + timedelta(days=30)).isoformat()
PAST = (NOW - timedelta(days=1)).isoformat()


@pytest.mark.parametrize(
    ("name", "wanted", "seen", "field"),
    [
        ("osType", "Linux", "Windows", "osType"),
        ("architecture", "Arm64", None, "architecture"),
        ("hyperVGeneration", "V2", None, "hyperVGeneration"),
        (
            "identifier",
            {"publisher": "Contoso", "offer": "Rendering", "sku": "node"},
            {"publisher": "Contoso", "offer": "Rendering", "sku": "other"},
            "identifier.sku",
        ),
        ("purchasePlan", {"name": "plan", "publisher": "contoso", "product": "os"}, None, "purchasePlan.name"),
        ("disallowed", {"diskTypes": ["Standard_LRS"]}, {"diskTypes": []}, "disallowed.diskTypes"),
        ("eula", "https://contoso.com/eula", "https://contoso.com/EULA", "eula"),
        ("privacyStatementUri", "https://contoso.com/privacy", None, "privacyStatementUri"),
        ("features", [{"name": "SecurityType", "value": "TrustedLaunch"}], [], "features.SecurityType"),
        ("features", [{"name": "IsHibernateSupported", "value": "True"}], None, "features.IsHibernateSupported"),
        (
            "features",
            [{"name": "IsHibernateSupported", "value": "True", "startsAtVersion": "2.0.0"}],
            [{"name": "IsHibernateSupported", "value": "True", "startsAtVersion": "1.0.0"}],
            "features.IsHibernateSupported.startsAtVersion",
        ),
    ],
)
def test_what_azure_never_changes_and_differs_is_a_mismatch(name: str, wanted: Json, seen: Json, field: str) -> None:
    assert field in mismatches({**PROPERTIES, name: wanted}, {**SHOWN, name: seen})
    assert drift({**PROPERTIES, name: wanted}, {**SHOWN, name: seen}, NOW) == ()


def test_every_mismatch_is_listed_at_once() -> None:
    seen: JsonObject = {**SHOWN, "osType": "Windows", "hyperVGeneration": "V2", "features": None}
    assert mismatches(PROPERTIES, seen) == ("osType", "hyperVGeneration")


@pytest.mark.parametrize(
    ("name", "wanted", "seen", "field"),
    [
        ("description", "ours", "Ours", "description"),
        ("releaseNoteUri", "https://contoso.com/1", None, "releaseNoteUri"),
        ("endOfLifeDate", LATER, None, "endOfLifeDate"),
        ("recommended", {"vCPUs": {"min": 2, "max": 8}}, {"vCPUs": {"min": 2, "max": 16}}, "recommended.vCPUs.max"),
        ("recommended", {"memory": {"min": 4}}, None, "recommended.memory.min"),
    ],
)
def test_what_azure_lets_change_and_differs_is_drift(name: str, wanted: Json, seen: Json, field: str) -> None:
    assert drift({**PROPERTIES, name: wanted}, {**SHOWN, name: seen}, NOW) == (field,)
    assert mismatches({**PROPERTIES, name: wanted}, {**SHOWN, name: seen}) == ()


@pytest.mark.parametrize(
    ("name", "wanted", "seen"),
    [
        ("osType", "Linux", "linux"),
        ("architecture", "x64", None),
        ("identifier", {"publisher": "contoso"}, {"publisher": "Contoso", "offer": "Rendering"}),
        ("features", [{"name": "SecurityType", "value": "Standard"}], None),
        (
            "features",
            [{"name": "SecurityType", "value": "Standard"}],
            [{"name": "securitytype", "value": "standard", "startsAtVersion": "1.0.0"}],
        ),
        ("disallowed", {"diskTypes": ["Standard_LRS", "Premium_LRS"]}, {"diskTypes": ["Premium_LRS", "standard_lrs"]}),
        ("endOfLifeDate", "2027-06-30T00:00:00Z", "2027-06-30T02:00:00.0000000+02:00"),
        ("endOfLifeDate", "2027-06-30", "2027-06-30T00:00:00Z"),
        ("recommended", {"vCPUs": {"min": 2}}, {"vCPUs": {"min": 2, "max": 16}, "memory": {"min": 4}}),
        ("description", "", None),
    ],
)
def test_what_azure_writes_in_another_way_or_fills_in_is_no_difference(name: str, wanted: Json, seen: Json) -> None:
    assert drift({**PROPERTIES, name: wanted}, {**SHOWN, name: seen}, NOW) == ()
    assert mismatches({**PROPERTIES, name: wanted}, {**SHOWN, name: seen}) == ()


def test_what_the_spec_leaves_out_is_left_and_repeated_as_azure_has_it() -> None:
    seen: JsonObject = {
        **SHOWN,
        "description": "theirs",
        "eula": "https://contoso.com/eula",
        "recommended": {"vCPUs": {"min": 2, "max": 16}, "memory": {"min": 4}},
    }
    wanted: JsonObject = {**PROPERTIES, "recommended": {"vCPUs": {"max": 8}}}
    assert drift(wanted, seen, NOW) == ("recommended.vCPUs.max",)
    assert restored(wanted, seen, NOW) == {
        **PROPERTIES,
        "description": "theirs",
        "eula": "https://contoso.com/eula",
        "recommended": {"vCPUs": {"min": 2, "max": 8}, "memory": {"min": 4}},
    }


def test_features_change_where_the_spec_allows_it_and_those_of_others_stay() -> None:
    security: JsonObject = {"name": "SecurityType", "value": "Standard"}
    controllers: JsonObject = {"name": "DiskControllerTypes", "value": "SCSI, NVMe"}
    hibernation: JsonObject = {"name": "IsHibernateSupported", "value": "True"}
    seen: JsonObject = {**SHOWN, "features": [hibernation, {**controllers, "value": "SCSI"}]}
    wanted: JsonObject = {**PROPERTIES, "allowUpdateImage": True, "features": [security, controllers]}
    assert mismatches(wanted, seen) == ()
    assert drift(wanted, seen, NOW) == ("features.DiskControllerTypes",)
    assert restored(wanted, seen, NOW) == {**wanted, "features": [security, controllers, hibernation]}
    assert drift(wanted, {**SHOWN, "features": [security, controllers]}, NOW) == ()


def test_an_end_of_life_that_has_passed_is_neither_missed_nor_sent() -> None:
    assert drift({**PROPERTIES, "endOfLifeDate": PAST}, SHOWN, NOW) == ()
    assert restored({**PROPERTIES}, {**SHOWN, "endOfLifeDate": PAST}, NOW) == PROPERTIES


def test_an_end_of_life_that_is_no_date_is_compared_as_it_is_written() -> None:
    assert drift({**PROPERTIES, "endOfLifeDate": "soon"}, {**SHOWN, "endOfLifeDate": LATER}, NOW) == ("endOfLifeDate",)
