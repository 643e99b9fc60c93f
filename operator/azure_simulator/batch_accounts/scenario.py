"""The application packages that Batch accounts have at the start."""

from azure_simulator.sections import Section


class BatchApplication(Section):
    """An application of a Batch account with the versions that have been uploaded and activated."""

    name: str
    versions: tuple[str, ...] = ()
    default_version: str | None = None
