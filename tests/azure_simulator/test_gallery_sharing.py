"""How galleries are shared, as the installed compute SDK sees it."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.mgmt.compute import ComputeManagementClient

from tests.support.galleries import GALLERY, GROUP, put_gallery
from tests.support.simulator import SimulatedAzure, StartSimulator

INFO = {
    "publisherUri": "https://contoso.example",
    "publisherContact": "images@contoso.example",
    "eula": "https://contoso.example/eula",
    "publicNamePrefix": "contoso",
}
COMMUNITY = {"permissions": "Community", "communityGalleryInfo": INFO}


def profile(compute: ComputeManagementClient, **ask: str) -> dict[str, Any]:
    gallery = compute.galleries.get(GROUP, GALLERY, **ask).as_dict()
    shown: dict[str, Any] = gallery["properties"]["sharingProfile"]
    return shown


def share(simulator: SimulatedAzure, **update: Any) -> dict[str, Any]:
    """Change the sharing, which Contributors may not."""
    body: Any = update
    compute = simulator.compute("administrator")
    return compute.gallery_sharing_profile.begin_update(GROUP, GALLERY, body, polling=False).result().as_dict()


def patch(compute: ComputeManagementClient, **properties: Any) -> dict[str, Any]:
    body: Any = {"properties": properties}
    return compute.galleries.begin_update(GROUP, GALLERY, body, polling=False).result().as_dict()


def test_a_gallery_is_shared_with_subscriptions_and_tenants(
    simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    put_gallery(compute, properties={"sharingProfile": {"permissions": "Groups"}})
    asked = {"operationType": "Add", "groups": [{"type": "Subscriptions", "ids": ["a", "b"]}]}
    assert share(simulator, **asked) == asked
    share(simulator, operationType="Add", groups=[{"type": "AADTenants", "ids": ["t"]}])
    share(simulator, operationType="Remove", groups=[{"type": "Subscriptions", "ids": ["a"]}])
    assert profile(compute) == {"permissions": "Groups"}
    assert profile(compute, expand="SharingProfile/Groups") == {
        "permissions": "Groups",
        "groups": [{"type": "Subscriptions", "ids": ["b"]}, {"type": "AADTenants", "ids": ["t"]}],
    }
    share(simulator, operationType="Reset")
    assert profile(compute, expand="SharingProfile/Groups") == {"permissions": "Groups"}


def test_a_community_gallery_is_public_once_that_is_enabled(
    simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    put_gallery(compute, properties={"sharingProfile": COMMUNITY})
    assert profile(compute) == {
        "permissions": "Community",
        "communityGalleryInfo": INFO | {"communityGalleryEnabled": False},
    }
    share(simulator, operationType="EnableCommunity")
    info = profile(compute)["communityGalleryInfo"]
    assert (info["communityGalleryEnabled"], info["publicNames"][0].startswith("contoso-")) == (True, True)
    with pytest.raises(HttpResponseError, match="Reset its sharing first"):
        compute.galleries.begin_delete(GROUP, GALLERY, polling=False)
    share(simulator, operationType="Reset")
    compute.galleries.begin_delete(GROUP, GALLERY, polling=False)
    simulator.control.advance(60)
    assert list(compute.galleries.list()) == []


@pytest.mark.parametrize("missing", sorted(INFO))
def test_a_community_gallery_needs_all_of_its_information(compute: ComputeManagementClient, missing: str) -> None:
    info = {name: value for name, value in INFO.items() if name != missing}
    with pytest.raises(HttpResponseError, match=rf"communityGalleryInfo\.{missing}' is missing"):
        put_gallery(compute, properties={"sharingProfile": COMMUNITY | {"communityGalleryInfo": info}})


def test_the_information_of_a_community_gallery_changes(
    simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    put_gallery(compute, properties={"sharingProfile": COMMUNITY})
    patch(compute, sharingProfile=COMMUNITY | {"communityGalleryInfo": INFO | {"eula": "https://contoso.example/new"}})
    assert profile(compute)["communityGalleryInfo"]["eula"] == "https://contoso.example/new"


def test_a_gallery_stays_as_private_as_it_was_made(
    simulator: SimulatedAzure, compute: ComputeManagementClient, gallery: str
) -> None:
    with pytest.raises(HttpResponseError, match=r"sharingProfile\.permissions' is not allowed"):
        patch(compute, sharingProfile={"permissions": "Groups"})
    for update in ({"operationType": "Add", "groups": []}, {"operationType": "EnableCommunity"}):
        with pytest.raises(HttpResponseError, match="permissions 'Private' cannot be shared"):
            share(simulator, **update)
    assert profile(compute, select="Permissions") == {"permissions": "Private"}


def test_a_private_gallery_may_become_a_shared_one_instead(start_simulator: StartSimulator) -> None:
    simulator = start_simulator(switches={"compute": {"sharing_permissions_may_change": True}})
    compute = simulator.compute()
    put_gallery(compute)
    patch(compute, sharingProfile={"permissions": "Groups"})
    assert profile(compute) == {"permissions": "Groups"}


def test_community_information_is_for_community_galleries(compute: ComputeManagementClient) -> None:
    with pytest.raises(HttpResponseError, match="for galleries with the permissions 'Community' only"):
        put_gallery(compute, properties={"sharingProfile": COMMUNITY | {"permissions": "Private"}})


def test_description_and_tags_change_and_the_rest_stays(
    simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    put_gallery(compute, tags={"team": "a"}, properties={"description": "first", "sharingProfile": COMMUNITY})
    body: Any = {"tags": {"team": "b"}, "properties": {"description": "second"}}
    compute.galleries.begin_update(GROUP, GALLERY, body, polling=False)
    after = compute.galleries.get(GROUP, GALLERY).as_dict()
    assert (after["tags"], after["properties"]["description"]) == ({"team": "b"}, "second")
    assert after["properties"]["sharingProfile"]["permissions"] == "Community"
