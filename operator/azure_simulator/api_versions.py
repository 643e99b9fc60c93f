"""The api-versions that each service accepts, and Resource Manager's refusals of others.

The lists are those of the official documents (Azure/azure-rest-api-specs), newest first.
"""

from aiohttp import web

from azure_simulator.answers import ArmError, Handler, Operation, operation_of
from azure_simulator.resources.locations import LOCATIONS

GALLERIES = (
    "2026-03-03", "2025-03-03", "2024-03-03", "2023-07-03", "2022-08-03", "2022-03-03", "2022-01-03",
    "2021-10-01", "2021-07-01", "2020-09-30", "2019-12-01", "2019-07-01", "2019-03-01",
)  # fmt: skip
IMAGES = (
    "2026-04-01", "2025-11-01", "2025-04-01", "2024-11-01", "2024-07-01", "2024-03-01", "2023-09-01",
    "2023-07-01", "2023-03-01", "2022-11-01", "2022-08-01", "2022-03-01", "2021-11-01", "2021-07-01",
    "2021-04-01", "2021-03-01", "2020-12-01", "2020-06-01", "2019-12-01", "2019-07-01", "2019-03-01",
    "2018-10-01", "2018-06-01", "2018-04-01", "2017-12-01", "2017-03-30",
)  # fmt: skip
COMPUTE_SKUS = ("2021-07-01", "2019-04-01", "2017-09-01", "2017-03-30")
DISKS = (
    "2026-03-02", "2025-01-02", "2024-03-02", "2023-10-02", "2023-04-02", "2023-01-02", "2022-07-02",
    "2022-03-02", "2021-12-01", "2021-08-01", "2021-04-01", "2020-12-01", "2020-09-30", "2020-06-30",
    "2020-05-01", "2019-11-01", "2019-07-01", "2019-03-01",
)  # fmt: skip
ENCRYPTION_SETS = tuple(version for version in DISKS if version >= "2019-07-01")
COMPUTE_OPERATIONS = tuple(sorted({*GALLERIES, *IMAGES, *DISKS}, reverse=True))
BATCH_ACCOUNTS = (
    "2025-06-01", "2024-07-01", "2024-02-01", "2023-11-01", "2023-05-01", "2022-10-01", "2022-06-01",
    "2022-01-01", "2021-06-01", "2021-01-01", "2020-09-01", "2020-05-01", "2020-03-01", "2019-08-01",
    "2019-04-01", "2018-12-01", "2017-09-01", "2017-05-01", "2017-01-01", "2015-12-01",
)  # fmt: skip
MANAGED_IDENTITIES = (
    "2025-01-31-preview", "2024-11-30", "2023-07-31-preview", "2023-01-31", "2022-01-31-preview", "2021-09-30-preview",
    "2018-11-30", "2015-08-31-preview",
)  # fmt: skip
RESOURCES = (
    "2025-04-01", "2025-03-01", "2024-11-01", "2024-08-01", "2024-07-01", "2024-03-01", "2023-07-01",
    "2022-12-01", "2022-09-01", "2022-06-01", "2022-01-01", "2021-10-01", "2021-04-01", "2021-01-01",
    "2020-10-01", "2020-08-01", "2020-06-01", "2020-01-01", "2019-11-01", "2019-10-01", "2019-08-01",
    "2019-07-01", "2019-06-01", "2019-05-10", "2019-05-01", "2019-03-01", "2018-08-01", "2018-06-01",
    "2018-05-01", "2018-02-01", "2018-01-01", "2017-08-01", "2017-06-01", "2017-05-10", "2017-05-01",
    "2017-03-01", "2016-09-01", "2016-07-01", "2016-06-01", "2016-02-01", "2015-11-01", "2015-01-01",
    "2014-04-01",
)  # fmt: skip
AUTHORIZATION = (
    "2022-05-01-preview", "2022-04-01", "2021-04-01-preview", "2020-10-01-preview", "2020-10-01",
    "2020-08-01-preview", "2020-04-01-preview", "2020-03-01-preview", "2018-09-01-preview", "2018-07-01",
    "2018-01-01-preview", "2017-10-01-preview", "2015-07-01",
)  # fmt: skip


@web.middleware
async def check_api_version(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a missing or unknown api-version of a Resource Manager operation."""
    operation = operation_of(request)
    if operation.versions:
        _check(request, operation)
    return await handler(request)


def _check(request: web.Request, operation: Operation) -> None:
    version = request.query.get("api-version", "").casefold()
    if not version:
        raise ArmError(
            400,
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        )
    if version not in operation.versions:
        raise _unknown_version(request.path, version, operation.versions)


def _unknown_version(path: str, version: str, known: tuple[str, ...]) -> ArmError:
    choices = ", ".join(sorted(known))
    _, _, provided = path.rpartition("/providers/")
    kind = "/".join(provided.split("/")[1::2])
    if "/providers/" not in path or not kind:
        return ArmError(
            400,
            "InvalidApiVersionParameter",
            f"The api-version '{version}' is invalid. The supported versions are '{','.join(known)}'.",
        )
    return ArmError(
        400,
        "NoRegisteredProviderFound",
        f"No registered resource provider found for location 'global' and API version '{version}' for type "
        f"'{kind}'. The supported api-versions are '{choices}'. The supported locations are "
        f"'{', '.join(LOCATIONS)}'.",
    )
