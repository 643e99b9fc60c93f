"""The api-versions of the Batch service that are answered, and marks for what only some of them knew."""

from dataclasses import dataclass

V2019_08 = "2019-08-01.10.0"
V2020_03 = "2020-03-01.11.0"
V2020_09 = "2020-09-01.12.0"
V2021_06 = "2021-06-01.14.0"
V2022_01 = "2022-01-01.15.0"
V2022_10 = "2022-10-01.16.0"
V2023_05 = "2023-05-01.17.0"
V2023_11 = "2023-11-01.18.0"
V2024_02 = "2024-02-01.19.0"
V2024_07 = "2024-07-01.20.0"
V2025_06 = "2025-06-01"

VERSIONS: tuple[str, ...] = (
    V2019_08,
    V2020_03,
    V2020_09,
    V2021_06,
    V2022_01,
    V2022_10,
    V2023_05,
    V2023_11,
    V2024_02,
    V2024_07,
    V2025_06,
)
"""Oldest first: azure-batch 8.0 for Python spoke the first one, azure-batch 15.1 speaks the last.

They start with dates, so that text order is their order in time.
"""

LATEST = VERSIONS[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Marks a property that only the api-versions from `since` to `until` (both included) know."""

    since: str = VERSIONS[0]
    until: str = LATEST

    def by(self, version: str) -> bool:
        """Whether `version` knows the property."""
        return self.since <= version <= self.until
