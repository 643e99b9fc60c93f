"""The state of the world as one document."""

from typing import Any

from azure_simulator.compute.versions import ImageVersion
from azure_simulator.world import World


def state_of(world: World) -> dict[str, Any]:
    """Everything that exists: for people, and for tests that compare before and after."""
    return {
        "time": world.clock.now().isoformat(),
        "speed": world.clock.speed,
        "resourceGroups": [
            group.id for subscription in world.resources.subscriptions for group in subscription.groups.values()
        ],
        "galleries": [
            {
                "id": gallery.id.text,
                "state": gallery.state,
                "definitions": [
                    {
                        "id": definition.id.text,
                        "state": definition.state,
                        "versions": [_version(version) for version in definition.versions.values()],
                    }
                    for definition in gallery.definitions.values()
                ],
            }
            for gallery in world.compute.galleries
        ],
        "images": [image.id.text for image in world.compute.images],
        "batchAccounts": [
            {
                "id": account.id,
                "endpoint": account.endpoint,
                "state": account.state,
                **world.batch.state(account),
            }
            for account in world.batch_accounts
        ],
    }


def _version(version: ImageVersion) -> dict[str, Any]:
    return {
        "id": version.id.text,
        "state": version.state,
        "regions": {
            region: {"wanted": copy.replicas, "ready": copy.ready, "state": copy.state}
            for region, copy in version.copies.items()
        },
    }
