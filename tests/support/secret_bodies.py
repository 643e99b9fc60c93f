"""BatchPools whose bodies name values in the Secret `pool`, and what the simulated Azure then has of these values."""

from typing import Any

from tests.support.pool_turns import FRAMES, machine, pool
from tests.support.secret_turns import Stage
from tools.stage.clockwork import Clockwork

HIDDEN = "c2VjcmV0"
"""A part of every secret here, which nobody may ever see."""


def ref(key: str, name: str = "pool") -> dict[str, str]:
    return {"name": name, "key": key}


USERS = [
    {
        "name": "build",
        "passwordSecretRef": ref("password"),
        "linuxUserConfiguration": {"sshPrivateKeySecretRef": ref("ssh")},
    }
]
START = {
    "commandLine": "true",
    "environmentSettings": [{"name": "TOKEN", "valueSecretRef": ref("token")}],
    "resourceFiles": [
        {"httpUrlSecretRef": ref("licence"), "filePath": "licence"},
        {"storageContainerUrlSecretRef": ref("scenes"), "filePath": "scenes"},
    ],
    "containerSettings": {
        "imageName": "setup",
        "registry": {"username": "nodes", "passwordSecretRef": ref("registry")},
    },
}
MACHINE = {
    **machine(),
    "containerConfiguration": {
        "type": "dockerCompatible",
        "containerRegistries": [
            {"registryServer": "closed", "username": "nodes", "passwordSecretRef": ref("mirror")},
        ],
    },
    "extensions": [
        {"name": "monitor", "publisher": "p", "type": "t", "protectedSettingsSecretRef": ref("monitor.json")},
    ],
}
MOUNTS = [
    {
        "azureBlobFileSystemConfiguration": {
            "accountName": "a",
            "containerName": "one",
            "relativeMountPath": "one",
            "accountKeySecretRef": ref("account"),
        }
    },
    {
        "azureBlobFileSystemConfiguration": {
            "accountName": "a",
            "containerName": "two",
            "relativeMountPath": "two",
            "sasKeySecretRef": ref("sas"),
        }
    },
    {
        "cifsMountConfiguration": {
            "username": "u",
            "source": "//files/share",
            "relativeMountPath": "share",
            "passwordSecretRef": ref("cifs"),
        }
    },
    {
        "azureFileShareConfiguration": {
            "accountName": "a",
            "azureFileUrl": "https://a.file.core.windows.net/share",
            "relativeMountPath": "files",
            "accountKeySecretRef": ref("share"),
        }
    },
]
VALUES = {
    **{
        key: f"{HIDDEN}-{key}" for key in ("password", "token", "registry", "mirror", "account", "sas", "cifs", "share")
    },
    "ssh": f"-----BEGIN KEY-----\n{HIDDEN}-ssh\n-----END KEY-----\n",
    "licence": f"https://contoso.blob.core.windows.net/setup/licence?sig={HIDDEN}-licence",
    "scenes": f"https://contoso.blob.core.windows.net/scenes?sig={HIDDEN}-scenes",
    "monitor.json": f'{{"key": "{HIDDEN}-monitor"}}',
}
ARRIVING = {**VALUES, "monitor.json": f"{HIDDEN}-monitor"}


def whole(**spec: Any) -> dict[str, Any]:
    """A pool with a secret of each kind."""
    manifest: dict[str, Any] = pool(
        virtualMachineConfiguration=MACHINE, startTask=START, userAccounts=USERS, mountConfiguration=MOUNTS, **spec
    )
    return manifest


def started(**spec: Any) -> dict[str, Any]:
    """A pool with a secret in its start task."""
    manifest: dict[str, Any] = pool(startTask={**START, "containerSettings": None, "resourceFiles": None}, **spec)
    return manifest


def with_user(**spec: Any) -> dict[str, Any]:
    """A pool with a user account."""
    users = [{"name": "build", "passwordSecretRef": ref("password")}]
    manifest: dict[str, Any] = pool(userAccounts=users, **spec)
    return manifest


async def ready(turns: Clockwork) -> None:
    await turns.until(lambda: turns.is_ready(FRAMES))


def password(stage: Stage) -> str:
    accounts = stage.pool.features.user_accounts
    assert accounts
    return accounts[0].password


def token(stage: Stage) -> str | None:
    task = stage.pool.features.start_task
    assert task
    assert task.environment_settings
    return task.environment_settings[0].value
