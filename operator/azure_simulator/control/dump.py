"""The state of the world as one document."""

from typing import Any

from azure_simulator.batch_accounts.models import BatchAccount
from azure_simulator.compute.galleries import Gallery, ImageDefinition
from azure_simulator.compute.machines import Machine
from azure_simulator.compute.versions import ImageVersion
from azure_simulator.world import World


def state_of(world: World) -> dict[str, Any]:
    """Everything that exists: for people, and for tests that compare before and after."""
    groups = (group for subscription in world.resources.subscriptions for group in subscription.groups.values())
    return {
        "time": world.clock.now().isoformat(),
        "speed": world.clock.speed,
        "resourceGroups": [group.id for group in groups],
        "galleries": [_gallery(gallery) for gallery in world.compute.galleries],
        "images": [image.id.text for image in world.compute.images],
        "machines": [_machine(machine) for machine in world.compute.machines],
        "disks": [disk.id.text for disk in world.compute.disks],
        "snapshots": [snapshot.id.text for snapshot in world.compute.snapshots],
        "batchAccounts": [_account(world, account) for account in world.batch_accounts],
    }


def _account(world: World, account: BatchAccount) -> dict[str, Any]:
    own = {"id": account.id, "endpoint": account.endpoint, "state": account.state}
    return own | world.batch.state(account)


def _machine(machine: Machine) -> dict[str, Any]:
    return {"id": machine.id.text, "power": machine.power, "generalized": machine.generalized}


def _gallery(gallery: Gallery) -> dict[str, Any]:
    definitions = [_definition(definition) for definition in gallery.definitions.values()]
    return {"id": gallery.id.text, "state": gallery.state, "definitions": definitions}


def _definition(definition: ImageDefinition) -> dict[str, Any]:
    versions = [_version(version) for version in definition.versions.values()]
    return {"id": definition.id.text, "state": definition.state, "versions": versions}


def _version(version: ImageVersion) -> dict[str, Any]:
    return {
        "id": version.id.text,
        "state": version.state,
        "regions": {
            region: {"wanted": copy.replicas, "ready": copy.ready, "state": copy.state}
            for region, copy in version.copies.items()
        },
    }
